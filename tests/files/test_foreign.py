"""Files that no reader takes: those of texts, of lists and of vectors know the same ones."""

import io
import tarfile
import zipfile

import pytest

from jaxw2v.errors import InputError
from jaxw2v.files import foreign
from jaxw2v.files.lines import Lines
from jaxw2v.text import sources
from jaxw2v.vectors.formats import load

READERS = {
    "a text": lambda path: list(sources.read_text(path, invalid_utf8="replace")),
    "a list": lambda path: list(Lines(path, "words")),
    "vectors": load,
}


def tar() -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("a.txt"))
    return file.getvalue()


def empty_zip() -> bytes:
    file = io.BytesIO()
    zipfile.ZipFile(file, "w").close()
    return file.getvalue()


BEGINNINGS = {
    tar(): "a tar archive",
    empty_zip(): "a zip archive without files",
    b"7z\xbc\xaf\x27\x1c\0\4": "a 7z archive",
    b"Rar!\x1a\x07\0": "a RAR archive",
    b"\x04\x22\x4d\x18d@": "compressed by lz4",
    b"\x1f\x9d\x90": "compressed by compress",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0": "a file of Word or Excel",
    b"{\\rtf1\\ansi the 1 2}\n": "RTF",
    b"%PDF-1.4\n": "a PDF",
    "the 1 2\n".encode("utf-16"): "UTF-16",
    b"version https://git-lfs.github.com/spec/v1\noid sha256:00\n": "a pointer of Git LFS",
}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("head", BEGINNINGS, ids=BEGINNINGS.get)
def test_every_reader_says_what_a_file_is_and_what_to_do(tmp_path, reader, head):
    path = tmp_path / "file"
    path.write_bytes(head)
    with pytest.raises(InputError) as caught:
        READERS[reader](path)
    said = str(caught.value)
    assert said.startswith(f"{path}: {BEGINNINGS[head]}")
    assert any(word in said for word in ("unpack", "pack it", "save it", "make a text", "convert it", "fetch", "give"))
    assert "\n" not in said
    assert "{" not in said


def test_a_document_is_saved_in_the_form_that_is_wanted():
    assert foreign.of(b"PK\x03\x04", "CSV or text").remedy == "unzip it first, or save it as CSV or text in UTF-8"
    assert foreign.of(b"{\\rtf1").remedy == "save it as plain text in UTF-8"


def test_a_text_is_nothing_foreign():
    for text in (b"", b"the of and\n", b"PK is a name\n", b"\xef\xbb\xbfthe\n", b"BZh91 said\n", b"ustar\n" * 50):
        assert foreign.of(text) is None
    assert foreign.of(b"\n <HTML>") == foreign.WEB_PAGE
