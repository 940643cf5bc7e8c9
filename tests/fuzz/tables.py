"""Readers of vectors and of test sets."""

import bz2
import gzip
import io
import lzma
import zipfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute  # which the first cast would import, and the watch would count
import scipy.sparse

from jaxw2v.vectors import analogies, formats, neighbors, pair_files, question_files, similarity
from jaxw2v.vectors.table import Table

from .target import Target

WORDS = ["the", "caf\u00e9", "a_b"]
VECTORS_VD = np.array([[1.5, -2.0], [0.0, 3e-20], [1e30, 7.25]], np.float32)


def _load(path: Path, data: bytes, packed: bool = False, **options) -> None:
    path.write_bytes(data)
    words, vectors_VD = formats.load(path, say=lambda line: None, **options)
    assert not any(word.strip() == "" or "\0" in word for word in words)
    assert len(words) == len(set(words)) == len(vectors_VD) > 0
    assert vectors_VD.dtype == np.float32
    assert np.isfinite(vectors_VD).all()
    assert packed or vectors_VD.size <= 2 * len(data)  # a number of text has a digit and a space


def _saved(folder: Path, format: str) -> bytes:
    formats.save(Table(WORDS, VECTORS_VD), folder / "seed", format)
    return (folder / "seed").read_bytes()


def bin_(folder: Path) -> Target:
    """word2vec's binary format, as it and as gensim write it."""
    whole = _saved(folder, "bin")
    head = whole[: whole.index(b"\n") + 1]
    gensim = head + b"".join(b"%s %s" % (w.encode(), v.tobytes()) for w, v in zip(WORDS, VECTORS_VD))
    wide = b"1 300\nw " + bytes(1200) + b"\n"
    return Target(lambda data: _load(folder / "vectors", data), [whole, gensim, wide])


def txt(folder: Path) -> Target:
    """word2vec's text format, and without a header."""
    whole = _saved(folder, "txt")
    bare = whole[whole.index(b"\n") + 1 :]
    return Target(lambda data: _load(folder / "vectors", data), [whole, bare, b"2 1\r\na 1 \r\nb -.5e1 \r\n"])


def glove(folder: Path) -> Target:
    """Text without a header, with all that is passed over; with an even first byte, words that are not UTF-8, too."""

    def read(data: bytes) -> None:
        skip = bool(data[:1]) and not data[0] & 1
        _load(folder / "vectors", data[1:], invalid_utf8="skip" if skip else "error")

    rows = b"the 1.5 2 -3e-1\nroute 66 .4 -.5 .6\n\t 1 2 3\n\n66 1 2 3\nthe 4 5 6\ncaf\xe9 1 2 3\n"
    return Target(read, [b"\0\xef\xbb\xbf" + rows, b"\0" + rows, b"\1" + rows[:40], b"\0" + rows.replace(b" ", b"\t")])


def packed(folder: Path) -> Target:
    """Vectors compressed or in a zip archive. With an even first byte the rest is compressed: damage is inside."""

    def read(data: bytes) -> None:
        inside, kind = bool(data[:1]) and not data[0] & 1, data[:1]
        whole = _ZIPPERS[data[0] // 2 % len(_ZIPPERS)](data[1:]) if inside and kind else data[1:]
        _load(folder / "vectors", whole, packed=True)

    whole, text = _saved(folder, "bin"), _saved(folder, "txt")
    seeds = [bytes([2 * at]) + data for at in range(len(_ZIPPERS)) for data in (whole, text)]
    seeds += [b"\1" + zipper(data) for zipper in _ZIPPERS for data in (whole, text)]
    return Target(read, seeds, base=2**25)


def _one_member(data: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("v.txt", data)
    return file.getvalue()


_ZIPPERS = (
    lambda data: gzip.compress(data, 1), lambda data: bz2.compress(data, 1),
    lambda data: lzma.compress(data, preset=0), lambda data: pa.compress(data, "zstd", asbytes=True), _one_member,
)  # fmt: skip


def npz(folder: Path) -> Target:
    """NumPy's npz. With an even first byte its arrays are given one by one and packed, so that no checksum is wrong."""

    def read(data: bytes) -> None:
        if data[:1] and not data[0] & 1:
            data = _zipped(data[1:])
            if len(data) > formats.os.path.getsize(folder / "seed") * 40:
                return
        else:
            data = data[1:]
        _load(folder / "vectors", data)

    whole = _saved(folder, "npz")
    members = []
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        for name in archive.namelist():
            member = archive.read(name)
            members.append(len(member).to_bytes(2, "little") + member)
    packed = io.BytesIO()
    np.savez_compressed(packed, words=np.array(WORDS), vectors=VECTORS_VD)
    parts = b"\0" + b"".join(members)
    return Target(read, [b"\1" + whole, b"\1" + packed.getvalue(), parts, parts], factor=1000)


def _zipped(data: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in ("words.npy", "vectors.npy"):
            size = int.from_bytes(data[:2], "little")
            archive.writestr(name, data[2 : 2 + size])
            data = data[2 + size :]
    return file.getvalue()


def sparse(folder: Path) -> Target:
    """What a run of PPMI leaves, which this program writes and does not read."""
    scipy.sparse.save_npz(folder / "seed.npz", scipy.sparse.csr_array(VECTORS_VD))
    return Target(lambda data: _load(folder / "vectors", data), [(folder / "seed.npz").read_bytes()], factor=1000)


def similarity_(folder: Path) -> Target:
    """Test sets of pairs."""
    path = folder / "pairs.tsv"

    def read(data: bytes) -> None:
        path.write_bytes(data)
        found = pair_files.load(path)
        assert len(found.words) == len(found.human_Q) > 0
        assert np.isfinite(found.human_Q).all()
        similarity.evaluate(Table(WORDS, VECTORS_VD), found, "lower")

    lines = [b"tiger\tcat\t7.35\ntiger\ttiger\t10\n", b"# x\nWord 1,Word 2,Human (mean)\nlove,sex,6.77\n", b"a b 1 2\n"]
    return Target(read, [*lines, f"the\t{WORDS[1]}\t1\nthe\ta_b\t2\n".encode()], base=2**22)


def analogies_(folder: Path) -> Target:
    """Test sets of questions."""
    path = folder / "questions.txt"

    def read(data: bytes) -> None:
        path.write_bytes(data)
        found = question_files.load(path)
        assert len(found.words) == len(found.section_Q) > 0
        assert found.section_Q.max() < len(found.sections)
        settings = {"method": "3cosadd", "restrict_vocab": None, "case": "lower", "oov": "skip"}
        analogies.evaluate(Table(WORDS, VECTORS_VD), found, **settings)

    known = " ".join([*WORDS, "the"]).encode()
    return Target(read, [b": capital\nAthens Greece Oslo Norway\n", b"a b c d\n: x y\n" + known, b""], base=2**22)


def query(folder: Path) -> Target:
    """What a person asks `experiments.neighbors`."""
    table = Table([*WORDS, "+", "dog"], np.concatenate([VECTORS_VD[:2], VECTORS_VD[:1], np.eye(2, dtype=np.float32)]))

    def read(data: bytes) -> None:
        found = neighbors.solve(table, data.decode(errors="surrogateescape"), 2)
        assert len(found) <= 2

    return Target(read, [b"the", b"the - dog + a_b", "caf\u00e9 + the".encode(), b" - the"], base=2**22)
