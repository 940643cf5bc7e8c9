import bz2
import gzip
import hashlib
import lzma
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jaxw2v.errors import InputError
from jaxw2v.settings.corpus import NormalizeSettings
from jaxw2v.text import corpus, sources, tokens, vocabulary
from tests.configs import section

TEXT = "".join(f"the cat {i % 7} sat on the {i % 11} mat\n" for i in range(300)).encode()


class Oracle(NamedTuple):
    ids: list[int]
    words: list[str]
    counts: list[int]


def oracle(texts, min_count, max_size, max_sentence, chosen=None):
    """The obvious way: sentences as lists of words, a Counter, a dictionary."""
    sentences = []
    for text in texts:
        for line in text.encode().split(b"\n"):
            sentences.append([])
            for token in line.split():  # bytes: ASCII white space
                if token == b"</s>":
                    sentences.append([])
                else:
                    sentences[-1].append(token.decode())
    counter = Counter(word for sentence in sentences for word in sentence)
    common = [(w, c) for w, c in counter.most_common(max_size) if c >= min_count] if chosen is None else chosen
    index = {word: i for i, (word, _) in enumerate(common)}
    ids = []
    for sentence in sentences:
        kept = [index[word] for word in sentence if word in index]
        step = max_sentence or max(len(kept), 1)
        for start in range(0, len(kept), step):
            ids += [*kept[start : start + step], -1]
    return Oracle(ids, [w for w, _ in common], [c for _, c in common])


def write(folder, *texts):
    paths = [folder / f"{number}.txt" for number in range(len(texts))]
    for path, text in zip(paths, texts):
        path.write_bytes(text.encode() if isinstance(text, str) else text)
    return paths


def encode(files, cache, known=None, progress=None, threads=None, block=sources.BLOCK, **changes):
    """The corpus with all words and sentences as they are, but for changes of the settings."""
    chosen = {"min_count": 1, "max_sentence": None, **changes}
    vocab = section("vocab", **{key: chosen.pop(key) for key in ("min_count", "max_size", "path") if key in chosen})
    normalize = {"lower": False, "nfc": False, "word_pattern": None}
    normalize |= {key: chosen.pop(key) for key in normalize if key in chosen}
    settings = section("corpus", normalize=NormalizeSettings(**normalize), **chosen)
    return corpus.encode(
        files, settings, vocab, cache=cache, known=known, progress=progress, threads=threads, block=block
    )


texts = st.lists(
    st.lists(
        st.sampled_from(
            ["a", "b", "c", "é", "東京", "</s>", " ", "  ", "\n", "\n\n", "\t", "\r\n", "\v\f", "\u00a0", "x" * 9]
        ),
        max_size=40,
    ).map("".join),
    min_size=1,
    max_size=3,
)


@settings(deadline=None)  # the first example composes the settings
@given(
    texts=texts,
    min_count=st.integers(1, 3),
    max_size=st.none() | st.integers(2, 4),
    max_sentence=st.none() | st.integers(2, 6),
    block=st.integers(1, 40),
    piece=st.integers(1, 9),
    threads=st.integers(1, 3),
)
def test_agrees_with_the_obvious_way(texts, min_count, max_size, max_sentence, block, piece, threads, tmp_path_factory):
    folder = tmp_path_factory.mktemp("corpus")
    expected = oracle(texts, min_count, max_size, max_sentence)
    settings = {"min_count": min_count, "max_size": max_size, "max_sentence": max_sentence}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(corpus, "PIECE", piece)
        if len(expected.words) < 2:
            with pytest.raises(InputError):
                encode(write(folder, *texts), folder / "cache", **settings, block=block, threads=threads)
            assert list((folder / "cache").iterdir()) == []
            return
        found = encode(write(folder, *texts), folder / "cache", **settings, block=block, threads=threads)
    assert found.ids_N.dtype == np.int32
    assert found.ids_N.tolist() == expected.ids
    assert found.vocabulary.words == expected.words
    assert found.vocabulary.count_V.tolist() == expected.counts
    assert found.words == sum(expected.counts)
    assert found.sentences == expected.ids.count(-1)
    assert found.raw_words == sum(w != b"</s>" for text in texts for w in text.encode().split())
    assert found.sha256 == hashlib.sha256("".join(texts).encode()).hexdigest()
    assert not found.ids_N.flags.writeable


@given(st.integers(1, 12), st.lists(st.lists(st.integers(0, 9), max_size=30), max_size=5), st.integers(1, 30))
def test_sentences_are_cut_the_same_in_any_pieces(max_sentence, sentences, piece):
    ids = [i for sentence in sentences if sentence for i in [*sentence, -1]]
    expected = []
    for sentence in filter(None, sentences):
        for start in range(0, len(sentence), max_sentence):
            expected += [*sentence[start : start + max_sentence], -1]
    found, run = [], 0
    for start in range(0, len(ids), piece):
        cut, run = corpus._cut(np.array(ids[start : start + piece], np.int32), run, max_sentence)
        found += cut.tolist()
    assert found == expected


def test_nothing_depends_on_threads_or_blocks(tmp_path):
    files = write(tmp_path, TEXT)
    results = [
        encode(files, tmp_path / f"{threads}-{block}", threads=threads, block=block, min_count=5)
        for threads in (1, 2, 5)
        for block in (50, 999, 2**20)
    ]
    for result in results[1:]:
        np.testing.assert_array_equal(result.ids_N, results[0].ids_N)
        assert result.vocabulary.words == results[0].vocabulary.words


@pytest.mark.parametrize(
    ("suffix", "pack"),
    [
        (".gz", gzip.compress),
        (".bz2", bz2.compress),
        (".xz", lzma.compress),
        (".zst", lambda text: pa.Codec("zstd").compress(text, asbytes=True)),
    ],
)
def test_packed_is_plain(tmp_path, suffix, pack):
    packed = tmp_path / f"text{suffix}"
    packed.write_bytes(pack(TEXT))
    found, plain = encode([packed], tmp_path / "a"), encode(write(tmp_path, TEXT), tmp_path / "b")
    np.testing.assert_array_equal(found.ids_N, plain.ids_N)
    assert found.sha256 == plain.sha256 == hashlib.sha256(TEXT).hexdigest()


def test_normalizing_and_progress(tmp_path):
    seen = []
    found = encode(
        write(tmp_path, "The CAT,\nthe cat-tail"),
        tmp_path / "c",
        lower=True,
        word_pattern="[a-z]+",
        progress=seen.append,
    )
    assert found.vocabulary.words == ["the", "cat", "tail"]
    assert found.ids_N.tolist() == [0, 1, -1, 0, 1, 2, -1]
    assert seen[-1] == found.raw_words == 5


def test_a_given_vocabulary_is_used_as_it_is(tmp_path):
    path = tmp_path / "vocabulary.txt"
    path.write_text("</s> 9\nsat 3\nnever 2\ncat 1\n")
    files = write(tmp_path, TEXT)
    found = encode(files, tmp_path / "c", path=path, min_count=10**6, max_size=2)
    assert found.vocabulary.words == ["sat", "never", "cat"]
    assert found.vocabulary.count_V.tolist() == [3, 2, 1]
    assert found.ids_N[:6].tolist() == [2, 0, -1, 2, 0, -1]
    assert found.words == 600
    path.write_text("dog 3\nnever 2\n")
    with pytest.raises(InputError, match=r"vocab\.path=.*no word of the text"):
        encode(files, tmp_path / "c", path=path)


def test_a_file_that_changes_while_it_is_read(tmp_path):
    (path,) = write(tmp_path, TEXT)

    def append(_):
        with path.open("ab") as file:
            file.write(b"more\n")

    with pytest.raises(InputError, match=rf"{path}: changed while it was read"):
        encode([path], tmp_path / "cache", progress=append)
    assert list((tmp_path / "cache").iterdir()) == []


def test_mistakes_in_the_text_leave_no_trace(tmp_path):
    cache = tmp_path / "cache"
    for content, message in ((b"a b\nc \xff", "line 2"), (b"", "no words"), (b" \n\n", "no words"), (b"a\0", "NUL")):
        with pytest.raises(InputError, match=message):
            encode(write(tmp_path, content), cache)
        assert list(cache.iterdir()) == []
    with pytest.raises(InputError, match="word_pattern"):
        encode(write(tmp_path, TEXT), cache, word_pattern="(")
    with pytest.raises(InputError, match="gone"):
        encode([tmp_path / "gone"], cache)


def test_tokenize():
    found = tokens.tokenize(b"\n\n b a\tb \r\n\nccc </s> a")
    assert found.words == ["b", "a", "ccc", "</s>"]
    assert found.ids_N.tolist() == [-1, 0, 1, 0, -1, 2, 3, 1]
    assert found.counts.tolist() == [2, 2, 1, 1]
    assert tokens.tokenize(b" \n").ids_N.tolist() == [-1]


def test_counts_are_word2vecs_own(tmp_path):
    golden = Path(__file__).parents[3] / "shared" / "golden"
    if not golden.is_dir():
        pytest.skip("the outputs of the original word2vec are not beside the repository")
    found = encode([golden / "corpus.txt"], tmp_path, min_count=3)
    theirs = vocabulary.load(golden / "vocab.txt")  # its ties are in the order of its C library
    ours = found.vocabulary
    assert dict(zip(ours.words, ours.count_V.tolist())) == dict(zip(theirs.words, theirs.count_V.tolist()))
    assert ours.count_V.tolist() == theirs.count_V.tolist()
    assert found.raw_words == 30_245
    assert found.sentences == 350


def test_a_text_is_encoded_with_words_that_were_known(tmp_path):
    text = tmp_path / "text.txt"
    text.write_text("w1 x x w1 y\nx w0\n")
    known = vocabulary.Vocabulary(["w0", "w1", "w2"], np.array([6, 5, 2]))

    def encode(min_count: int, known: vocabulary.Vocabulary | None = None) -> corpus.Corpus:
        vocab = section("vocab", min_count=min_count)
        return corpus.encode([text], section("corpus"), vocab, cache=tmp_path / "cache", known=known)

    grown = encode(3, known)
    assert dict(zip(grown.vocabulary.words, grown.vocabulary.count_V.tolist())) == {"w0": 7, "w1": 7, "x": 3, "w2": 2}
    spelled = [grown.vocabulary.words[i] if i >= 0 else "\n" for i in grown.ids_N]
    assert " ".join(spelled) == "w1 x x w1 \n x w0 \n"
    assert (grown.words, grown.raw_words) == (6, 7)
    alone = encode(2)  # from another entry of the cache
    assert alone.vocabulary.words == ["x", "w1"]
    more = encode(3, known._replace(count_V=known.count_V + 1))
    assert more.vocabulary.count_V.tolist() == [8, 8, 3, 3]
    text.write_text("strange words\n")
    with pytest.raises(InputError, match=r"vocab.grow: the vocabulary: no word of the text is in it"):
        encode(3, known)
