"""Vectors that are mapped, and vectors that are larger than the memory."""

import gzip

import numpy as np
import pytest

from jaxw2v.errors import InputError
from jaxw2v.files import memory
from jaxw2v.vectors import matrix, neighbors, vectors
from jaxw2v.vectors.formats import load, save
from jaxw2v.vectors.table import Table

V, D = 301, 7


@pytest.fixture
def table():
    values_VD = np.random.default_rng(0).normal(size=(V, D)).astype(np.float32)
    values_VD[5] = 0
    return Table([f"w{row}" for row in range(V)], values_VD)


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("JAXW2V_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.mark.parametrize("format", ["bin", "txt", "npz", "bin.gz"])
def test_mapped_vectors_are_the_same_and_answer_the_same(table, tmp_path, cache, format, monkeypatch):
    monkeypatch.setattr("jaxw2v.vectors.lookup._BLOCK", 100 * D)
    path = tmp_path / f"v.{format}"
    save(table, path, format[:3])
    if format.endswith(".gz"):
        path.write_bytes(gzip.compress(path.read_bytes()))
    for _ in range(2):
        found = vectors.load(path, mmap=True)
        assert found.words == table.words
        assert isinstance(found.matrix, np.memmap)
        np.testing.assert_array_equal(found.matrix, table.vectors_VD)
        for query in ("w3", "w0 - w1 + w2"):
            assert found.most_similar(query, 9) == neighbors.solve(table, query, 9)
    assert len(list(cache.rglob("*.float32"))) == (format != "npz")


def test_a_copy_follows_its_file(table, tmp_path, cache):
    path = tmp_path / "v.bin"
    save(table, path, "bin")
    assert load(path, mmap=True, limit=3).words == ["w0", "w1", "w2"]
    assert len(load(path, mmap=True).words) == V
    save(Table(["other"], np.ones((1, 2), np.float32)), path, "bin")
    assert load(path, mmap=True).words == ["other"]
    next(cache.rglob("*.json")).write_text("{}")
    for each in cache.rglob("*.float32"):
        each.write_bytes(b"cut")
    assert load(path, mmap=True).words == ["other"]
    assert len(list(cache.rglob("*.float32"))) == 2


def test_what_a_copy_passed_over_is_said_again(tmp_path, cache):
    (tmp_path / "v.txt").write_bytes(b"a 1\na 2\n")
    for _ in range(2):
        assert len(vectors.load(tmp_path / "v.txt", mmap=True, say=lambda line: None).notes) == 1


def test_a_copy_that_cannot_be_written_is_one_line(table, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("JAXW2V_CACHE", str(tmp_path / "file"))
    save(table, tmp_path / "v.bin", "bin")
    with pytest.raises(InputError, match=r"cannot be written .*JAXW2V_CACHE"):
        load(tmp_path / "v.bin", mmap=True)


@pytest.mark.parametrize("format", ["bin", "txt", "npz"])
def test_vectors_larger_than_memory_are_one_line_that_names_the_limit(table, tmp_path, monkeypatch, format):
    save(table, tmp_path / "v", format)
    monkeypatch.setattr(matrix, "_ASKED", 1)
    monkeypatch.setattr(memory, "available", lambda: 100.0)
    with pytest.raises(InputError, match=r"v: not enough memory .*--limit N .*--mmap") as caught:
        load(tmp_path / "v")
    assert "\n" not in str(caught.value)
    assert load(tmp_path / "v", limit=2).words == ["w0", "w1"]


def test_memory_that_runs_out_is_one_line(table, tmp_path, monkeypatch):
    def full(*_):
        raise MemoryError

    save(table, tmp_path / "v", "bin")
    found = vectors.load(tmp_path / "v")
    found = vectors.Vectors(found.table, name=str(tmp_path / "v"))
    monkeypatch.setattr("jaxw2v.vectors.lookup.lengths", full)
    with pytest.raises(InputError, match=r"v: not enough memory .*--limit"):
        found.most_similar(found.matrix[0])
    monkeypatch.setattr(matrix.Grown, "add", full)
    with pytest.raises(InputError, match=r"v: not enough memory .*--limit"):
        load(tmp_path / "v")
