"""Analogy test sets in the layouts in which they are published: what `test_analogies.py` does not say."""

import bz2

import numpy as np
import pytest

from jaxw2v.errors import InputError
from jaxw2v.files.lines import Rules
from jaxw2v.vectors import question_files
from jaxw2v.vectors.analogies import METHODS, evaluate
from jaxw2v.vectors.table import Table


def read(folder, content, rules=Rules(), name="some.txt"):  # noqa: B008
    """Questions as "section: a b c d", and what was said."""
    path, said = folder / name, []
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    found = question_files.load(path, rules, said.append)
    lines = [f"{found.sections[at]}: {' '.join(words)}" for at, words in zip(found.section_Q, found.words)]
    return lines, [line.removeprefix(f"{path}: ") for line in said]


@pytest.mark.parametrize(
    ("content", "expected", "said"),
    [
        ("\ufeff: x\r\na b c d\r\n", ["x: a b c d"], []),
        (":x\na b c d\n", ["x: a b c d"], []),
        ("// Copyright 2013 Google\n// a remark of more words\n: x\na b c d\n", ["x: a b c d"], ["2 remarks"]),
        ("# Copyright 2013 Google\n#Copyright 2013 Google Inc\n#\na b c d\n", ["some: a b c d"], ["3 remarks"]),
        (": x\na b c d\n// end\n", ["x: a b c d"], ["1 remark"]),
        ("#a b #c d\n", ["some: #a b #c d"], []),
        ("a\tb\tc\td\n", None, ["1 header"]),
        ("w1,w2,w3,w4\na,b,c,e\n", ["some: a b c e"], ["1 header"]),
        ("Athens, Greece, Oslo, Norway\n", ["some: Athens Greece Oslo Norway"], []),
        ('"Athens","Greece","Oslo","Norway"\n', ["some: Athens Greece Oslo Norway"], []),
        ("Athens;Greece;Oslo;Norway\n", ["some: Athens Greece Oslo Norway"], []),
        ("New York\tUSA\tParis\tFrance\n", ["some: New York USA Paris France"], []),
        ("1,000 2,000 3,000 4,000\n", ["some: 1,000 2,000 3,000 4,000"], []),
        ("JJ_JJR good better rough rougher\n", ["JJ_JJR: good better rough rougher"], []),  # MSR
        ("good better rough JJ_JJR rougher\n", ["JJ_JJR: good better rough rougher"], []),  # MSR's two files pasted
        ("relation,a,b,c,d\nfamily,he,she,king,queen\n", ["family: he she king queen"], ["1 header"]),
        (",w1,w2,w3,w4\n0,he,she,king,queen\n", ["some: he she king queen"], ["1 header"]),  # pandas
        ("album\talbums\napple\tapples\n", ["some: album albums apple apples", "some: apple apples album albums"], []),
        (
            "album\talbums / x\napple\tapples\n",
            ["some: album albums apple apples", "some: apple apples album albums"],
            [],
        ),
        ("sep=;\nhe;she;king;queen\n", ["some: he she king queen"], []),
        (" : x\na b c d\n", ["x: a b c d"], []),
    ],
)
def test_questions_of_others(tmp_path, content, expected, said):
    if expected is None:
        with pytest.raises(InputError, match="no question"):
            read(tmp_path, content)
        return
    assert read(tmp_path, content) == (expected, [f"passed over: {line}" for line in said])


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("good better rough\n", "line 1: .*MSR's questions have their answers in another file: .*paste"),
        (": x\na b c d\na b c\n", "line 3: 'a b c' is not four words; fix the line"),
        (": x\na b c d\na b\n", "line 3: 'a b' is not four words; a file of BATS"),
        ("a b\na b c d\n", "line 1: 'a b' is not four words; a file of BATS"),
        ("album albums\n", "line 1: 'album' alone"),
        ("album\t/\napple\tapples\n", "line 1: 'album' .*without an answer"),
        ("a b c d e\n", "line 1: .*': name' in a line of its own"),
        ("good better rough JJ_JJR\n", "line 1: .*MSR's questions have their answers in another file"),
        ("cat\tdog\t7.5\n", "line 1: .*given as eval.similarity"),
        ("a\u00a0b c d\n", "line 1: .*set corpus.white_space=unicode"),
        ("a b c d\n".encode("utf-16"), "UTF-16"),
        (b"caf\xe9 b c d\n", "line 1: byte 3 is not UTF-8"),
        (b"PK\x03\x04", "a zip archive"),
    ],
)
def test_what_cannot_be_read_says_why(tmp_path, content, says):
    with pytest.raises(InputError, match=says) as caught:
        read(tmp_path, content)
    assert "\n" not in str(caught.value)


def test_a_no_break_space_by_the_rules(tmp_path):
    assert read(tmp_path, "new\u00a0york usa paris france\n")[0] == ["some: new\u00a0york usa paris france"]
    assert read(tmp_path, "york\u00a0usa paris\u2003france\n", Rules("unicode"))[0] == ["some: york usa paris france"]


def test_a_compressed_test_set_is_called_by_its_own_name(tmp_path):
    assert read(tmp_path, bz2.compress(b"a b c d\n"), name="some.txt.bz2")[0] == ["some: a b c d"]
    assert question_files.section_of("x/questions-words.txt.gz") == "questions-words"
    assert question_files.section_of("x/combined.v2.csv") == "combined.v2"


def test_the_folder_of_bats_and_all_its_right_answers(tmp_path):
    for name, content in (
        ("1_Inflection/I01 [noun].txt", "cat\tcats\ndog\tdogs\n"),
        ("3_Encyclopedia/E01.txt", "dog\tpuppy/whelp\ncat\tkitten/kitty\nhorse\tfoal\n"),
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content)
    questions = question_files.load(tmp_path)
    assert questions.sections == ["I01 [noun]", "E01"]
    assert len(questions.words) == 2 + 6
    assert questions.words[2] == ("dog", "puppy", "cat", "kitten")
    assert questions.also[2] == ("kitty",)

    words = ["dog", "puppy", "cat", "kitty", "horse", "foal"]  # kitten is unknown, kitty is right, too
    vectors_VD = np.array([[1, 0], [1, 1], [5, 0], [5, 1.2], [9, -3], [9, -2]], np.float32)
    for method in METHODS:
        found = evaluate(Table(words, vectors_VD), questions, method, None, "lower", "skip")
        assert found.sections["I01 [noun]"].answered == 0
        assert found.right_Q[2] == 1
        assert found.sections["E01"].answered == 4  # b is kitten in two of six
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=r"no files NAME\.txt in this folder"):
        question_files.load(tmp_path / "empty")
