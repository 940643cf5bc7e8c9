"""Readers of texts: plain, packed, vocabularies, lists of phrases, pairs, and the cache of what was read."""

import bz2
import collections
import gzip
import lzma
import re
from pathlib import Path

import pyarrow as pa

from jaxw2v.files.lines import PLAIN
from jaxw2v.text import corpus, joined, pairs, phrase_list, sources, tokens, vocabulary_file
from jaxw2v.text.normalization import Normalizer
from tests.configs import section

from .target import Target

BLOCK = 1 << 12  # bytes read at a time, so that small inputs have several blocks
LINES = [
    b"the cat sat on the mat\nthe dog sat\n",
    "\ufeffna\u00efve caf\u00e9 \u0130stanbul \u03a3\u03a3 e\u0301 </s> \u4eca\u65e5\n\n a\tb \r\nlast".encode(),
    b"",
    b"word " * 2000 + b"\n",
]


def text(folder: Path) -> Target:
    """Plain text to numbers. The first byte chooses what is done to it."""
    path = folder / "text.txt"

    def read(data: bytes) -> None:
        how, data = _first(data)
        path.write_bytes(data)
        normalizer = Normalizer(nfc=bool(how & 2), lower=bool(how & 4), word=_PATTERN if how & 8 else None)
        settings = {"invalid_utf8": "replace" if how & 1 else "error", "normalizer": normalizer, "size": BLOCK}
        with (folder / "ids.bin").open("wb") as file:
            words, counts = tokens.write_ids(tokens.tokenized([sources.read_text(path, **settings)], 1), file)
        if how & 15 == 0:
            plain = data.removeprefix(b"\xef\xbb\xbf")
            right = collections.Counter(word.decode() for word in plain.split() if word != b"</s>")
            assert dict(zip(words, counts.tolist())) == right
            assert list(right) == words

    return Target(read, [bytes([how]) + line for how in (0, 0, 1, 2, 4, 8) for line in LINES], base=2**24)


_PATTERN = re.compile(r"[^\W_]+")


def _packed(suffix: str, pack) -> object:
    def make(folder: Path) -> Target:
        path = folder / f"text{suffix}"

        def read(data: bytes) -> None:
            """With an even first byte the rest is packed, so that damage is inside; else it is what lies on disk."""
            how, data = _first(data)
            path.write_bytes(data if how & 1 else pack(data))
            blocks = list(sources.read_blocks(path, BLOCK))
            assert all(0 < len(block) <= BLOCK for block in blocks)
            if not how & 1:
                assert b"".join(blocks) == data

        whole = [pack(line) for line in LINES]
        seeds = [b"\1" + each for each in whole] + [b"\1" + whole[0] + whole[1]] + [b"\0" + line for line in LINES]
        return Target(read, seeds, base=2**24, factor=2000)  # the dictionary of .xz; small inputs unpack to much

    return make


def _zstd(data: bytes) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(data)
    return sink.getvalue().to_pybytes()


gz = _packed(".gz", lambda data: gzip.compress(data, 1))
bz2_ = _packed(".bz2", lambda data: bz2.compress(data, 1))
xz = _packed(".xz", lambda data: lzma.compress(data, preset=0))
zst = _packed(".zst", _zstd)


def vocabulary_(folder: Path) -> Target:
    """Files of `word count` lines."""
    path = folder / "vocabulary.txt"

    def read(data: bytes) -> None:
        path.write_bytes(data)
        found = vocabulary_file.read(path, PLAIN, lambda line: None)
        assert len(found.words) == len(set(found.words)) == len(found.count_V) >= 2
        assert found.count_V.min() >= 1
        assert not any(word.encode().split() != [word.encode()] for word in found.words)

    return Target(read, [b"the 100\ncat 7\n", b"</s> 0\nthe 9\ncat 2\n", "caf\u00e9\t3\r\n\u4eca 2\n".encode(), b""])


def phrases(folder: Path) -> Target:
    """Lists of phrases. The first byte chooses how lines become words."""
    path = folder / "titles.txt"

    def read(data: bytes) -> None:
        how, data = _first(data)
        path.write_bytes(data)
        normalizer = Normalizer(nfc=bool(how & 2), lower=bool(how & 4), word=_PATTERN if how & 8 else None)
        found = phrase_list.load(path, normalizer)
        assert len(found) == len(set(found)) > 0
        assert all(len(phrase) > 1 for phrase in found)

    lines = [b"new york\nlos angeles\n", b"12\tNew_York City\n13\tParis\n", *LINES]
    return Target(read, [bytes([how]) + line for how in (0, 4, 8, 12) for line in lines], base=2**25)


def pairs_(folder: Path) -> Target:
    """Files of `word context` lines."""
    path, vocab = folder / "pairs.txt", section("vocab", min_count=1)

    def read(data: bytes) -> None:
        how, data = _first(data)
        path.write_bytes(data)
        settings = section("corpus", invalid_utf8="replace" if how & 1 else "error")
        found = pairs.encode([path], settings, vocab)
        triple = found.ids_N.reshape(-1, 3)
        assert (triple[:, 2] == -1).all()
        assert found.sentences == len(triple)
        assert triple[:, 0].max() < len(found.vocabulary.words) <= triple[:, 1].min()
        lines = [line for line in data.removeprefix(b"\xef\xbb\xbf").split(b"\n") if line.split()]
        assert len(lines) == found.sentences or b"</s>" in data

    lines = [b"cat after_the\ncat before_sat\n\ndog after_the\n", "caf\u00e9\ta/b\r\n\u4eca \u65e5\n".encode(), b""]
    return Target(read, [bytes([how]) + line for how in (0, 1) for line in lines], base=2**25)


def cache(folder: Path) -> Target:
    """The cache of ids: whatever becomes of its files, what is read is right. The first byte names the file."""
    path, place = folder / "text.txt", folder / "cache"
    path.write_bytes(LINES[0] * 3 + b"the end\n")

    settings, vocab = section("corpus"), section("vocab", min_count=2)

    def encode() -> corpus.Corpus:
        return corpus.encode([path], settings, vocab, cache=place, threads=1)

    right, entry = encode(), next(place.iterdir())
    ids = right.ids_N.tolist()  # now: it is mapped to the file that is written over
    names = ["ids.bin", "vocabulary.txt", "meta.json"]
    files = [(entry / name).read_bytes() for name in names]

    def read(data: bytes) -> None:
        how, data = _first(data)
        (entry / names[how % 3]).write_bytes(data)
        found = encode()
        assert found.ids_N.tolist() == ids
        assert found.vocabulary.words == right.vocabulary.words
        assert found.vocabulary.count_V.tolist() == right.vocabulary.count_V.tolist()
        assert found[2:6] == right[2:6]
        assert [(entry / name).read_bytes() for name in names[:2]] == files[:2]  # of JSON others can mean the same

    return Target(read, [bytes([at]) + content for at, content in enumerate(files)], base=2**25)


def joined_(folder: Path) -> Target:
    """The cache of joined texts, likewise."""
    path, place, titles = folder / "text.txt", folder / "cache", folder / "titles.txt"
    path.write_bytes(LINES[0] * 3)
    titles.write_text("the cat\nthe mat\n")

    phrases, settings = section("phrases", method="list", path=str(titles)), section("corpus")

    def build() -> joined.Joined:
        return joined.build([path], phrases, settings, cache=place, say=lambda line: None)

    right = build()
    paths = sorted(place.iterdir())
    files = [each.read_bytes() for each in paths]
    texts = [file for each, file in zip(paths, files) if each.suffix != ".json"]

    def read(data: bytes) -> None:
        how, data = _first(data)
        paths[how % len(paths)].write_bytes(data)
        assert build() == right
        assert [each.read_bytes() for each in paths if each.suffix != ".json"] == texts

    return Target(read, [bytes([at]) + content for at, content in enumerate(files)], base=2**25)


def _first(data: bytes) -> tuple[int, bytes]:
    return (data[0], data[1:]) if data else (0, data)
