"""Files that change under the reader's eyes."""

import bz2
import gzip
import lzma
import os
from pathlib import Path

import pyarrow as pa
import pytest

from jaxw2v.errors import InputError
from jaxw2v.text import pairs, phrase_list, sources
from tests.configs import section
from tests.faults import build, write_text
from tests.text.test_corpus import encode


@pytest.fixture
def text(tmp_path):
    return write_text(tmp_path)


def changed(path: Path, how: str) -> None:
    status, old = path.stat(), path.read_bytes()
    match how:
        case "grows":
            path.write_bytes(old + b"more\n")
        case "shrinks":
            path.write_bytes(old[: len(old) // 2])
        case "changes":
            path.write_bytes(old.replace(b"w1 ", b"w9 "))
        case "changes and keeps its time":
            path.write_bytes(old[:-9] + old[-9:].replace(b"w", b"v"))
            os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
        case "goes":
            path.unlink()


@pytest.mark.parametrize("how", ["grows", "shrinks", "changes", "changes and keeps its time", "goes"])
@pytest.mark.parametrize("when", ["hashed", "read"])
def test_a_text_that_changes_meanwhile_is_refused_and_nothing_of_it_kept(tmp_path, text, monkeypatch, how, when):
    """Whatever sha256 a result has, it is that of the bytes which were read."""
    sha256 = sources.sha256

    def hashed(path):
        found = sha256(path)
        if path == text and when == "hashed":
            changed(text, how)
        return found

    seen = []

    def progress(words):
        if when == "read" and not seen:
            changed(text, how)
        seen.append(words)

    monkeypatch.setattr(sources, "sha256", hashed)
    with pytest.raises(InputError, match=r"text\.txt: (changed while it was read|cannot be)"):
        encode([text], tmp_path / "cache", progress=progress, block=1000, threads=1)
    assert not list(tmp_path.glob("cache/*"))


KEEPS_ITS_TIME = "changes and keeps its time"
READERS = {
    "texts": lambda files, to: encode(files, to, block=1000, threads=1),
    "joined": lambda files, to: build(to.parent, to, files),
    "pairs": lambda files, to: pairs.encode(files, section("corpus"), section("vocab", min_count=1)),
}


@pytest.mark.parametrize("how", ["shrinks", KEEPS_ITS_TIME])
@pytest.mark.parametrize("reader", READERS)
def test_the_second_of_several_files_changes_before_it_is_read(tmp_path, monkeypatch, reader, how):
    """After its checksum was taken: the cache would know its words by the checksum of others, and give them later."""
    files = [tmp_path / "one.txt", tmp_path / "other.txt"]
    for file in files:
        file.write_text("w1 w2\n" * 500)
    read_text = sources.read_text

    def read(path, **how_read):
        if path == files[1]:
            changed(path, how)
        return read_text(path, **how_read)

    monkeypatch.setattr(sources, "read_text", read)
    with pytest.raises(InputError, match=r"other\.txt: changed while it was read"):
        READERS[reader](files, tmp_path / "cache")
    assert not list(tmp_path.glob("cache/*"))


PACKS = {".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress}
PACKS[".zst"] = lambda text: pa.compress(text, "zstd", asbytes=True)


@pytest.mark.parametrize("suffix", PACKS)
def test_a_packed_text_is_replaced_by_one_of_the_same_size_and_time(tmp_path, monkeypatch, suffix):
    texts = [PACKS[suffix](b"".join(b"w%d w%d\n" % (i % 7, (i + seed) % 5) for i in range(50))) for seed in (1, 2)]
    size = max(map(len, texts))
    path, read_text = tmp_path / f"text{suffix}", sources.read_text
    path.write_bytes(texts[0])
    assert encode([path], tmp_path / "cache").raw_words == 100  # as it is

    def read(path, **how):
        status = path.stat()
        path.write_bytes(texts[1])
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
        return read_text(path, **how)

    state = sources.file_state
    monkeypatch.setattr(sources, "read_text", read)
    monkeypatch.setattr(sources, "file_state", lambda path: (size, state(path)[1]))
    with pytest.raises(InputError, match="changed while it was read"):
        encode([path], tmp_path / "other")


def test_a_list_that_changes_meanwhile_is_known_by_what_was_read(tmp_path, text, monkeypatch):
    load, titles = phrase_list.load, tmp_path / "titles"

    def loaded(*how):
        found = load(*how)
        titles.write_text("w3 w4\n")
        return found

    monkeypatch.setattr(phrase_list, "load", loaded)
    first = build(tmp_path, tmp_path / "cache")  # writes the list anew
    titles.write_text("w1 w2\n")
    monkeypatch.undo()
    assert build(tmp_path, tmp_path / "cache") == first
