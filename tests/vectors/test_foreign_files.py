"""Files of vectors as other programs and people leave them."""

import bz2
import gzip
import io
import lzma
import os
import struct
import tarfile
import zipfile

import numpy as np
import pyarrow as pa
import pytest
import scipy.sparse

from jaxw2v.errors import InputError
from jaxw2v.vectors.formats import load, save
from jaxw2v.vectors.table import Table

MARK = b"\xef\xbb\xbf"


def read(tmp_path, data, name="v", **options):
    """Words, rows as lists, and what was said."""
    path = tmp_path / name
    path.write_bytes(data)
    said = []
    table = load(path, say=said.append, **options)
    assert all(line.startswith(f"{path}: ") for line in said)
    return table.words, table.vectors_VD.tolist(), [line.removeprefix(f"{path}: ") for line in said]


def refused(tmp_path, data, *says, name="v", **options):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(InputError) as caught:
        load(tmp_path / name, **options)
    assert "\n" not in str(caught.value)
    for part in (str(tmp_path / name), *says):
        assert part in str(caught.value)


def row(word, *numbers):
    return word + b" " + struct.pack(f"<{len(numbers)}f", *numbers)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"the 1 2 3\nat someone@example.org 4 -5 6\nof 7 8 9\n", ["the", "at someone@example.org", "of"]),
        (b"at someone@example.org 4 -5 6\nthe 1 2 3\nof 7 8 9\n", ["at someone@example.org", "the", "of"]),
        (b"the 1 2 3\nof 7 8 9\nroute 66 4 -5 6\n", ["the", "of", "route 66"]),
        (b"route 66 .4 -.5 .6\nthe .1 .2 .3\n", ["route 66", "the"]),  # as often three numbers as four
        (b"66 4 -5 6\n1984 1 2 3\n-1 1 2 3\n", ["66", "1984", "-1"]),
        (b"the 1 2 3\n. . . 4 5 6\n1 000 000 4 5 6\n", ["the", ". . .", "1 000 000"]),
        (b"2 3\nthe 1 2 3\nroute 66 4 5 6\n", ["the", "route 66"]),
        (b"3 3\nroute 66 4 5 6\nthe 1 2 3\nnew  york 4 5 6\n", ["route 66", "the", "new  york"]),
        (b"new york\t4\t5\t6\nthe\t1\t2\t3\n", ["new york", "the"]),
        (b"10 5 1 2\n11 1 2 3\n", ["10", "11"]),
        (b"nan 1 2 3\ninf 4 5 6\nnan nan 4 5 6\n", ["nan", "inf", "nan nan"]),
    ],
)
def test_the_last_fields_are_the_numbers_and_the_word_is_before_them(tmp_path, data, words):
    found, vectors, said = read(tmp_path, data)
    assert found == words
    assert {len(each) for each in vectors} == {3}
    spaced = [word for word in words if " " in word]
    assert len(said) == bool(spaced)
    assert not said or f"{spaced[0]!r} in line" in said[0]


def test_a_row_that_is_short_or_has_no_number_is_refused(tmp_path):
    refused(tmp_path, b"the 1 2 3\nof 7 8 9\nnew york 4 5\n", "line 3: not a number ('york')")
    refused(tmp_path, b"the 1 2 3\nof 7 8 9\na long word 5\n", "line 3: not a number")
    refused(tmp_path, b"the 1 2 3\nof 7 8 9\nto 5\n", "line 3: 1 numbers, where 3 should stand", "'V D'")
    refused(tmp_path, b"the 1 2 3\nof 7 8 9\nto 0,5 3 4\n", "line 3: not a number ('0,5')")
    refused(tmp_path, b"2 2\nthe 1 2 3\nof 7 8 9\n", "line 2: 3 numbers, where line 1 announces 2")


@pytest.mark.parametrize(
    "data",
    [
        b"2 1\n| 3\n| 5\n",
        b"| 3\n| 5\n",
        b"2 1\n" + row(b"|", 3) + row(b"|", 5),
        b"3 1\n" + row(b"|", 3) + b"\n" + row(b"|", 5) + b"\n" + row(b"|", 7),
    ],
)
def test_of_a_word_that_stands_there_twice_the_first_row_stays(tmp_path, data):
    words, vectors, said = read(tmp_path, data)
    assert (words, vectors) == (["|"], [[3]])
    assert len(said) == 1
    assert "first row" in said[0]
    assert ("2 rows repeat" in said[0]) == (data[:1] == b"3")


def test_an_npz_with_words_twice_or_blank(tmp_path):
    out = io.BytesIO()
    np.savez(out, words=np.array(["a", "a", " ", "new york"]), vectors=np.array([[1], [2], [3], [4]], np.float32))
    for mmap in (False, True):
        words, vectors, said = read(tmp_path, out.getvalue(), mmap=mmap)
        assert (words, vectors) == (["a", "new york"], [[1], [4]])
        assert [line.split()[1] for line in said] == ["row", "row"]


CUT = "größe".encode()[:5]  # in the middle of ß
BROKEN = [
    b"2 1\n" + row(CUT, 3) + row(b"b", 5),
    b"2 1\n" + CUT + b" 3\nb 5\n",
    CUT + b" 3\nb 5\n",
    b"caf\xe9 3\nb 5\n",
    b"2 1\n" + row(b"a\0", 3) + row(b"b", 5),
]


@pytest.mark.parametrize("data", BROKEN)
def test_a_word_cut_inside_a_letter_is_refused_replaced_or_skipped(tmp_path, data):
    refused(tmp_path, data, "not UTF-8", "--invalid-utf8", "invalid_utf8=")
    words, vectors, said = read(tmp_path, data, invalid_utf8="replace")
    assert words[0].endswith("\ufffd")
    assert vectors == [[3], [5]]
    assert "U+FFFD" in said[0]
    words, vectors, said = read(tmp_path, data, invalid_utf8="skip")
    assert (words, vectors) == (["b"], [[5]])
    assert "passed over" in said[0]


def test_two_words_that_are_replaced_by_one(tmp_path):
    words, _, said = read(tmp_path, b"a\xff 1\na\xfe 2\nb 3\n", invalid_utf8="replace")
    assert words == ["a\ufffd", "b"]
    assert len(said) == 2
    with pytest.raises(InputError, match="invalid_utf8=ignore: choose one of error, replace, skip"):
        load(tmp_path / "v", invalid_utf8="ignore")


@pytest.mark.parametrize(
    "data", [b"2 2\nthe 1 2\nof 3 4\n", b"the 1 2\nof 3 4\n", b"2 2\n" + row(b"the", 1, 2) + row(b"of", 3, 4)]
)
def test_a_byte_order_mark_is_dropped(tmp_path, data):
    assert read(tmp_path, MARK + data) == read(tmp_path, data) == (["the", "of"], [[1, 2], [3, 4]], [])
    packed = gzip.compress(MARK + data)
    assert read(tmp_path, packed) == (["the", "of"], [[1, 2], [3, 4]], [])


@pytest.mark.parametrize("end", [b"\n", b"\n\n", b"\r\n \n\t\n", b" "])
def test_a_blank_end_changes_nothing(tmp_path, end):
    for data in (b"2 2\nthe 1 2\nof 3 4\n", b"the 1 2\nof 3 4\n"):
        assert read(tmp_path, data + end) == (["the", "of"], [[1, 2], [3, 4]], [])
    assert read(tmp_path, b"1 1\n" + row(b"a", 7) + end)[:2] == (["a"], [[7]])


def test_a_blank_line_between_rows_is_passed_over_and_said(tmp_path):
    words, _, said = read(tmp_path, b"2 2\nthe 1 2\n\nof 3 4\n")
    assert (words, said) == (["the", "of"], ["a blank line is passed over (in line 3)"])
    assert read(tmp_path, b"\nthe 1 2\n \t\nof 3 4\n")[2] == ["2 blank lines are passed over (the first in line 1)"]


@pytest.mark.parametrize("word", ["", "\t", " ", "\u00a0", "\u3000", "\u0085", "\u2003\u2003"])
def test_a_word_of_white_space_is_passed_over_and_said(tmp_path, word):
    raw = word.encode()
    for data in (
        b"the 1 2\n" + raw + b" 5 6\nof 3 4\n",
        b"3 2\nthe 1 2\n" + raw + b" 5 6\nof 3 4\n",
        raw + b" 5 6\nthe 1 2\nof 3 4\n",
        *([] if word == " " else [b"3 2\n" + row(b"the", 1, 2) + row(raw, 5, 6) + row(b"of", 3, 4)]),
    ):
        words, vectors, said = read(tmp_path, data)
        assert (words, vectors) == (["the", "of"], [[1, 2], [3, 4]])
        assert len(said) == 1
        assert "without a word" in said[0]


def test_a_newline_as_a_word_is_a_blank_line_and_a_row_without_a_word(tmp_path):
    words, _, said = read(tmp_path, b"the 1 2\n\n 5 6\nof 3 4\n")
    assert words == ["the", "of"]
    assert len(said) == 2


@pytest.mark.parametrize(
    "data", [b"the\t1\t2\r\nnew\xc2\xa0york\t3\t4 \r\n", b"2  2 \r\nthe  1   2 \r\nnew\xc2\xa0york 3 4\t\r\n"]
)
def test_tabs_spaces_and_carriage_returns_separate_and_no_break_spaces_do_not(tmp_path, data):
    assert read(tmp_path, data) == (["the", "new\u00a0york"], [[1, 2], [3, 4]], [])


PACKERS = {
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
    ".zst": lambda data: pa.compress(data, "zstd", asbytes=True),
}
PLAIN = {
    "txt": b"2 2\nthe 1 2\nof 3 4\n",
    "glove": b"the 1 2\nof 3 4\n",
    "bin": b"2 2\n" + row(b"the", 1, 2) + b"\n" + row(b"of", 3, 4) + b"\n",
}


def zipped(**members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name.replace("_", "."), data)
    return out.getvalue()


@pytest.mark.parametrize("plain", PLAIN)
@pytest.mark.parametrize("name", ["v{}", "vectors"])  # known by its bytes, whatever its name
@pytest.mark.parametrize("suffix", PACKERS)
def test_compressed_vectors_are_read(tmp_path, suffix, name, plain):
    packed = PACKERS[suffix](PLAIN[plain])
    assert read(tmp_path, packed, name.format(suffix)) == (["the", "of"], [[1, 2], [3, 4]], [])
    refused(tmp_path, packed[:-4], f"damaged or cut short as a {suffix} file")


@pytest.mark.parametrize("plain", PLAIN)
def test_a_zip_archive_of_one_file_is_read_and_of_several_the_one_that_is_named(tmp_path, plain):
    expected = (["the", "of"], [[1, 2], [3, 4]])
    assert read(tmp_path, zipped(v_txt=PLAIN[plain]), "v.zip")[:2] == expected
    several = zipped(a_txt=b"x 1\n", b_txt=PLAIN[plain])
    refused(tmp_path, several, "2 files (a.txt, b.txt)", "v.zip:a.txt", name="v.zip")
    assert load(f"{tmp_path / 'v.zip'}:b.txt").words == expected[0]
    with pytest.raises(InputError, match=r"has no 'c\.txt'; it has a\.txt, b\.txt"):
        load(f"{tmp_path / 'v.zip'}:c.txt")
    refused(tmp_path, several[:-30], "damaged or cut short as a zip archive", name="v.zip")
    refused(tmp_path, zipped(), "without files", name="v.zip")


def test_what_is_no_file_of_vectors_is_called_by_its_name(tmp_path):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        member = tarfile.TarInfo("v.txt")
        member.size = len(PLAIN["txt"])
        archive.addfile(member, io.BytesIO(PLAIN["txt"]))
    array = io.BytesIO()
    np.save(array, np.ones(3))
    sparse = io.BytesIO()
    scipy.sparse.save_npz(sparse, scipy.sparse.csr_array(np.eye(3)))
    for data, says in (
        (out.getvalue(), "a tar archive; unpack it first, with tar -xf"),
        (gzip.compress(out.getvalue()), "a .gz file of a tar archive"),
        (gzip.compress(gzip.compress(PLAIN["txt"])), "packed twice"),
        (array.getvalue(), "without its words"),
        (sparse.getvalue(), "a sparse matrix without its words"),
        ("the 1 2\n".encode("utf-16"), "UTF-16"),
        (b"version https://git-lfs.github.com/spec/v1\n", "Git LFS"),
        (b"<!DOCTYPE html>\n<html>", "a web page"),
        (b"\x80\x04\x95 pickle", "save_word2vec_format"),
        (b"7z\xbc\xaf'\x1c", "7z"),
        (gzip.compress(b""), "empty"),
    ):
        refused(tmp_path, data, says)
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "vectors.bin").touch()
    with pytest.raises(InputError, match=r"give a file in it, such as .*run/vectors\.bin"):
        load(tmp_path / "run")


def test_a_limit_reads_the_first_rows_and_no_more(tmp_path):
    good = b"the 1 2\nof 3 4\n"
    for data in (
        good + b"to 5\n",
        b"9 2\n" + good + b"broken",
        b"9 2\n" + row(b"the", 1, 2) + row(b"of", 3, 4) + b"cut",
    ):
        assert read(tmp_path, data, limit=2) == (["the", "of"], [[1, 2], [3, 4]], [])
    for packed in (gzip.compress(b"9 2\n" + good), zipped(v=good + b"to 5\n")):
        assert read(tmp_path, packed, limit=2)[0] == ["the", "of"]
    save(Table(["a", "b"], np.ones((2, 1), np.float32)), tmp_path / "v.npz", "npz")
    assert load(tmp_path / "v.npz", limit=1).words == ["a"]
    assert load(tmp_path / "v.npz", limit=5).words == ["a", "b"]
    for limit in (0, -1, 2.5, True):
        with pytest.raises(InputError, match=f"limit={limit}: "):
            load(tmp_path / "v.npz", limit=limit)


def test_a_cut_file_names_the_limit(tmp_path):
    refused(tmp_path, b"9 2\nthe 1 2\nof 3 4\n", "2 rows, where line 1 announces 9", "--limit 2")
    refused(tmp_path, b"1 2\nthe 1 2\nof 3 4\n", "line 3: more rows than the 1", "--limit 1")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs a pipe")
@pytest.mark.parametrize("plain", PLAIN)
def test_a_pipe_is_read(plain):
    reader, writer = os.pipe()
    os.write(writer, PLAIN[plain])
    os.close(writer)
    try:
        assert load(f"/dev/fd/{reader}").words == ["the", "of"]
    finally:
        os.close(reader)


def test_what_is_passed_over_is_a_warning_where_nobody_takes_it(tmp_path):
    (tmp_path / "v").write_bytes(b"a 1\na 2\n")
    with pytest.warns(UserWarning, match="a row repeats a word"):
        load(tmp_path / "v")


def test_a_home_is_found(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "v").write_bytes(b"a 1\n")
    assert load("~/v").words == ["a"]


def test_rows_in_many_blocks(tmp_path):
    rng = np.random.default_rng(0)
    table = Table(
        [f"w{at} x" if at % 7 == 0 else f"w{at}" for at in range(30_000)],
        rng.normal(size=(30_000, 40)).astype(np.float32),
    )
    lines = [f"{word} {' '.join(map(repr, map(float, vector)))}" for word, vector in zip(*table)]
    words, vectors, _ = read(tmp_path, gzip.compress("\n".join(lines).encode(), 1))
    assert words == table.words
    np.testing.assert_array_equal(np.array(vectors, np.float32), table.vectors_VD)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"3 2\rthe 0.1 0.2\rcat 0.3 0.4\rdog 1 2\r", "carriage returns; change them first: tr"),
        (b"the 0.1 0.2\rcat 0.3 0.4\r", "carriage returns; change them first: tr"),
        (b"the 0,1 0,2\ncat 0,4 -0,5\n", "decimal point: tr , ."),
        (b"2 2\nthe 0,1 0,2\ncat 0,4 -0,5\n", "line 2: not a number ('0,2'); write a decimal point"),
        (b"the,0.1,0.2\ncat,0.4,-0.5\n", "stands white space, not ,"),
        (b"word,d1,d2\nthe,0.1,0.2\n", "stands white space, not ,"),
        (b"the;0.1;0.2\ncat;0.4;-0.5\n", "stands white space, not ;"),
        (b"the [0.1, 0.2]\ncat [0.4, -0.5]\n", "stands white space, not [ ] ,"),
        (b'{"the":[0.1,0.2],"cat":[0.3,0.4]}', "JSON"),
        (b"2 2\n2 2\nthe 1 2\ncat 3 4\n", "line 2: a second line of 'V D'"),
        (b"# made by me\nthe 1 2 3\ncat 3 4 5\n", "line 1: not a number ('me'); copy or make the file again, or take"),
        (b"3 2\nthe 1 2 3\ncat 3 4 5\n", "write '2 3', the words first"),
    ],
)
def test_text_of_another_form_says_what_to_change(tmp_path, data, says):
    refused(tmp_path, data, says)
