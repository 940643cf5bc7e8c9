"""A file is there whole under its name, or as it was before."""

import os

import pytest

from jaxw2v.files import writing
from tests.faults import failing


@pytest.mark.parametrize("fsync", [False, True])
@pytest.mark.parametrize(("mode", "content"), [("wb", b"new\n"), ("w", "é\n")])
def test_an_older_file_is_replaced_at_the_end(tmp_path, mode, content, fsync):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with writing.whole(path, mode, fsync=fsync) as file:
        file.write(content)
        assert path.read_text() == "old"
        [name] = {item.name for item in tmp_path.iterdir()} - {"a.txt"}
        assert name.startswith(".a.txt.")
        assert name.endswith(".tmp")
    assert path.read_bytes() == (content if isinstance(content, bytes) else content.encode())
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt(), ValueError()])
@pytest.mark.parametrize("place", ["block", "os.fsync", "os.replace"])
def test_an_error_leaves_what_was_there(tmp_path, monkeypatch, error, place):
    path = tmp_path / "a.txt"
    path.write_text("old")
    if place != "block":
        monkeypatch.setattr(place, failing(error))

    def write():
        with writing.whole(path, fsync=True) as file:
            file.write(b"new")
            if place == "block":
                raise error

    with pytest.raises(type(error)) as raised:
        write()
    assert raised.value is error
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_cannot_be_synced(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "open", failing(OSError(22, "Invalid argument")))
    with writing.whole(tmp_path / "a", fsync=True) as file:
        file.write(b"new")
    assert (tmp_path / "a").read_bytes() == b"new"


def test_two_at_once(tmp_path):
    with writing.whole(tmp_path / "a", "w") as one, writing.whole(tmp_path / "a", "w") as other:
        one.write("one")
        other.write("other")
    assert (tmp_path / "a").read_text() == "one"  # the last that ended
    assert len(list(tmp_path.iterdir())) == 1
