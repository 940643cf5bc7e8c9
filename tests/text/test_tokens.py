"""Texts of more different words than there is memory for."""

from collections import Counter

import numpy as np
import pytest

from jaxw2v.errors import InputError
from jaxw2v.runs import memory
from jaxw2v.text import corpus, tokens
from tests.configs import section


def test_rare_words_are_dropped_on_the_way_and_the_rest_counted(tmp_path):
    lines = [f"the cat sees r{i} and the dog\n" for i in range(5000)]
    content = "".join(lines).encode()
    path = tmp_path / "text.txt"
    path.write_bytes(content)

    def made(most, threads=1, block=4096):
        vocab = section("vocab", min_count=1, max_counted=most)
        return corpus.encode([path], section("corpus"), vocab, cache=tmp_path / "cache", threads=threads, block=block)

    exact, pruned = made(None), made(100)
    assert len(exact.vocabulary.words) == 5005
    assert len(pruned.vocabulary.words) < 100 + 4096 // 20
    assert pruned.vocabulary.words[:5] == exact.vocabulary.words[:5] == ["the", "cat", "sees", "and", "dog"]
    assert pruned.vocabulary.count_V[:5].tolist() == [10000, 5000, 5000, 5000, 5000]
    assert pruned.raw_words == exact.raw_words == 35000
    assert "vocab.max_counted=100 different words: rare ones, counted once by then" in pruned.remarks[0]
    counts = [int((pruned.ids_N == i).sum()) for i in range(len(pruned.vocabulary.words))]
    assert counts == pruned.vocabulary.count_V.tolist()
    left = [" ".join(word for word in line.split() if word in pruned.vocabulary.words) for line in lines]
    index = {word: i for i, word in enumerate(pruned.vocabulary.words)}
    assert pruned.ids_N.tolist() == [i for line in left for i in (*(index[word] for word in line.split()), -1)]
    (tmp_path / "cache").rename(tmp_path / "first")
    again = made(100, threads=3)
    assert again.ids_sha256 == pruned.ids_sha256
    assert made(10**6).ids_sha256 == exact.ids_sha256


def test_a_dropped_word_that_comes_back_begins_anew(tmp_path):
    fill = "".join(f"w{i} common " for i in range(100))
    content = f"rare common common\n{fill}\n" + "rare rare common\n" * 300
    path = tmp_path / "text.txt"
    path.write_text(content)
    vocab = section("vocab", min_count=1, max_counted=30)
    found = corpus.encode([path], section("corpus"), vocab, cache=tmp_path / "cache", block=512)
    count = dict(zip(found.vocabulary.words, found.vocabulary.count_V.tolist()))
    assert count["common"] == 402
    assert count["rare"] == 600
    assert int((found.ids_N == found.vocabulary.words.index("rare")).sum()) == count["rare"]
    assert found.count_error >= 1  # it stands there once more
    assert f"lower bounds: of a word that came back too low, by {found.count_error:,} at most" in found.remarks[0]


def test_no_count_is_further_from_the_truth_than_is_said(tmp_path):
    words = [f"w{rank}" for rank in np.random.default_rng(0).zipf(1.2, 20_000).clip(max=10**6)]
    path = tmp_path / "text.txt"
    path.write_text("\n".join(" ".join(words[start : start + 20]) for start in range(0, len(words), 20)))
    true = Counter(words)
    settings = section("vocab", min_count=1, max_counted=200)
    found = corpus.encode([path], section("corpus"), settings, cache=tmp_path / "cache", block=1024)
    short = [true[word] - count for word, count in zip(found.vocabulary.words, found.vocabulary.count_V.tolist())]
    assert 0 == min(short) < max(short) <= found.count_error
    again = corpus.encode([path], section("corpus"), settings, cache=tmp_path / "cache", block=1024)
    assert again.count_error == found.count_error
    exact = corpus.encode([path], section("corpus"), section("vocab", min_count=1), cache=tmp_path / "cache")
    assert exact.count_error == 0


def test_arrays_of_words_are_copied_as_often_as_they_double(tmp_path, monkeypatch):
    monkeypatch.setattr(tokens, "_ROOM", 1)
    counter, arrays = tokens._Counter(None), set()
    kept = []  # so that no two have one place
    for block in range(500):
        counter.ids(tokens.tokenize("".join(f"w{word} " for word in range(3 * block, 3 * block + 6)).encode()))
        kept.append(counter._count_S)
        arrays.add(id(counter._count_S))
    assert len(arrays) <= 1 + np.ceil(np.log2(1503))
    assert counter.counted().count_W.tolist() == [1] * 3 + [2] * 1497 + [1] * 3


def test_where_memory_is_short_the_counting_says_so(monkeypatch):
    monkeypatch.setattr(tokens, "_SURE", 100)
    monkeypatch.setattr("jaxw2v.files.memory.available", lambda: 60 * 150.0)
    counter = tokens._Counter(None)
    counter.ids(tokens.tokenize(b" ".join(b"a%d" % word for word in range(150))))
    with (
        pytest.raises(InputError, match=r"counted \(151 so far\); vocab.max_counted=N"),
        memory.counting("vocab.max_counted=N"),
    ):
        counter.ids(tokens.tokenize(b"b"))


def test_all_words_may_be_dropped_and_others_follow():
    counter = tokens._Counter(2)
    found = [counter.ids(tokens.tokenize(block)).tolist() for block in (b"a b c", b"</s>\n", b"\n", b"b b\n")]
    assert found == [[0, 1, 2], [-1, -1], [-1], [3, 3, -1]]
    counted = counter.counted()
    assert (counted.words, counted.count_W.tolist(), counted.id_W.tolist()) == (["b"], [2], [3])
    assert (counted.seen, counted.pruned, counted.missing) == (5, 1, 1)
