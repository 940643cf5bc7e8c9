import gzip
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jaxw2v.errors import InputError
from jaxw2v.vectors.formats import FORMATS, load, save
from jaxw2v.vectors.table import Table, fold, folded, index, unit_rows

V, D = 11, 7
GOLDEN = Path(__file__).parents[3] / "shared" / "golden" / "sgns.bin"
FUZZ = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def any_float32(shape, seed=0):
    """Finite float32 of every size: random bits."""
    bits = np.random.default_rng(seed).integers(0, 2**32, shape, dtype=np.uint32)
    values = bits.view(np.float32)
    return np.where(np.isfinite(values), values, np.float32(-0.0))


@pytest.fixture
def table():
    words = ["</s>", "the", "Über", "naïve", "日本", 'say"so', "a,b", "1", "-0.5", "x\u00a0y", "\ufeffz"]
    return Table(words, any_float32((V, D)))


def same(one, two):
    assert one.words == two.words
    assert two.vectors_VD.dtype == np.float32
    np.testing.assert_array_equal(one.vectors_VD.view(np.uint32), two.vectors_VD.view(np.uint32))


def refuse(path, *says):
    with pytest.raises(InputError) as caught:
        load(path)
    message = str(caught.value)
    assert str(path) in message
    assert "\n" not in message
    for part in says:
        assert part in message


def put(tmp_path, data):
    path = tmp_path / "vectors.bin"
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("format", FORMATS)
def test_what_is_saved_comes_back_bit_for_bit_under_any_name(table, tmp_path, format):
    save(table, tmp_path / "vectors.any", format)
    same(table, load(tmp_path / "vectors.any"))
    assert [path.name for path in tmp_path.iterdir()] == ["vectors.any"]


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("shape", [(1, 1), (1, 5), (5, 1), (3000, 400)])
def test_any_shape_comes_back(tmp_path, format, shape):
    table = Table([f"w{row}" for row in range(shape[0])], any_float32(shape))
    save(table, tmp_path / "v", format)
    same(table, load(tmp_path / "v"))


@pytest.mark.parametrize("format", FORMATS)
def test_the_same_table_gives_the_same_bytes(table, tmp_path, format):
    save(table, tmp_path / "one", format)
    save(table, tmp_path / "two", format)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_the_bytes_of_binary_and_text_are_word2vecs(tmp_path):
    table = Table(["the", "é"], np.array([[1, -0.1], [0, 2e-9]], np.float32))
    save(table, tmp_path / "v", "bin")
    body = b"the " + struct.pack("<2f", 1, -0.1) + b"\n" + "é ".encode() + struct.pack("<2f", 0, 2e-9) + b"\n"
    assert (tmp_path / "v").read_bytes() == b"2 2\n" + body
    save(table, tmp_path / "v", "txt")
    head, *rows = (tmp_path / "v").read_text(encoding="utf-8").splitlines()
    assert head == "2 2"
    assert [row.split()[0] for row in rows] == ["the", "é"]
    assert [float(field) for field in rows[1].split()[1:]] == [0, 2e-9]


def test_numpy_reads_our_npz_without_pickle(table, tmp_path):
    save(table, tmp_path / "v.npz", "npz")
    with np.load(tmp_path / "v.npz", allow_pickle=False) as arrays:
        assert arrays["words"].tolist() == table.words
        np.testing.assert_array_equal(arrays["vectors"], table.vectors_VD)


@pytest.mark.parametrize("binary", [True, False])
def test_gensim_reads_ours_and_we_read_gensims(table, tmp_path, binary):
    models = pytest.importorskip("gensim.models")
    save(table, tmp_path / "ours", "bin" if binary else "txt")
    theirs = models.KeyedVectors.load_word2vec_format(tmp_path / "ours", binary=binary)
    same(table, Table(theirs.index_to_key, theirs.vectors))
    theirs.save_word2vec_format(str(tmp_path / "theirs"), binary=binary)
    same(table, load(tmp_path / "theirs"))


def test_c_text_has_a_space_at_the_end_and_glove_no_header(tmp_path):
    rows = Table(["the", "of"], np.array([[0.5, -1], [2, 3]], np.float32))
    same(rows, load(put(tmp_path, b"2 2\nthe 0.500000 -1.000000 \nof 2.000000 3.000000 \n")))
    same(rows, load(put(tmp_path, b"the 0.5 -1\nof 2 3")))
    same(rows, load(put(tmp_path, b"2\t2\r\nthe\t0.5\t-1\r\nof\t2\t3\r\n")))


def test_the_original_programs_file():
    if not GOLDEN.exists():
        pytest.skip("needs the golden outputs of word2vec.c beside the repository, shared/golden/sgns.bin")
    table = load(GOLDEN)
    with open(GOLDEN, "rb") as file:
        header = file.readline()
    assert table.vectors_VD.shape == tuple(int(field) for field in header.split())
    assert table.words[0] == "</s>"


@pytest.mark.parametrize(
    ("format", "word"),
    [
        *((format, word) for format in FORMATS for word in ("", " ", "\u00a0", "a\0", "\ud800")),
        *((format, word) for format in ("bin", "txt") for word in ("new york", "a\tb", "a\nb")),
    ],
)
def test_a_word_that_no_file_can_hold_is_refused_before_writing(tmp_path, word, format):
    with pytest.raises(InputError, match="row 2"):
        save(Table(["the", word], np.ones((2, 3), np.float32)), tmp_path / "v", format)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_nan_duplicates_and_emptiness_are_not_saved(tmp_path, bad):
    vectors = np.ones((3, 2), np.float32)
    with pytest.raises(InputError, match="already in row 1"):
        save(Table(["a", "b", "a"], vectors), tmp_path / "v", "bin")
    with pytest.raises(InputError, match="empty"):
        save(Table([], np.ones((0, 2), np.float32)), tmp_path / "v", "bin")
    with pytest.raises(InputError, match="one row a word"):
        save(Table(["a"], vectors), tmp_path / "v", "bin")
    vectors[1, 1] = bad
    with pytest.raises(InputError, match="row 2: the vector of 'b'"):
        save(Table(["a", "b", "c"], vectors), tmp_path / "v", "bin")
    assert not list(tmp_path.iterdir())


def test_bad_targets_are_the_users_mistake(table, tmp_path):
    with pytest.raises(InputError, match=r"format=pickle"):
        save(table, tmp_path / "v", "pickle")
    with pytest.raises(InputError, match="No such file"):
        save(table, tmp_path / "absent" / "v", "bin")
    (tmp_path / "folder").mkdir()
    with pytest.raises(InputError):
        save(table, tmp_path / "folder", "bin")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_an_older_file_survives_a_failed_save(table, tmp_path):
    save(table, tmp_path / "v", "bin")
    with pytest.raises(InputError):
        save(Table(["a b"], np.ones((1, 1), np.float32)), tmp_path / "v", "bin")
    same(table, load(tmp_path / "v"))


def row(word, *numbers):
    return word + b" " + struct.pack(f"<{len(numbers)}f", *numbers)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b"2 2\n" + row(b"a", 1, 2) + row(b"b", 3, 4)[:-1], "cut"),
        (b"2 2\n" + row(b"a", 1, 2), "2 words"),
        (b"3 2\n" + row(b"a", 1, 2) + row(b"bbbbbbbbbbbbb", 3, 4), "row 3 of 3 at byte"),
        (b"1 2\n" + row(b"a", 1, 2) + row(b"b", 3, 4), "bytes follow the last of 1 rows"),
        (b"999999999999999 999999999999999\n" + row(b"a", 1, 2), "999999999999999"),
        (b"1 99999999\n" + row(b"a", 1, 2), "99999999"),
        (b"0 5\n", "0 words"),
        (b"5 0\n", "0 numbers"),
        (b"2 2\n" + row(b"a", 1, 2) + row(b"b", 3, float("nan")), "'b'"),
        (b"2 2\n" + row(b"a", 1, 2) + row(b"b", 3, float("inf")), "'b'"),
        (b"2 2\n" + row(b"a", 1, 2) + row(b"\xff", 3, 4), "not UTF-8"),
        (b"1 2\n" + row(b"", 3, 4), "no row is left"),
        (b"\x00\x01\x02", "starts neither"),
        (gzip.compress(b"1 1\na 1\n", mtime=0)[:-9], "damaged or cut short as a .gz"),
        (b"2 2\na 1 2\nb 3\n", "line 3: 1 numbers"),
        (b"2 2\na 1 2\nb 3 x\n", "line 3: not a number"),
        (b"2 2\na 1 2\nb 3 4_0\n", "line 3: not a number"),
        (b"2 2\na 1 2\nb 3 nan\n", "'b'"),
        (b"2 2\na 1 2\nb 3 1e39\n", "'b'"),
        (b"2 2\na 1 2\nb 3 4\nc 5 6\n", "line 4: more rows"),
        (b"3 2\na 1 2\nbbbbbbbbbbbbb 3 4\n", "2 rows, where line 1 announces 3"),
        (b"2 3\na 1 2\nb 3 4\n", "line 2: 2 numbers"),
        (b"2 1\na 1 2\nb 3 4\n", "line 2: 2 numbers"),
        (b"2 2\na 1 2\n\xff 3 4\n", "line 3: the word"),
        (b"2 2\na 1 2\n\n", "1 row, where line 1 announces 2"),
        (b"a 1 2\nb 3\n", "line 2: 1 numbers"),
        (b"hello\n", "line 1"),
    ],
)
def test_a_broken_file_is_one_line_that_says_where(tmp_path, data, says):
    refuse(put(tmp_path, data), says)


def test_no_file_and_a_folder(tmp_path):
    refuse(tmp_path / "absent", "No such file")
    refuse(tmp_path, "directory")


def npz(path, **arrays):
    np.savez(path, **arrays)
    return path


def test_an_npz_that_is_not_ours(tmp_path):
    one = np.ones((1, 2), np.float32)
    path = tmp_path / "v.npz"
    refuse(npz(path, words=np.array(["a"])), "vectors.npy")
    refuse(npz(path, words=np.array(["a"], object), vectors=one), "pickled")
    refuse(npz(path, words=np.array(["a", "b"]), vectors=one), "one row a word")
    refuse(npz(path, words=np.array([1]), vectors=one), "V strings")
    refuse(npz(path, words=np.array(["a"]), vectors=one * np.nan), "'a'")
    np.savez_compressed(path, words=np.array(["a"]), vectors=one)
    refuse(path, "uncompressed")
    same(Table(["a"], one), load(npz(path, words=np.array(["a"]), vectors=one.astype(np.float64))))


def test_an_npz_whose_array_lies_about_its_size(tmp_path):
    with zipfile.ZipFile(tmp_path / "v", "w") as archive:
        for name, kind, shape in (("words", "<U1", (10**12,)), ("vectors", "<f4", (10**12, 9))):
            with archive.open(f"{name}.npy", "w") as file:
                np.lib.format.write_array_header_1_0(file, {"descr": kind, "fortran_order": False, "shape": shape})
                file.write(b"\0" * 64)
    refuse(tmp_path / "v", "reshape")


def only_input_errors(path):
    message = ""
    try:
        load(path, say=lambda line: None)
    except InputError as error:
        message = str(error)
    assert "\n" not in message


@FUZZ
@given(
    st.sampled_from([b"", b"2 3\n", b"1 1\n", b"PK\x03\x04", b"PK\x05\x06", b"9 9\nthe ", b"the 1 2\n"]), st.binary()
)
def test_random_bytes_are_a_table_or_an_input_error(tmp_path, head, tail):
    only_input_errors(put(tmp_path, head + tail))


@FUZZ
@given(st.sampled_from(FORMATS), st.data())
def test_a_mutated_file_is_a_table_or_an_input_error(tmp_path, format, data):
    save(Table(["a", "bb", "ccc"], any_float32((3, 2))), tmp_path / "v", format)
    bytes_ = bytearray((tmp_path / "v").read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(bytes_) - 1))
        until = at + data.draw(st.sampled_from([0, 1, 1, 1, 2, 50]))
        bytes_[at:until] = data.draw(st.binary(max_size=3))
        if not bytes_:
            break
    only_input_errors(put(tmp_path, bytes(bytes_)))


@FUZZ
@given(st.sampled_from(["bin", "txt"]), st.integers(1, 400))
def test_a_cut_file_is_an_input_error(tmp_path, format, cut):
    save(Table([f"w{row}" for row in range(9)], any_float32((9, 20))), tmp_path / "v", format)
    data = (tmp_path / "v").read_bytes()
    cut_data = data[:-cut].rstrip(b"\n")
    if format == "bin" or cut_data.count(b"\n") < 9:  # text may end within its last number and look whole
        cut += data.endswith(b"\n")
        refuse(put(tmp_path, data[:-cut]))


def test_index_and_folding_keep_the_most_frequent():
    table = Table(["The", "the", "THE", "a"], np.ones((4, 2), np.float32))
    assert index(table) == {"The": 0, "the": 1, "THE": 2, "a": 3}
    assert folded(table, "lower") == {"the": 0, "a": 3}
    assert folded(table, "upper") == {"THE": 0, "A": 3}
    assert folded(table, "exact") == index(table)
    assert [fold("Ab", case) for case in ("lower", "upper", "exact")] == ["ab", "AB", "Ab"]


def test_unit_rows_have_length_one_at_every_scale():
    vectors = np.array([[3, 4], [0, 0], [3e38, 3e38], [3e-42, 4e-42]], np.float32)
    unit = unit_rows(vectors)
    assert unit.dtype == np.float32
    np.testing.assert_allclose(unit[:3], [[0.6, 0.8], [0, 0], [0.5**0.5, 0.5**0.5]], rtol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(unit[3]), 1, rtol=1e-6)
