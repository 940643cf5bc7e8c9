import gzip

import pytest

from jaxw2v.errors import InputError
from jaxw2v.files.lines import PLAIN, Rules
from jaxw2v.text import vocabulary, vocabulary_file


def read(folder, content, rules=PLAIN, name="v.txt"):
    """Words with their counts in order, and what was said."""
    path, said = folder / name, []
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    words, count_V = vocabulary_file.read(path, rules, said.append)
    return dict(zip(words, count_V.tolist())), [line.removeprefix(f"vocab.path={path}: ") for line in said]


def test_what_a_run_saved_is_read_back_in_its_order_and_nothing_is_said(tmp_path):
    content = 'the 5\ncat 3\na 3\n\u6771\u4eac 3\n,, 1\n"x" 1\n'
    found, said = read(tmp_path, content)
    assert list(found.items()) == [("the", 5), ("cat", 3), ("a", 3), ("\u6771\u4eac", 3), (",,", 1), ('"x"', 1)]
    assert said == []
    strict = vocabulary.load(tmp_path / "v.txt")
    assert dict(zip(strict.words, strict.count_V.tolist())) == found


def test_a_file_by_the_alphabet_is_sorted_by_count(tmp_path):
    found, said = read(tmp_path, "a 3\ncat 4\nthe 500\nzoo 4\n")
    assert list(found) == ["the", "cat", "zoo", "a"]
    assert said == ["sorted by count, which the file is not"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("\ufeffthe 5\r\ncat 3\r\n\r\n \n", []),  # a byte order mark and a blank end change nothing
        ("the\t5\ncat\t 3\n", []),
        ("the    5\n cat 3", []),
        ("the 5\rcat 3\r", []),
        ("</s> 0\nthe 5\ncat 3\n", []),
        ("the 5\n\n\ncat 3\n", ["passed over: 2 lines without a word"]),
        ("the 5\n\t 4\ncat 3\n", ["passed over: 1 line without a word"]),
        ("the 5\nnew york 4\ncat 3\n", ["passed over: 1 word with white space"]),
        ("word count\nthe 5\ncat 3\n", ["passed over: 1 header"]),
        ("Token,Freq\nthe,5\ncat,3\n", ["passed over: 1 header"]),
        ('"","n"\n'.replace('""', '"w"') + '"the",5\n"cat",3\n', ["passed over: 1 header"]),
        ("the;5\ncat;3\n", []),
        ("the, 5\ncat, 3\n", []),
        ('"the" 5\n"cat" 3\n', []),
        ("the 5.0\ncat 3.0\n", []),
        ("the 4\ncat 3\nthe 1\n", ["1 that stand there again, their counts added"]),
        ("2\nthe 5 word\ncat 3 word\n__label__x 9 label\n", ["passed over: 1 header, 1 label"]),  # fasttext dump
    ],
)
def test_vocabularies_of_others(tmp_path, content, says):
    found, said = read(tmp_path, content)
    assert found == {"the": 5, "cat": 3}
    assert said == says


def test_words_cut_inside_a_letter(tmp_path):
    content = b"the 5\ncaf\xc3 4\ncat 3\n"
    with pytest.raises(InputError, match=r"line 2: byte 9 is not UTF-8; .* or set corpus\.invalid_utf8=replace"):
        read(tmp_path, content, Rules(setting="corpus.invalid_utf8"))
    assert read(tmp_path, content, Rules("ascii", "replace")) == ({"the": 5, "caf\ufffd": 4, "cat": 3}, [])
    assert read(tmp_path, content, Rules("ascii", "skip")) == (
        {"the": 5, "cat": 3},
        ["passed over: 1 line not UTF-8"],
    )


def test_a_no_break_space_is_part_of_a_word_or_separates_by_the_rules(tmp_path):
    content = "new\u00a0york 5\ncat 3\ndog\u00a02\n"
    with pytest.raises(InputError, match="line 3"):
        read(tmp_path, content)
    assert read(tmp_path, "new\u00a0york 5\ncat 3\n")[0] == {"new\u00a0york": 5, "cat": 3}
    assert read(tmp_path, content, Rules("unicode")) == (
        {"cat": 3, "dog": 2},
        ["passed over: 1 word with white space"],
    )


def test_quotes_of_single_words_and_commas_stay(tmp_path):
    assert read(tmp_path, '"the" 5\ncat 3\n')[0] == {'"the"': 5, "cat": 3}
    assert read(tmp_path, "the, 5\ncat 3\n")[0] == {"the,": 5, "cat": 3}
    assert read(tmp_path, "the,5\n,,3\n")[0] == {"the": 5, ",": 3}


def test_a_compressed_file_by_its_name(tmp_path):
    assert read(tmp_path, gzip.compress(b"the 5\ncat 3\n"), name="v.txt.gz")[0] == {"the": 5, "cat": 3}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a\nb\n", r"line 1: 1 field where a word and its count"),
        ("a 1\nb\n", r"line 2: 1 field"),
        ("a 0\nb 1\n", r"line 1: the count '0'"),
        ("a -3\n", r"line 1: the count '-3'"),
        ("a 1,500\n", r"line 1: the count '1,500' has marks of thousands; write 1500"),
        ("a 1.500.000\n", r"line 1: the count '1.500.000' has marks of thousands; write 1500000"),
        ("a 1.5\n", r"line 1: the count '1.5'"),
        ("a 1\nb " + "9" * 5000, r"line 2: the count '9{40}'"),
        ("   500 the\n   3 cat\n", r"line 1: the count stands before the word; .*awk"),  # uniq -c
        ("1\tcat\t5\n2\tdog\t7\n", r"line 1: 3 fields"),  # gensim's dictionary
        ("new york 5\nlos angeles 4\n", r"0 words \(passed over: 2 words with white space\)"),
        ("", "0 words, and training needs two"),
        ("</s> 5\na 1\n", "1 words"),
        ("the,5\ncat 3\n", "line 2"),
    ],
)
def test_wrong_files(content, message, tmp_path):
    with pytest.raises(InputError, match=rf"v\.txt.*{message}") as error:
        read(tmp_path, content)
    assert "vocab.path" in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "content", ["a 1\nb 3\nc 2\nd 3\n", '"a" 1\n"b" 3\n', "a, 1\nb, 3\n", "a\x1cb 1\nc 3\nd 4\n", "é 1\nb 3\n"]
)
@pytest.mark.parametrize("white_space", ["ascii", "unicode"])
def test_what_this_program_could_have_written_is_read_as_line_by_line(tmp_path, monkeypatch, content, white_space):
    path, found = tmp_path / "v.txt", []
    path.write_text(content)
    for plain in (vocabulary.plain, lambda data: None):
        monkeypatch.setattr(vocabulary, "plain", plain)
        said = []
        read = vocabulary_file.read(path, Rules(white_space), said.append)
        found.append((read.words, read.count_V.tolist(), said))
    assert found[0] == found[1]
