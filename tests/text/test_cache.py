"""The cache of encoded corpora: found again, made again when damaged, whole whatever happens."""

import hashlib
import json
import os
import threading

import numpy as np
import pytest

from jaxw2v.errors import InputError
from jaxw2v.text import tokens, vocabulary
from tests.text.test_corpus import TEXT, encode, write


def entry(cache):
    (folder,) = cache.glob("ids-*")
    return folder


def test_the_cache_is_used_and_has_the_same_bytes(tmp_path, monkeypatch):
    files, cache = write(tmp_path, TEXT), tmp_path / "deep/cache"
    first = encode(files, cache, max_sentence=3)
    ids, again = entry(cache) / "ids.bin", entry(cache) / "meta.json"
    before = ids.read_bytes(), again.read_bytes()
    monkeypatch.setattr(tokens, "tokenize", None)
    second = encode(files, cache, max_sentence=3)
    np.testing.assert_array_equal(second.ids_N, first.ids_N)
    assert second.vocabulary.words == first.vocabulary.words
    assert (second.sha256, second.words, second.raw_words, second.sentences) == first[2:6]
    assert before == (ids.read_bytes(), again.read_bytes())
    assert sorted(path.name for path in entry(cache).iterdir()) == ["ids.bin", "meta.json", "vocabulary.txt"]


def test_every_setting_and_every_byte_has_an_entry_of_its_own(tmp_path):
    files, cache = write(tmp_path, TEXT, b"more of the text\n"), tmp_path / "cache"
    vocabulary_path = tmp_path / "vocabulary.txt"
    vocabulary_path.write_text("the 3\ncat 2\n")
    changes = (
        *({}, {"min_count": 2}, {"max_size": 5}, {"max_sentence": 4}, {"invalid_utf8": "replace"}, {"lower": True}),
        *({"nfc": True}, {"word_pattern": r"\w+"}, {"path": vocabulary_path}),
    )
    for number, change in enumerate(changes, start=1):
        encode(files, cache, **change)
        assert len(list(cache.glob("ids-*"))) == number
    encode(files[::-1], cache)
    files[1].write_bytes(b"more of the Text\n")
    encode(files, cache)
    assert len(list(cache.glob("ids-*"))) == len(changes) + 2


@pytest.mark.parametrize("name", ["ids.bin", "vocabulary.txt", "meta.json"])
@pytest.mark.parametrize("damage", ["short", "other", "gone"])
def test_a_damaged_entry_is_made_again(tmp_path, name, damage):
    files, cache = write(tmp_path, TEXT), tmp_path / "cache"
    encode(files, cache)
    path = entry(cache) / name
    right = path.read_bytes()
    path.unlink()
    if damage != "gone":
        path.write_bytes(right[:-4] if damage == "short" else b"\x01\0\0\0" + right[4:])
    encode(files, cache)
    assert path.read_bytes() == right
    assert [item.name for item in cache.iterdir()] == [path.parent.name]


def test_two_at_once(tmp_path):
    files, found = write(tmp_path, TEXT), []
    start = threading.Barrier(3)

    def work():
        start.wait()
        found.append(encode(files, tmp_path / "cache").ids_N.tolist())

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(found) == 3
    assert found[0] == found[1] == found[2]
    assert len(list((tmp_path / "cache").iterdir())) == 1


def test_what_a_kill_left_is_removed_when_it_is_old(tmp_path):
    files, cache = write(tmp_path, TEXT), tmp_path / "cache"
    old, new = cache / "ids-0.part-0", cache / "ids-0.part-1"
    for folder in (old, new):
        folder.mkdir(parents=True)
    os.utime(old, (0, 0))
    encode(files, cache)
    assert not old.exists()
    assert new.exists()


def test_a_cache_that_cannot_be_written(tmp_path, monkeypatch):
    files = write(tmp_path, TEXT)
    with pytest.raises(InputError, match=rf"^cache={files[0]}: .*cache=FOLDER$"):
        encode(files, files[0])

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(vocabulary, "save", full)
    with pytest.raises(InputError, match="No space left on device; name another"):
        encode(files, tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []


def test_the_entry_says_how_it_was_made(tmp_path):
    encode(write(tmp_path, TEXT), tmp_path / "cache", min_count=7)
    meta = json.loads((entry(tmp_path / "cache") / "meta.json").read_text())
    assert meta["settings"]["vocab"]["min_count"] == 7
    assert meta["sha256"] == hashlib.sha256(TEXT).hexdigest()
