"""A little of every fuzz job, and what the long ones found: `python -m tests.fuzz --help`."""

import bz2
import gzip
import io
import json
import lzma
import os
import struct
import tempfile
import tracemalloc
import zlib

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jaxw2v.errors import InputError
from jaxw2v.files import npz
from jaxw2v.study import collection, predictions
from jaxw2v.text import note, phrase_list, sources
from jaxw2v.text.normalization import AS_IT_IS
from jaxw2v.vectors import formats
from tests.fuzz import watch
from tests.fuzz.mutation import mutated
from tests.fuzz.readers import READERS
from tests.fuzz.target import Target
from tests.fuzz.watch import Watch

FEW = {"overrides": 15, "cache": 60, "joined": 60}
INPUTS = 150
SLOW = {"overrides"}  # of 7 inputs in 21, the seeds among them, allocations are counted, which takes four times as long


def lying_zip(seed: bytes) -> bytes:
    """An npz whose directory says of its last member that 1 GB of it lie there."""
    at = seed.rindex(b"PK\x01\x02") + 20
    return seed[:at] + struct.pack("<I", 2**30) + seed[at + 4 :]


DEEP = b"[" * 100_000
FOUND = {  # by reader, inputs that ended in a stack trace, were taken for good, or took memory
    "text": [b"\0\xef\xbb\xbf", b"\x08!!!", b"\x08a\n!!!"],
    "bz2": [b"\1" + bz2.compress(b"a b") + b"BZh9 broken"],
    "xz": [b"\1" + lzma.compress(b"a b") + b"\xfd7zXZ broken"],
    "cache": [],
    "result": [DEEP, b'{"seed": [1], "corpus.sha256": "", "code.version": "", "code.commit": null}'],
    "checkpoint": [b"\0" + (2).to_bytes(8, "little") + b"{}", b"\0" + len(DEEP).to_bytes(8, "little") + DEEP],
    "answers": [b"\0" + (80).to_bytes(2, "little") + b"\x93NUMPY\1\0F\0{'descr': '<f8', 'shape': (1,", b"\0\3\0abc"],
    "settings": [
        b"seed: ${a:}${",
        b"[1, 2]",
        b"a: {b: 1}\na.b: 2",
        b"windows:\n  window: 0x" + b"9" * 5000,
        b"[" * 3000,
    ],
    "overrides": [
        b"seed=" + b"9" * 5000,
        b"\xff=1",
        b"vectors=" + b"a" * 5000,
        b"corpus=2.5",
        b"hydra/launcher=null",
        b"~optimizer=true",
        b"=0.5",
        b"@a=0.5",
        b"./corpus=1",
        b"hydra=1",
        b"vectors.matrices.tables=[input]",
        b"a" * 5000 + b"=1",
    ],
}


@pytest.fixture
def watched(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def watched(reader: str) -> tuple[Target, Watch]:
        target = READERS[reader](tmp_path)
        monkeypatch.setattr(watch, "BLOCK", 7 if reader in SLOW else 100)
        return target, Watch(target, tmp_path, traced=3 if reader in SLOW else 1)

    return watched


@pytest.mark.parametrize("reader", READERS)
def test_broken_input_is_read_or_refused(watched, reader):
    target, watching = watched(reader)
    with watching:
        ends = [watching.attempt(data) for data in target.seeds]
        assert {end.what for end in ends} <= {"accepted", "refused"}, ends
        assert reader == "sparse" or "accepted" in {end.what for end in ends}, ends
        for number in range(FEW.get(reader, INPUTS)):
            end = watching.attempt(mutated(target.seeds, 2, number))
            assert end.what in ("accepted", "refused"), (number, end)


@pytest.mark.parametrize("reader", FOUND)
def test_what_was_found_is_read_or_refused(watched, reader):
    target, watching = watched(reader)
    found = list(FOUND[reader])
    if reader in ("answers", "npz"):
        found.append(b"\1" + lying_zip(target.seeds[0][1:]))
    if reader == "answers":  # text of characters that there are none of
        found.append(target.seeds[1].replace("1f".encode("utf-32-le"), b"1\0\0\1\0\0\0\0"))
        assert found[-1] != target.seeds[1]
    if reader == "cache":  # another count, in JSON as good as before
        seed = next(seed for seed in target.seeds if b'"raw_words": ' in seed)
        found.append(seed.replace(b'"raw_words": ', b'"raw_words": 1'))
    with watching:
        for data in found:
            end = watching.attempt(data)
            assert end.what in ("accepted", "refused"), end
            assert reader not in ("bz2", "xz") or end.what == "refused"  # the rest was passed over in silence


def test_the_watch_sees_what_a_reader_must_not_do(tmp_path):
    def read(data: bytes) -> object:
        match data:
            case b"write":
                (tmp_path.parent / "outside").touch()
            case b"unpickle":
                return np.load(io.BytesIO(pickled), allow_pickle=True)
            case b"much":
                return bytearray(10**8)
            case b"warn":
                return np.float32(1e30) * np.float32(1e30)
            case b"start":
                return os.system("true")
            case b"blank":
                raise InputError(" ")

    file = io.BytesIO()
    np.save(file, np.array([Target], object), allow_pickle=True)
    pickled = file.getvalue()
    inside = tmp_path / "inside"
    inside.mkdir()
    seen = {}
    with Watch(Target(read, []), inside) as watching:
        for data in (b"", b"write", b"unpickle", b"much", b"warn", b"start", b"blank"):
            seen[data] = watching.attempt(data).what
    assert seen == {
        b"": "accepted", b"write": "did open", b"unpickle": "did pickle.find_class", b"much": "memory",
        b"warn": "RuntimeWarning in ", b"start": "did os.system", b"blank": "empty message",
    }  # fmt: skip


def test_an_input_is_made_again_by_its_number():
    seeds = [b"a 1\nb 2\n", b"\x93NUMPY"]
    first = [mutated(seeds, 7, number) for number in range(50)]
    assert first == [mutated(seeds, 7, number) for number in range(50)]
    assert len(set(first)) > 25
    assert first != [mutated(seeds, 8, number) for number in range(50)]


# what is small on the disk and large unpacked

PACKERS = {
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
    ".zst": lambda text: pa.Codec("zstd").compress(text, asbytes=True),
}


@pytest.fixture
def peak():
    """Bytes that Python and NumPy held at most since the test began."""
    tracemalloc.start()
    yield lambda: tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()


@pytest.mark.parametrize("suffix", PACKERS)
def test_a_gigabyte_in_a_small_file_is_not_held(tmp_path, suffix, peak):
    path = tmp_path / f"bomb{suffix}"
    path.write_bytes(PACKERS[suffix](bytes(2**22)) * 256)
    with pytest.raises(InputError, match="NUL byte"):
        list(sources.read_text(path))
    path.write_bytes(PACKERS[suffix]((b"x" * 80 + b"\tnew york\n") * 2**14) * 24)  # 35 MB of lines
    tracemalloc.reset_peak()  # packing takes more
    assert phrase_list.load(path, AS_IT_IS) == [("new", "york")]
    assert peak() < 64 * 2**20  # the dictionary of .xz among them
    path.write_bytes(PACKERS[suffix](b"new york " * 2**17) * 16)
    with pytest.raises(InputError, match="a line of more than 16777216 bytes"):
        phrase_list.load(path, AS_IT_IS)


def test_an_xz_that_asks_for_four_gigabytes_is_refused(tmp_path):
    path = tmp_path / "text.xz"
    big = {"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": 2**27}
    path.write_bytes(lzma.compress(b"a b\n", filters=[big]))
    assert list(sources.read_blocks(path)) == [b"a b\n"]
    packed = bytearray(path.read_bytes())
    at = packed.index(b"\x21\x01") + 2  # the filter's id, the size of its properties, the dictionary's
    packed[at] = 40  # 4 GB
    packed[20:24] = struct.pack("<I", zlib.crc32(packed[12:20]))
    path.write_bytes(packed)
    with pytest.raises(InputError, match=r"text\.xz: .*[Mm]emory"):
        list(sources.read_blocks(path))


@pytest.mark.parametrize("suffix", PACKERS)
def test_several_streams_are_one(tmp_path, suffix):
    path, pack = tmp_path / f"text{suffix}", PACKERS[suffix]
    path.write_bytes(pack(b"one ") + pack(b"") + pack(b"two"))
    assert b"".join(sources.read_blocks(path, 3)) == b"one two"
    if suffix in (".gz", ".xz", ".bz2"):
        path.write_bytes(pack(b"one ") + bytes(8) + pack(b"two") + bytes(2**17))
        assert b"".join(sources.read_blocks(path, 3)) == b"one two"
    for rest in (b"junk", pack(b"two")[:-3]):
        path.write_bytes(pack(b"one ") + rest)
        with pytest.raises(InputError, match="damaged or cut short"):
            list(sources.read_blocks(path))


@given(st.lists(st.binary(max_size=60), min_size=1, max_size=4), st.sampled_from(sorted(PACKERS)), st.integers(1, 70))
def test_any_streams_in_any_pieces(tmp_path_factory, texts, suffix, size):
    path = tmp_path_factory.getbasetemp() / f"streams{suffix}"
    path.write_bytes(b"".join(map(PACKERS[suffix], texts)))
    assert b"".join(sources.read_blocks(path, size)) == b"".join(texts)


@given(
    st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=5) | st.floats(allow_nan=False)), st.data()
)
def test_a_note_comes_back_and_no_change_of_it_is_believed(tmp_path_factory, values, data):
    path = tmp_path_factory.getbasetemp() / "note"
    whole = note.encoded(values)
    path.write_bytes(whole)
    assert note.read_note(path) == values
    at, byte = data.draw(st.integers(0, len(whole) - 1)), data.draw(st.binary(max_size=2))
    path.write_bytes(whole[:at] + byte + whole[at + 1 :])
    assert note.read_note(path) in (None, values)


def test_arrays_that_are_too_large_are_not_unpacked(tmp_path, peak):
    big = np.zeros(2**24)
    np.savez_compressed(tmp_path / "predictions.npz", **{"a.3cosadd": big, "a.sha256": np.array("1")})
    del big
    before = peak()
    with pytest.raises(InputError, match="would be 134217856 bytes, and at most 67108864"):
        predictions.read_predictions([collection.Run("a", tmp_path, {})], "a.3cosadd")
    np.savez_compressed(tmp_path / "vectors.npz", words=np.array(["a"]), vectors=np.zeros((1, 9), np.float32))
    with pytest.raises(InputError, match="uncompressed"):
        formats.load(tmp_path / "vectors.npz")
    assert peak() == before
    with open(tmp_path / "vectors.npz", "rb") as file:
        assert npz.read_arrays(file, ["vectors", "absent"], 10**6).keys() == {"vectors"}


def test_predictions_must_fit_each_other(tmp_path):
    runs = []
    for name, right in (("one", [1, 0, -1]), ("two", [1, 0])):
        (tmp_path / name).mkdir()
        arrays = {"a.3cosadd": np.array(right, np.int8), "a.sha256": np.array("1")}
        np.savez_compressed(tmp_path / name / "predictions.npz", **arrays)
        runs.append(collection.Run(name, tmp_path / name, {}))
    with pytest.raises(
        InputError, match=r"two/predictions\.npz: damaged \(a\.3cosadd: 2 predictions for 3 questions\)"
    ):
        predictions.read_predictions(runs, "a.3cosadd")
    assert json.dumps(predictions.read_predictions(runs[:1], "a.3cosadd").predicted_RQ.tolist()) == "[[1.0, 0.0, NaN]]"
