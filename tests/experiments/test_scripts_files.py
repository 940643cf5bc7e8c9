"""Files of users from the command line: what is read by one rule in texts, vocabularies, test sets and queries."""

import json

import pytest

from tests.command_line import SMALL, command, without, wrong

LINE = "new\u00a0york usa paris france cat dog\n"


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run on a text with a no-break space in a word, and what it printed."""
    place = tmp_path_factory.mktemp("files")
    (place / "text.txt").write_text(LINE * 60, encoding="utf-8")
    (place / "sim.tsv").write_text(
        "w1\tw2\tPOS\tSimLex999\nnew\u00a0york\tusa\tN\t4\nparis\tfrance\tN\t3\ncat\tdog\tN\t1\n", encoding="utf-8"
    )
    (place / "german.csv").write_text('"Hund","Katze",6.5\n"Haus","Heim",2\n')
    (place / "q.txt").write_text("// Copyright 2013 Google\n: x\nnew\u00a0york usa paris france\n", encoding="utf-8")
    (place / "v.txt").write_text("\ufeffcat 4\nnew\u00a0york 500\n\nusa 500\nparis 7\n\n", encoding="utf-8")
    done = command(
        place, "corpus=file", f"corpus.path={place / 'text.txt'}", *without(SMALL, "vocab.min_count"),
        f"vocab.path={place / 'v.txt'}",
        f"eval.similarity=[{place / 'sim.tsv'},{place / 'german.csv'}]", f"eval.analogies=[{place / 'q.txt'}]",
        f"hydra.run.dir={place / 'run'}",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return place, done.stdout


def test_a_run_says_what_it_took_and_what_it_passed_over(run):
    _, out = run
    for says in (
        "sim.tsv: words in columns 1 and 2, the score in 4 (SimLex999)",
        "q.txt: passed over: 1 remark",
        "v.txt: passed over: 1 line without a word",
        "v.txt: sorted by count, which the file is not",
        "german: none of its 2 questions could be answered",
    ):
        assert says in out


def test_the_vocabulary_is_sorted_and_its_words_are_those_of_test_sets(run):
    place, _ = run
    words = (place / "run/vocabulary.txt").read_text(encoding="utf-8").splitlines()
    assert words == ["new\u00a0york 500", "usa 500", "paris 7", "cat 4"]
    result = json.loads((place / "run/result.json").read_text())
    assert result["scores.sim.spearman.answered"] == 1  # of three: france and dog are not in the vocabulary
    assert result["scores.q.3cosadd.answered"] == 0
    assert result["eval.columns"] == []
    assert result["corpus.white_space"] == "ascii"


def test_queries_agree_with_the_text(run):
    place, _ = run
    vectors = place / "run/vectors.bin"
    for query in ("new\u00a0york", "new\u00a0york - usa + paris"):
        done = command(place, vectors, query, "--n", "1", module="neighbors")
        assert (done.returncode, done.stderr) == (0, "")
    done = command(place, vectors, "cat\u00a0-\u00a0usa", module="neighbors")
    wrong(done, "a no-break space and the like are parts of a word, unless --white-space unicode")
    done = command(place, vectors, "cat\u00a0-\u00a0usa", "--white-space", "unicode", "--n", "1", module="neighbors")
    assert (done.returncode, done.stderr) == (0, "")


def test_evaluate_reads_the_same_and_says_why_nothing_is_answered(run):
    place, _ = run
    sets = ["--similarity", place / "sim.tsv", place / "german.csv"]
    done = command(place, place / "run/vectors.bin", *sets, module="evaluate")
    assert done.returncode == 0, done.stderr
    assert "answered 1 of 3" in done.stdout
    assert "none could be answered: is it of the same language" in done.stdout
    done = command(place, place / "run/vectors.bin", *sets[:2], "--columns", "1", "2", "4", module="evaluate")
    assert "answered 1 of 3" in done.stdout
    wrong(
        command(place, place / "run/vectors.bin", *sets[:2], "--columns", "1", "2", module="evaluate"), "--columns 1 2"
    )
    done = command(place, place / "run/vectors.bin", *sets[:2], "--columns", "9", module="evaluate")
    wrong(done, "there is no column 9")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["eval.columns=[1,2]", "eval.similarity=[sim.tsv]"], "eval.columns=['1', '2']: name three columns"),
        (["eval.columns=[1,2,4]"], "no test set of eval.similarity"),
        (["corpus.invalid_utf8=ignore"], "choose one of error, replace, skip"),
        (["vocab.path=counts.txt"], "the count stands before the word"),
        (["eval.similarity=[book.xlsx]"], "save it as CSV or text in UTF-8"),
        (["eval.analogies=[questions.tar.gz]"], "damaged or cut short"),
        (["eval.analogies=[msr.questions]"], "MSR's questions have their answers in another file"),
        (["eval.similarity=[latin1.csv]"], "line 1: byte 3 is not UTF-8; convert the file"),
    ],
)
def test_mistakes_say_what_to_do_before_the_text_is_read(tmp_path, words, says):
    for name, content in (
        ("text.txt", LINE.encode() * 20), ("sim.tsv", b"a\tb\t1\n"), ("counts.txt", b"  5 cat\n  4 dog\n"),
        ("book.xlsx", b"PK\x03\x04"), ("questions.tar.gz", b"x"), ("msr.questions", b"good better rough\n"),
        ("latin1.csv", b"caf\xe9,b,1\n"),
    ):  # fmt: skip
        (tmp_path / name).write_bytes(content)
    small = without(SMALL, "vocab.min_count") if "vocab.path=counts.txt" in words else SMALL
    done = command(tmp_path, "corpus=file", "corpus.path=text.txt", *small, *words, cwd=tmp_path)
    wrong(done, says)
