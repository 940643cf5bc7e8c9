import bz2
import gzip
import io
import lzma
import tarfile

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jaxw2v.errors import InputError
from jaxw2v.files import lines
from jaxw2v.files.lines import Lines, Rules

PACKERS = {
    ".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress, ".GZ": gzip.compress,
    ".zst": lambda text: pa.Codec("zstd").compress(text, asbytes=True),
}  # fmt: skip


def read(folder, data, rules=lines.PLAIN, name="file.txt"):
    path = folder / name
    path.write_bytes(data)
    return list(Lines(path, "words", rules))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_of_every_system_and_no_byte_order_mark(tmp_path, end):
    data = f"\ufeffa{end}{end}b c{end}\ufeffd".encode()
    assert read(tmp_path, data) == [(1, "a"), (2, ""), (3, "b c"), (4, "\ufeffd")]


@given(st.lists(st.sampled_from(["a", "\r", "\n", "\u00e9", "\u2028", "\x85", " "])), st.integers(1, 5))
def test_lines_do_not_depend_on_the_piece(tmp_path_factory, parts, size):
    text = "".join(parts)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines, "_PIECE", size)
        patch.setattr(lines.foreign, "ENOUGH", size)
        found = read(tmp_path_factory.getbasetemp(), text.encode())
    expected = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    assert [line for _, line in found] == (expected[:-1] if expected[-1] == "" else expected)
    assert [number for number, _ in found] == list(range(1, len(found) + 1))


@pytest.mark.parametrize("suffix", PACKERS)
def test_compressed_by_name(tmp_path, suffix):
    assert read(tmp_path, PACKERS[suffix](b"a\nb\n"), name=f"file{suffix}") == [(1, "a"), (2, "b")]
    with pytest.raises(InputError, match=r"damaged or cut short as a \.\w+ file"):
        read(tmp_path, PACKERS[suffix](b"a\nb\n" * 99)[:-3], name=f"file{suffix}")
    assert read(tmp_path, PACKERS[suffix](b"a\n")) == [(1, "a")]
    with pytest.raises(InputError, match=r"packed twice, inside as \.\w+: unpack it once"):
        read(tmp_path, PACKERS[suffix](PACKERS[suffix](b"a\n")))
    with pytest.raises(InputError, match="give it another name if it is not packed"):
        read(tmp_path, b"a\nb\n", name=f"plain{suffix}")


def test_archives_and_files_of_another_kind_say_what_they_are(tmp_path):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        archive.addfile(tarfile.TarInfo("a.txt"))
    for data, name, says in (
        (packed.getvalue(), "a.tar.gz", "a tar archive: unpack it first"),
        (b"PK\x03\x04...", "a.zip", "a zip archive .*: unzip it first"),
        (b"PK\x03\x04...", "a.xlsx", "or save it as CSV or text in UTF-8"),
        ("a b 1\n".encode("utf-16"), "a.csv", "UTF-16, as Excel.*: iconv -f utf-16"),
        (b"%PDF-1.4", "a.txt", "a PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0", "a.xls", "a file of Word or Excel: save it as CSV"),
        (b"{\\rtf1\\ansi a b 1}", "a.rtf", "RTF: save it as CSV or text"),
        (b"<!DOCTYPE html>\n<html>404</html>", "a.txt", "a web page, not the file"),
        ("a b 1\n".encode("utf-16-le"), "a.csv", "UTF-16; convert the file to UTF-8, for example: iconv -f utf-16le"),
    ):
        with pytest.raises(InputError, match=says):
            read(tmp_path, data, name=name)


def test_names_that_cannot_be_opened(tmp_path):
    for path, says in (
        (tmp_path / "gone", "cannot be opened .*give a file of words"),
        (tmp_path / "gone.gz", "cannot be opened"),
        (tmp_path, "cannot be opened"),
        ("~nobody-of-this-name/x", "no such user"),
        ("a\0b", "NUL"),
    ):
        with pytest.raises(InputError, match=says):
            list(Lines(path, "words"))


def test_a_home_folder_is_expanded(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "file.txt").write_text("a\n")
    assert list(Lines("~/file.txt", "words")) == [(1, "a")]


@pytest.mark.parametrize("bad", [b"caf\xc3", b"a\0b"])
def test_what_is_not_utf8(tmp_path, bad):
    data = b"one\n" + bad + b" 4\ntwo\n"
    with pytest.raises(InputError, match=r"line 2: byte [57] is .*; convert .*; or set corpus\.invalid_utf8=replace"):
        read(tmp_path, data, Rules("ascii", "error", "corpus.invalid_utf8"))
    replaced = read(tmp_path, data, Rules("ascii", "replace"))
    assert replaced[1] == (2, {b"caf\xc3": "caf\ufffd 4", b"a\0b": "a\ufffdb 4"}[bad])
    found = Lines(tmp_path / "file.txt", "words", Rules("ascii", "skip"))
    assert list(found) == [(1, "one"), (3, "two")]
    assert found.broken == 1


def test_a_line_without_an_end_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(lines, "LONGEST", 100)
    monkeypatch.setattr(lines, "_PIECE", 60)
    with pytest.raises(InputError, match="a line of more than 100 bytes"):
        read(tmp_path, b"x" * 300)


def test_white_space_by_the_rules(tmp_path):
    data = "new\u00a0york\u3000x\n".encode()
    assert read(tmp_path, data) == [(1, "new\u00a0york\u3000x")]
    assert read(tmp_path, data, Rules("unicode")) == [(1, "new york x")]


@pytest.mark.parametrize("line", [b"sep=;\r\n", b"SEP=,\n", b'"sep=;"\n', b"\xef\xbb\xbfsep=\t\n"])
def test_the_line_that_tells_excel_what_separates_columns_is_no_line(tmp_path, line):
    assert read(tmp_path, line + b"a;b\n") == [(2, "a;b")]
