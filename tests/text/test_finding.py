import os
import re
import socket
from pathlib import Path

import pytest

from jaxw2v.errors import InputError
from jaxw2v.files import walking
from jaxw2v.text import finding


def write(folder, content, name):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def names(path, folder):
    """The files found, relative to a folder, and what was said."""
    said = []
    return [str(file.relative_to(folder)) for file in finding.find_files(path, said.append)], said


def test_a_folder_is_read_in_the_order_of_names(tmp_path):
    for name in ("b.txt", "a/z.txt", "a/.hidden", ".git/x", "a/b/c.txt", "10.txt", "9.txt"):
        write(tmp_path, b"x", name)
    found = finding.find_files(str(tmp_path))
    assert [str(file.relative_to(tmp_path)) for file in found] == ["10.txt", "9.txt", "a/b/c.txt", "a/z.txt", "b.txt"]
    assert finding.find_files(f"{tmp_path}/*.txt") == [tmp_path / name for name in ("10.txt", "9.txt", "b.txt")]
    assert finding.find_files(f"{tmp_path}/**/*.txt") == found
    assert finding.find_files(f"{tmp_path}/**") == found
    assert finding.find_files(f"{tmp_path}/*/**/*.txt") == found[2:4]
    assert finding.find_files(f"{tmp_path}/.git/*") == finding.find_files(f"{tmp_path}/.*/x") == [tmp_path / ".git/x"]


def test_a_list_keeps_its_order_and_its_duplicates(tmp_path):
    b, a = write(tmp_path, b"", "b"), write(tmp_path, b"", "a")
    assert finding.find_files([str(b), a, f"{tmp_path}/*"]) == [b, a, a, b]


def test_a_name_that_looks_like_a_pattern(tmp_path):
    path = write(tmp_path, b"x", "text[1].txt")
    assert finding.find_files(path) == [path]
    inside = write(tmp_path, b"x", "data[1]/a=1, b\n2.txt")
    assert finding.find_files(inside.parent / "*.txt") == finding.find_files(f"{tmp_path}/**/data[1]/*") == [inside]
    star = write(tmp_path, b"x", "what?/*.txt")
    write(tmp_path, b"x", "what?/other.txt")
    assert finding.find_files(star) == [star]


def test_a_relative_glob(tmp_path, monkeypatch):
    monkeypatch.chdir(write(tmp_path, b"x", "a/b/c.txt").parents[2])
    for pattern in ("*/b/*.txt", "a/**/*.txt", "**/c.txt", "**", "./a/b/?.txt"):
        assert finding.find_files(pattern) == [Path("a/b/c.txt")]


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("{}/missing", "no such file or folder"),
        ("{}/*.none", "no file matches"),
        ("{}", "has no files"),
        ([], "give a file"),
        ([1], "give a file"),
        (None, "give a file"),
        ("/dev/null", "neither a regular file"),
    ],
)
def test_nothing_is_found(path, message, tmp_path):
    path = path.format(tmp_path) if isinstance(path, str) else path
    with pytest.raises(InputError, match=rf"^corpus\.path=.*{message}[^\n]*$"):
        finding.find_files(path)


# links


def test_a_folder_and_a_glob_find_the_same_through_links(tmp_path):
    elsewhere = write(tmp_path, b"x", "elsewhere/b.txt").parent
    text = write(tmp_path, b"x", "text/a.txt").parent
    (text / "linked").symlink_to(elsewhere)
    expected = (["a.txt", "linked/b.txt"], [])
    assert names(text, text) == names(f"{text}/**/*.txt", text) == names(f"{text}/**", text) == expected


def test_links_that_lead_back_do_not_multiply_the_text(tmp_path):
    write(tmp_path, b"x", "a.txt")
    write(tmp_path, b"x", "sub/b.txt")
    for link in ("self", "sub/up", "again", "sub/again"):
        (tmp_path / link).symlink_to(tmp_path)
    assert names(tmp_path, tmp_path)[0] == names(f"{tmp_path}/**/*.txt", tmp_path)[0] == ["a.txt", "sub/b.txt"]


def test_a_file_with_several_names_is_taken_once_by_the_name_without_links(tmp_path):
    write(tmp_path, b"x", "m.txt")
    (tmp_path / "a.txt").symlink_to("m.txt")
    os.link(tmp_path / "m.txt", tmp_path / "z.txt")
    expected = (
        ["m.txt"],
        ["corpus.path={}: left out 2 second names of files, by links: a.txt, z.txt"],
    )
    for path in (tmp_path, f"{tmp_path}/*.txt"):
        assert names(path, tmp_path) == (expected[0], [expected[1][0].format(path)])
    assert len(finding.find_files([tmp_path / "m.txt", tmp_path / "a.txt"])) == 2  # a list is as it is


def test_a_link_to_nothing_and_one_in_a_circle(tmp_path):
    (tmp_path / "gone.txt").symlink_to("nowhere")
    (tmp_path / "circle").symlink_to("circle")
    with pytest.raises(InputError, match=r"has no files; .* \(left out 2 links to nothing: circle, gone.txt\)$"):
        finding.find_files(tmp_path)
    with pytest.raises(InputError, match=r"gone\.txt: a link to nowhere, which is not there"):
        finding.find_files(tmp_path / "gone.txt")
    write(tmp_path, b"x", "a.txt")
    assert names(f"{tmp_path}/*", tmp_path)[0] == names(tmp_path, tmp_path)[0] == ["a.txt"]


# what is no text


def test_backups_of_editors_are_left_out_and_said(tmp_path):
    for name in ("a.txt", "a.txt~", "#a.txt#", ".#a.txt", ".a.txt.swp", "a.bak", "Thumbs.db", "~$a.doc", ".DS_Store"):
        write(tmp_path, b"x", name)
    write(tmp_path, b"x", "__MACOSX/a.txt")
    (found, (line,)) = names(tmp_path, tmp_path)
    assert found == ["a.txt"]
    assert re.search(r"left out 5 backups and files of systems: #a\.txt#, Thumbs\.db, a\.bak, \.\.\.$", line)
    assert names(f"{tmp_path}/*", tmp_path)[0] == ["a.txt"]
    assert names(f"{tmp_path}/*.bak", tmp_path) == (["a.bak"], [])
    assert names(tmp_path / "a.txt~", tmp_path) == (["a.txt~"], [])


def test_pipes_and_sockets_are_left_out_and_said(tmp_path, monkeypatch):
    write(tmp_path, b"x", "a.txt")
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        monkeypatch.chdir(tmp_path)  # the name of a socket must be short
        server.bind("socket")
    for path in (tmp_path, f"{tmp_path}/*", f"{tmp_path}/**"):
        found, (line,) = names(path, tmp_path)
        assert found == ["a.txt"]
        assert "left out 2 devices, pipes and sockets: pipe, socket" in line


@pytest.mark.parametrize("path", ["{}", "{}/**/*.txt", "{}/*/*.txt"])
def test_a_folder_that_cannot_be_listed_is_said(path, tmp_path, monkeypatch):
    write(tmp_path, b"x", "a/a.txt")
    write(tmp_path, b"x", "secret/b.txt")
    for name in ("scandir", "listdir"):
        real = getattr(os, name)

        def refusing(folder=".", real=real):
            if Path(folder).name == "secret":
                raise PermissionError(13, "Permission denied")
            return real(folder)

        monkeypatch.setattr(os, name, refusing)
    found, (line,) = names(path.format(tmp_path), tmp_path)
    assert found == ["a/a.txt"]
    assert "left out 1 folders that cannot be listed (Permission denied): secret" in line
    with pytest.raises(InputError, match="cannot be listed"):
        finding.find_files(tmp_path / "secret")


def test_a_name_that_is_not_utf8(tmp_path):
    (tmp_path / os.fsdecode(b"caf\xe9.txt")).write_text("x")
    assert names(tmp_path, tmp_path)[0] == names(f"{tmp_path}/*.txt", tmp_path)[0] == ["caf\udce9.txt"]


def test_each_folder_once(tmp_path):
    (tmp_path / "b" / "c").mkdir(parents=True)
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b" / "c" / "up").symlink_to(tmp_path)

    def failed(folder, error):
        raise error

    found = [path for path, _ in walking.walk(tmp_path, lambda name: True, failed)]
    assert found == [tmp_path, tmp_path / "b", tmp_path / "b" / "c"]
