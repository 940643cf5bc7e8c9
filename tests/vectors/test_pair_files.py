"""Similarity test sets in the layouts in which they are published: what `test_similarity.py` does not say."""

import gzip

import numpy as np
import pytest

from jaxw2v.errors import InputError
from jaxw2v.files.lines import Rules
from jaxw2v.vectors import pair_files
from jaxw2v.vectors.similarity import evaluate
from jaxw2v.vectors.table import Table


def read(folder, content, columns=(), rules=Rules(), name="pairs.txt"):  # noqa: B008
    """Pairs with their scores, and what was said."""
    path, said = folder / name, []
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    pairs = pair_files.load(path, columns, rules, said.append)
    found = [(*words, score) for words, score in zip(pairs.words, pairs.human_Q.tolist())]
    return found, [line.removeprefix(f"{path}: ") for line in said]


PUBLISHED = {
    "SimLex-999": "word1\tword2\tPOS\tSimLex999\tconc(w1)\tconc(w2)\tconcQ\tAssoc(USF)\tSimAssoc333\tSD(SimLex)\n"
    "cat\tdog\tN\t1.58\t2.72\t2.81\t2\t7.25\t1\t0.41\nold\tnew\tA\t9.2\t1.75\t2.46\t1\t7.11\t1\t0.67\n",
    "SimLex-999 without its header": "cat\tdog\tN\t1.58\t2.72\nold\tnew\tA\t9.2\t1.75\n",
    "MEN": "cat dog 1.580000\nold new 9.200000\n",
    "SimVerb-3500": "cat\tdog\tV\t1.58\tSYNONYMS\nold\tnew\tV\t9.2\tNONE\n",
    "WordSim-353 combined.csv": "Word 1,Word 2,Human (mean)\ncat,dog,1.58\nold,new,9.20\n",
    "WordSim-353 set1.csv": "Word 1,Word 2,Human (mean),1,2,3\ncat,dog,1.58,9,6,8\nold,new,9.2,9,7,8\n",
    "WordSim-353 set1.tab": "Word 1\tWord 2\tHuman (mean)\t1\t2\ncat\tdog\t1.58\t9\t6\nold\tnew\t9.2\t9\t7\n",
    "RG-65": "cat;dog;1.58\nold;new;9.2\n",
    "MTurk-287": "cat,dog,1.58\nold,new,9.2\n",
    "RW": "cat\tdog\t1.58\t7\t5\t6\nold\tnew\t9.2\t10\t9\t6\n",
    "Card-660": "cat\tdog\t1.58\nold\tnew\t9.20\n",
}
WRITTEN = {
    "R write.csv": '"","w1","w2","score"\n"1","cat","dog",1.58\n"2","old","new",9.2\n',
    "R write.csv2": '"";"w1";"w2";"score"\n"1";"cat";"dog";1,58\n"2";"old";"new";9,2\n',
    "R write.table": '"w1" "w2" "score"\n"1" "cat" "dog" 1.58\n"2" "old" "new" 9.2\n',
    "R without names": '"cat" "dog" 1.58\n"old" "new" 9.2\n',
    "pandas": ",word1,word2,score\n0,cat,dog,1.58\n1,old,new,9.2\n",
    "pandas without header": "0,cat,dog,1.58\n1,old,new,9.2\n",
    "numpy.savetxt": "# word1 word2 score\ncat dog 1.58\nold new 9.2\n",
    "a decimal comma in white space": "cat dog 1,58\nold new 9,2\n",
    "old line ends": "cat dog 1.58\rold new 9.2\r",
    "columns in another order": "score\tword2\tword1\tmean\nx\tdog\tcat\t1.58\nx\tnew\told\t9.2\n",
    "the score is named": "word1\tword2\tfrequency\tscore\ncat\tdog\t100\t1.58\nold\tnew\t7\t9.2\n",
    "an id": "id,word1,word2,score\n7,cat,dog,1.58\n3,old,new,9.2\n",
}


@pytest.mark.parametrize("name", PUBLISHED | WRITTEN)
def test_test_sets_as_they_are_published_and_written(tmp_path, name):
    found, said = read(tmp_path, (PUBLISHED | WRITTEN)[name])
    assert found == [("cat", "dog", 1.58), ("old", "new", 9.2)]
    assert all("the score in" in line for line in said)


def test_the_column_that_was_taken_is_said(tmp_path):
    assert read(tmp_path, PUBLISHED["SimLex-999"])[1] == ["words in columns 1 and 2, the score in 4 (SimLex999)"]
    assert read(tmp_path, PUBLISHED["MEN"])[1] == []


def test_commas_and_quotes_inside_of_quotes(tmp_path):
    content = '"New York, NY","the ""city""",6.5\n"a","b",7\n'
    assert read(tmp_path, content)[0] == [("New York, NY", 'the "city"', 6.5), ("a", "b", 7.0)]
    assert read(tmp_path, '"\tquote\t5\na\tb\t3\n')[0][0] == ('"', "quote", 5.0)  # a word


@pytest.mark.parametrize(
    ("columns", "score"),
    [(["1", "2", "4"], 8.0), (["4"], 8.0), (["3"], 2.0), (["one", "two", "G"], 8.0), (["Human (mean)"], 8.0)],
)
def test_columns_are_picked_by_number_or_name(tmp_path, columns, score):
    name = columns[-1] if not columns[-1].isdecimal() else "g"
    content = f"one\ttwo\tf\t{name}\na\tb\t2\t8\nc\td\t3\t9\n"
    assert read(tmp_path, content, columns)[0][0] == ("a", "b", score)


def test_columns_by_number_of_contexts(tmp_path):
    content = "1\tBrazil\tn\tnut\tn\t1.1\n2\tdog\tn\tcat\tn\t3.1\n"  # as SCWS
    assert read(tmp_path, content, ["2", "4", "6"])[0] == [("Brazil", "nut", 1.1), ("dog", "cat", 3.1)]


@pytest.mark.parametrize(
    ("content", "columns", "says"),
    [
        ("a\tb\t1\nc\td\t2\n", ["1", "2", "9"], "no column 9; it has 3 columns, and no header"),
        ("w\tv\ts\na\tb\t1\nc\td\t2\n", ["rating"], "no column rating; it has 3 columns: w, v, s"),
        ("a\tb\t1\nc\td\t2\n", ["0"], "no column 0"),
        ("a;b;6,500\nc;d;7\n", [], "6,500 and others without a comma; write a decimal point"),
        ("a b 1\nc d e f\n", [], r"line 2: .*eval\.columns=\[1,2,4\]"),
        ("a,b\n", [], "line 1"),
        ("a b 1_0\nc d 2\n", [], "line 1"),
        ("caf\u00e9\tb\t1\n".encode("latin-1"), [], "line 1: byte 3 is not UTF-8; convert .*iconv"),
        ("a\tb\t1\n".encode("utf-16"), [], "UTF-16, as Excel"),
    ],
)
def test_what_cannot_be_read_says_why(tmp_path, content, columns, says):
    with pytest.raises(InputError, match=says) as caught:
        read(tmp_path, content, columns)
    assert "\n" not in str(caught.value)


def test_words_that_begin_with_hash_are_words_and_remarks_are_said(tmp_path):
    content = "#yolo  #swag 5.0\n#cat dog 4\n# a remark\n#another one that is longer\n// 3 4 5\n"
    assert read(tmp_path, content) == ([("#yolo", "#swag", 5.0), ("#cat", "dog", 4.0)], ["passed over: 3 remarks"])
    content = "# comment\nc#\tjava\t3\n#\tnumber\t5\n# commented\tout\t3\n"
    assert read(tmp_path, content) == ([("c#", "java", 3.0), ("#", "number", 5.0)], ["passed over: 2 remarks"])


def test_blank_lines_anywhere_change_nothing(tmp_path):
    assert read(tmp_path, "\n \na b 1\n\t\n\u00a0\nc d 2\n\n\n") == ([("a", "b", 1.0), ("c", "d", 2.0)], [])


def test_a_no_break_space_by_the_rules(tmp_path):
    content = "new\u00a0york city 5\na b 1\n"
    assert read(tmp_path, content)[0][0] == ("new\u00a0york", "city", 5.0)
    with pytest.raises(InputError, match="line 1"):
        read(tmp_path, content, rules=Rules("unicode"))
    assert read(tmp_path, "usa\u00a0city\u30005\na b 1\n", rules=Rules("unicode"))[0][0] == ("usa", "city", 5.0)


def test_bytes_that_are_not_utf8_by_the_rules(tmp_path):
    content = b"caf\xc3\tb\t1\na\tb\t2\n"
    assert read(tmp_path, content, rules=Rules("ascii", "replace"))[0][0] == ("caf\ufffd", "b", 1.0)
    assert read(tmp_path, content, rules=Rules("ascii", "skip")) == (
        [("a", "b", 2.0)],
        ["passed over: 1 line not UTF-8"],
    )


def test_a_compressed_test_set(tmp_path):
    assert read(tmp_path, gzip.compress(b"a b 1\n"), name="x.tsv.gz")[0] == [("a", "b", 1.0)]


def test_tags_of_men_are_taken_off_where_the_table_has_no_such_words(tmp_path):
    path = tmp_path / "men.txt"
    path.write_text("sun-n moon-n 50\ngo-v sun-n 3\nold-j moon-n 7\n")
    pairs = pair_files.load(path)
    vectors_VD = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32)
    plain = evaluate(Table(["sun", "moon", "go", "old"], vectors_VD), pairs, "lower")
    assert plain == evaluate(Table(["sun-n", "moon-n", "go-v", "old-j"], vectors_VD), pairs, "lower")
    assert plain.answered == 3
    assert evaluate(Table(["sun", "moon-n", "go", "old"], vectors_VD), pairs, "lower").answered == 0


@pytest.mark.parametrize(
    "content",
    [
        "sep=;\ncat;dog;75%\nold;new;80 %\n",
        ",,\nword1,word2,score\ncat,dog,75%\nold,new,80%\n,,\n",
        "cat dog \u221225\nold new \u221220\n",
    ],
)
def test_scores_as_spreadsheets_and_word_processors_write_them(tmp_path, content):
    found, said = read(tmp_path, content)
    assert [pair[:2] for pair in found] == [("cat", "dog"), ("old", "new")]
    assert found[1][2] - found[0][2] == 5
    assert not said


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("cat dog 75%\nold new 8\n", "scores such as 75% and others without %"),
        ("cat\tdog\nold\tnew\t3\n", "line 1: 'cat\\tdog' is not two words and a score; it has no score: fill it in"),
        ("cat\tdog\tNA\nold\tnew\t3\n", "line 1: 'cat\\tdog\\tNA' is not two words and a score; it has no score"),
        ("cat dog nan\nold new 3\n", "line 1: 'cat dog nan' is not two words and a score; it has no score"),
        ("old\tnew\t3\ncat\tdog\t\n", "line 2: 'cat\\tdog' is not two words and a score; it has no score"),
        ("old\tnew\t3\ncat\tdog\t4-5\n", "write a number for '4-5', or take the line out"),
        (": family\nking queen man woman\n", "a file of analogies is given as eval.analogies"),
        ("cat|dog|5\n", "write tabs for |"),
        ("cat\u00a0dog\u00a05\n", "set corpus.white_space=unicode"),
        ("5 cat dog\n4 old new\n", "eval.columns=[2,3,1]"),
        (
            "My data\nword1\tword2\tscore\ncat\tdog\t5\n",
            "line 1: 'My data' is not two words and a score; it has no score: fill it in, or take the line out",
        ),
    ],
)
def test_what_is_no_pair_says_why(tmp_path, content, says):
    with pytest.raises(InputError) as caught:
        read(tmp_path, content)
    assert says in str(caught.value)


def test_a_header_of_other_names_is_said(tmp_path):
    assert read(tmp_path, "mot1 mot2 note\ncat dog 5\n") == (
        [("cat", "dog", 5.0)], ["passed over: the header 'mot1 mot2 note'"],
    )  # fmt: skip


def test_a_column_named_twice_is_refused(tmp_path):
    with pytest.raises(InputError, match="column 1 stands there twice"):
        read(tmp_path, "cat dog 5\n", columns=["1", "1", "3"])
