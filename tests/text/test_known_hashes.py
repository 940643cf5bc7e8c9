"""Checksums of files that have not changed: not taken again, and never those of another content."""

import hashlib
import os

import pytest

from jaxw2v.errors import InputError
from jaxw2v.text import known_hashes, sources
from tests.text.test_corpus import TEXT, encode, write

LONG_AGO = 3600 * 10**9


@pytest.fixture
def read(monkeypatch):
    """The paths that are read for their checksum."""
    paths, taken = [], sources.sha256
    monkeypatch.setattr(sources, "sha256", lambda path: paths.append(path) or taken(path))
    return paths


@pytest.fixture
def later(monkeypatch):
    """An hour from now: what is done in the test lies long ago."""
    now = known_hashes.time.time_ns
    monkeypatch.setattr(known_hashes.time, "time_ns", lambda: now() + LONG_AGO)


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def test_a_file_that_has_not_changed_is_read_once(tmp_path, read, later):
    file, cache = tmp_path / "text", tmp_path / "cache"
    for content in (b"one", b"another"):
        file.write_bytes(content)
        for _ in range(3):
            assert known_hashes.sha256s([file], cache, "changed") == [sha256(content)]
    assert read == [file, file]
    assert known_hashes.sha256s([file], cache, "always") == [sha256(b"another")]
    assert len(read) == 3


def test_what_changed_a_moment_ago_is_read_again(tmp_path, read):
    """Within a moment a file may change twice and look the same."""
    file, cache = tmp_path / "text", tmp_path / "cache"
    file.write_bytes(b"one")
    os.utime(file, ns=(0, 0))  # of its content; the inode has just changed
    for _ in range(2):
        assert known_hashes.sha256s([file], cache, "changed") == [sha256(b"one")]
    assert read == [file, file]
    assert not (cache / known_hashes.INDEX).exists()


def test_size_and_time_alike_the_times_of_the_inode_tell(tmp_path, later):
    file, other, cache = tmp_path / "text", tmp_path / "other", tmp_path / "cache"
    file.write_bytes(b"one")
    assert known_hashes.sha256s([file], cache, "changed") == [sha256(b"one")]
    status = file.stat()
    other.write_bytes(b"two")
    os.utime(other, ns=(status.st_atime_ns, status.st_mtime_ns))
    other.replace(file)
    assert known_hashes.sha256s([file], cache, "changed") == [sha256(b"two")]


@pytest.mark.parametrize("damage", [b"", b"[]", b'{"a": [1], "note_sha256": "0"}', None])
def test_a_damaged_index_is_made_again(tmp_path, read, later, damage):
    file, index = tmp_path / "text", tmp_path / known_hashes.INDEX
    file.write_bytes(b"one")
    known_hashes.sha256s([file], tmp_path, "changed")
    if damage is None:
        index.write_bytes(index.read_bytes().replace(sha256(b"one").encode(), sha256(b"two").encode()))
    else:
        index.write_bytes(damage)
    for _ in range(2):
        assert known_hashes.sha256s([file], tmp_path, "changed") == [sha256(b"one")]
    assert len(read) == 2


def test_without_a_place_to_write_files_are_read_each_time(tmp_path, read, later):
    file = tmp_path / "text"
    file.write_bytes(b"one")
    for _ in range(2):
        assert known_hashes.sha256s([file], file / "no folder", "changed") == [sha256(b"one")]
    assert len(read) == 2


def test_the_index_is_bounded(tmp_path, read, later, monkeypatch):
    monkeypatch.setattr(known_hashes, "MOST", 2)
    files = write(tmp_path, "a", "b", "c")
    for _ in range(2):
        known_hashes.sha256s(files, tmp_path / "cache", "changed")
    assert read == [*files, files[0]]


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(InputError, match="nothing: cannot be read"):
        known_hashes.sha256s([tmp_path / "nothing"], tmp_path, "changed")


@pytest.mark.parametrize("verify", ["changed", "always"])
def test_the_text_and_the_ids_are_read_for_it_only_where_asked(tmp_path, read, later, verify):
    files, cache = write(tmp_path, TEXT, "and more\n"), tmp_path / "cache"
    first = encode(files, cache, verify=verify)
    taken = len(read)
    assert encode(files, cache, verify=verify).ids_N.tolist() == first.ids_N.tolist()
    assert len(read) - taken == (0 if verify == "changed" else 4)


def test_ids_damaged_in_place_are_made_again(tmp_path, later):
    files, cache = write(tmp_path, TEXT), tmp_path / "cache"
    right = encode(files, cache).ids_N.tolist()
    (path,) = cache.glob("ids-*/ids.bin")
    with path.open("r+b") as file:
        file.write(b"\1\0\0\0")
    os.utime(path, (1, 1))  # the time of the change; the test may be sooner than the clock of the disk
    assert encode(files, cache).ids_N.tolist() == right
