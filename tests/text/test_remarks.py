import codecs
import gzip
import io
import tarfile
import zipfile
from collections import Counter

import pytest

from jaxw2v.errors import InputError
from jaxw2v.text import corpus, finding, sources
from jaxw2v.text.remarks import Remarks
from tests.configs import section
from tests.text.test_sources import PACKERS

GOOD = b"the cat sat on a mat\n" * 120


def read(tmp_path, content, **settings):
    """The text of a file, the remarks about it, and how many words were left out."""
    path, remarks, skipped = tmp_path / "text.txt", Remarks(), Counter()
    path.write_bytes(content)
    text = b"".join(sources.read_text(path, remarks=remarks, skipped=skipped, **settings))
    return text, remarks.lines(), skipped.total()


def encode(tmp_path, content, vocab=None, **settings):
    path = tmp_path / "text.txt"
    path.write_bytes(content)
    chosen = section("corpus", **settings)
    vocab = section("vocab", **({"min_count": 1} | (vocab or {})))
    return corpus.encode([path], chosen, vocab, cache=tmp_path / "cache")


@pytest.mark.parametrize("size", [64, 2**20])
def test_one_nul_byte_is_replaced_as_other_bad_bytes(tmp_path, size):
    content = GOOD + b"a b\0c d\n" + GOOD
    with pytest.raises(InputError, match=r"byte 2523: a NUL byte.*corpus\.invalid_utf8=replace or skip"):
        read(tmp_path, content, size=size)
    text, lines, _ = read(tmp_path, content, size=size, invalid_utf8="replace")
    assert text == content.replace(b"\0", "\ufffd".encode())
    assert lines == ["1 places that are not UTF-8 became U+FFFD (corpus.invalid_utf8=replace)"]
    text, lines, skipped = read(tmp_path, content, size=size, invalid_utf8="skip")
    assert text == content.replace(b"b\0c", b"")
    assert (lines, skipped) == ([], 1)


def test_bad_bytes_are_counted(tmp_path):
    content = b"caf\xe9 is caf\xe9 " + " \ufffd \u6771".encode()[:-1] + b" z\n"
    text, lines, _ = read(tmp_path, content, invalid_utf8="replace")
    assert text.decode() == "caf\ufffd is caf\ufffd  \ufffd \ufffd z\n"
    assert lines[0].startswith("3 places")
    text, lines, skipped = read(tmp_path, content, invalid_utf8="skip")
    assert text.decode().split() == ["is", "\ufffd", "z"]
    assert (lines, skipped) == ([], 3)


@pytest.mark.parametrize("invalid_utf8", ["error", "replace", "skip"])
@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_utf16_is_named(tmp_path, encoding, invalid_utf8):
    with pytest.raises(InputError, match=rf"{encoding[:6].upper()}.*iconv"):
        read(tmp_path, "the cat sat on a mat\n".encode(encoding), invalid_utf8=invalid_utf8)


def test_marks_inside_a_text_that_was_put_together_are_said(tmp_path):
    one = codecs.BOM_UTF8 + b"the cat\n"
    text, lines, _ = read(tmp_path, one * 3)
    assert text.count(codecs.BOM_UTF8) == 2
    assert lines[0].startswith("2 byte order marks (U+FEFF) inside")


def test_lines_that_end_in_carriage_returns_are_said(tmp_path):
    assert "tr '\\r' '\\n'" in read(tmp_path, GOOD.replace(b"\n", b"\r"))[1][0]
    assert read(tmp_path, GOOD.replace(b"\n", b"\r\n"))[1] == read(tmp_path, GOOD)[1] == []


def test_what_is_odd_is_kept_in_the_cache_and_an_ordinary_entry_is_as_before(tmp_path):
    odd = encode(tmp_path, GOOD + b"caf\xe9\n", invalid_utf8="replace")
    assert len(odd.remarks) == 1
    assert encode(tmp_path, GOOD + b"caf\xe9\n", invalid_utf8="replace").remarks == odd.remarks
    encode(tmp_path, GOOD)
    entries = sorted((tmp_path / "cache").glob("*/meta.json"), key=lambda path: path.stat().st_mtime)
    assert "remarks" not in entries[-1].read_text()
    assert "max_counted" not in entries[-1].read_text()


@pytest.mark.parametrize(
    "line", ["我们今天一起去公园看花然后回家吃晚饭", "วันนี้เราไปสวนสาธารณะด้วยกันแล้วกลับบ้าน"], ids=["Chinese", "Thai"]
)
def test_a_text_without_white_space_between_words_is_said(tmp_path, line):
    lines = "".join(f"{line}{i} {line[::-1]}{i}\n" for i in range(50)).encode()
    with pytest.raises(InputError, match=r"corpus\.path: 100% of the words are runs .* by a segmenter .*min_count=5"):
        encode(tmp_path, lines, {"min_count": 5})
    assert any("segmenter" in remark for remark in encode(tmp_path, lines).remarks)
    assert encode(tmp_path, " ".join(line[at : at + 2] for at in range(0, 20, 2)).encode() * 3).remarks == ()


# packed and other files


def test_a_packed_file_of_any_name_is_read(tmp_path):
    for suffix, pack in PACKERS.items():
        for name in ("text.txt", "text", "text.tsv"):
            path = tmp_path / f"{suffix[1:]}-{name}"
            path.write_bytes(pack(GOOD))
            assert b"".join(sources.read_text(path)) == GOOD


def tar(content):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        about = tarfile.TarInfo("text.txt")
        about.size = len(content)
        archive.addfile(about, io.BytesIO(content))
    return file.getvalue()


def zipped(content):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("text.txt", content)
    return file.getvalue()


@pytest.mark.parametrize("invalid_utf8", ["error", "replace", "skip"])
@pytest.mark.parametrize("packer", ["", ".gz", ".bz2", ".xz", ".zst"])
@pytest.mark.parametrize("make", [tar, zipped])
def test_an_archive_is_named(tmp_path, make, packer, invalid_utf8):
    path = tmp_path / f"text.tar{packer}"
    path.write_bytes(PACKERS.get(packer, bytes)(make(GOOD)))
    with pytest.raises(InputError, match=rf"^{path}: a (tar|zip) archive.*(unpack|unzip) it first"):
        list(sources.read_text(path, invalid_utf8=invalid_utf8))


@pytest.mark.parametrize(
    ("head", "what"),
    [
        (b"%PDF-1.7\n", "a PDF"),
        (b"7z\xbc\xaf\x27\x1c\0\4", "7z"),
        (b"Rar!\x1a\x07\0", "RAR"),
        (b"\x1f\x9d\x90", "compress"),
        (b"\x04\x22\x4d\x18d@", "lz4"),
    ],
)
def test_other_files_are_named(tmp_path, head, what):
    with pytest.raises(InputError, match=what):
        read(tmp_path, head + b" some words\n" * 50, invalid_utf8="replace")


def test_packed_twice_and_a_wrong_name(tmp_path):
    path = tmp_path / "text.gz"
    path.write_bytes(gzip.compress(gzip.compress(GOOD)))
    with pytest.raises(InputError, match=r"packed twice, inside as \.gz"):
        list(sources.read_text(path))
    path.write_bytes(GOOD)
    with pytest.raises(InputError, match=r"damaged or cut short as a \.gz file.*give it another name"):
        list(sources.read_text(path))


def test_a_folder_with_an_archive_beside_its_texts(tmp_path):
    (tmp_path / "a.txt").write_bytes(GOOD)
    (tmp_path / "texts.tar.gz").write_bytes(gzip.compress(tar(GOOD)))
    text, archive = finding.find_files(tmp_path)
    assert b"".join(sources.read_text(text)) == GOOD
    with pytest.raises(InputError, match=r"texts\.tar\.gz: a tar archive"):
        list(sources.read_text(archive))


def test_chinese_with_its_marks_is_without_white_space_too(tmp_path):
    with pytest.raises(InputError, match="by a segmenter"):
        encode(tmp_path, "我爱北京天安门。天安门上太阳升。\n".encode() * 20)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"<!DOCTYPE html>\n<html><p>the cat</p></html>\n", "HTML or XML"),
        (b'{"text": "the cat sat on"}\n', "JSON"),
        (b'[{"text": "the cat sat on"}]\n', "JSON"),
        (b'\xef\xbb\xbf["the cat", "a dog"]\n', "JSON"),
    ],
)
def test_markup_is_said(tmp_path, content, kind):
    assert read(tmp_path, content)[1] == [
        f"{tmp_path / 'text.txt'} is {kind}: its tags and marks become words; make a plain text of it first"
    ]
    assert read(tmp_path, b"[[cat]] {x} < 3\n")[1] == []


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "a file of Word or Excel: save it as plain text"),
        (b"{\\rtf1\\ansi the cat}", "RTF: save it as plain text"),
    ],
)
@pytest.mark.parametrize("invalid_utf8", ["error", "replace", "skip"])
def test_files_of_word_processors_are_named(tmp_path, content, says, invalid_utf8):
    with pytest.raises(InputError, match=says):
        read(tmp_path, content, invalid_utf8=invalid_utf8)
