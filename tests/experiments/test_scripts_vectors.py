import json
import struct
import subprocess
import sys

import numpy as np
import pytest

from jaxw2v.commands.evaluate import main as evaluate
from jaxw2v.commands.neighbors import main as neighbors
from jaxw2v.errors import InputError
from jaxw2v.launch.command import run
from jaxw2v.vectors.formats import save
from jaxw2v.vectors.table import Table
from tests.command_line import REPOSITORY, command, process, wrong

WORDS = ["the", "king", "queen", "man", "woman", "cat", "dog"]


@pytest.fixture
def folder(tmp_path):
    """Vectors in which king - man + woman is queen, and test sets with one unknown word each."""
    rng = np.random.default_rng(1)
    vectors = rng.normal(size=(len(WORDS), 50)).astype(np.float32)
    vectors[2] = vectors[1] - vectors[3] + vectors[4]
    save(Table(WORDS, vectors), tmp_path / "v.bin", "bin")
    (tmp_path / "pairs.tsv").write_text("king\tqueen\t9\nman\tdog\t2\nthe\tcat\t1\nking\tunicorn\t5\n")
    (tmp_path / "questions.txt").write_text(": family\nMan king Woman queen\nman king woman unicorn\n")
    return tmp_path


def test_evaluate_prints_and_writes_scores_with_what_was_answered(folder):
    arguments = [folder / "v.bin", "--similarity", folder / "pairs.tsv", "--analogies", folder / "questions.txt"]
    done = process(
        folder, *arguments, "--method", "3cosadd", "3cosmul", "--json", folder / "out.json", module="evaluate"
    )
    assert (done.returncode, done.stderr) == (0, "")
    head, *lines = done.stdout.splitlines()
    assert "7 words, 50 dimensions" in head
    assert [line.split()[0] for line in lines] == [
        "similarity.pairs",
        "analogies.questions.3cosadd",
        "analogies.questions.3cosmul",
    ]
    assert "answered 3 of 4" in lines[0]
    assert "1.0000   answered 1 of 2" in lines[1]
    result = json.loads((folder / "out.json").read_text())
    assert result["analogies.questions.3cosadd"] == 1
    assert result["similarity.pairs.answered"] == 3
    assert result["restrict_vocab"] == 30_000


def test_the_settings_of_an_evaluation_count(folder, capsys):
    arguments = [str(folder / "v.bin"), "--analogies", str(folder / "questions.txt")]
    for more, says in (
        (["--oov", "wrong"], "0.5000   answered 1 of 2"),
        (["--case", "exact"], "no score   answered 0 of 2"),
        (["--restrict-vocab", "4"], "no score   answered 0 of 2"),
        (["--restrict-vocab", "all", "--sections"], "3cosadd.family"),
    ):
        assert evaluate([*arguments, *more]) == 0
        assert says in capsys.readouterr().out


def test_neighbors_of_words_and_sums(folder):
    done = process(folder, folder / "v.bin", "king - man + woman", "the", "--n", "2", module="neighbors")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert len(lines) == 6
    assert lines[0] == "king - man + woman"
    assert lines[1].split()[1] == "queen"


def test_neighbors_reads_queries_and_answers_those_it_can(folder):
    done = process(folder, folder / "v.bin", "--n", "1", module="neighbors", given="king - man + woman\n\nquen\nman\n")
    assert done.returncode == 2
    assert done.stderr == "error: the word 'quen' is not in the vocabulary; did you mean queen?\n"
    assert done.stdout.splitlines()[0] == "king - man + woman"
    assert done.stdout.count("\n") == 4


@pytest.mark.parametrize("name", ["evaluate", "neighbors"])
def test_help_shows_an_example(folder, name):
    done = command(folder, "--help", module=name)
    assert done.returncode == 0
    assert f"jaxw2v {name} vectors.bin" in done.stdout


def spoil(folder, kind):
    data = (folder / "v.bin").read_bytes()
    one = b"a " + struct.pack("<2f", 1, float("nan"))
    spoilt = {"cut": data[:-9], "lying": b"7000000 " + data[2:], "nan": b"1 2\n" + one, "empty": b""}
    (folder / "bad.bin").write_bytes(spoilt[kind])


@pytest.mark.parametrize(
    ("kind", "says"), [("cut", "cut"), ("lying", "7000000 words"), ("nan", "'a' holds NaN"), ("empty", "empty")]
)
@pytest.mark.parametrize("name", ["evaluate", "neighbors"])
def test_bad_vectors_are_one_line(folder, name, kind, says):
    spoil(folder, kind)
    more = ["--similarity", folder / "pairs.tsv"] if name == "evaluate" else ["king"]
    wrong(command(folder, folder / "bad.bin", *more, module=name), "bad.bin", says)


def test_bad_test_sets_and_arguments_are_one_line(folder, capsys):
    (folder / "bad.tsv").write_text("king\tqueen\t9\nman\tdog\n")
    (folder / "bad.txt").write_text(": family\nman king woman\n")
    vectors = str(folder / "v.bin")
    wrong(command(folder, vectors, "--similarity", folder / "bad.tsv", module="evaluate"), "bad.tsv", "line 2")
    pairs = ["--similarity", str(folder / "pairs.tsv")]
    for arguments, says in (
        ([vectors, "--analogies", str(folder / "bad.txt")], "bad.txt: line 2"),
        ([vectors, "--analogies", str(folder / "absent")], "absent"),
        ([str(folder / "absent"), *pairs], "absent"),
        ([vectors], "--similarity FILE"),
        ([vectors, *pairs, "--restrict-vocab", "many"], "--restrict-vocab"),
        (
            [vectors, *pairs, "--analogies", str(folder / "questions.txt"), "--restrict-vocab", "3"],
            "--restrict-vocab: 3: use 4 or more words",
        ),
        ([vectors, *pairs, "--case", "title"], "--case"),
        (
            [vectors, "--analogies", str(folder / "questions.txt"), "--half", "tuning"],
            "questions.txt: 2 questions are too few to split in halves; leave out --half",
        ),
        ([vectors, *pairs, "--json", str(folder / "absent" / "out.json")], "out.json"),
        ([], "VECTORS"),
    ):
        assert evaluate(arguments) == 2
        error = capsys.readouterr().err
        assert error.startswith("error: ")
        assert error.count("\n") == 1
        assert says in error
    for arguments, says in (
        ([vectors, "unicorn"], "'unicorn'"),
        ([vectors, "a b"], "+ or -"),
        ([vectors, "--n", "0"], "--n 0"),
    ):
        assert neighbors(arguments) == 2
        error = capsys.readouterr().err
        assert error.startswith("error: ")
        assert error.count("\n") == 1
        assert says in error


def test_the_wrappers_statuses(capsys):
    def stop(error):
        raise error

    assert run(lambda: None) == 0
    assert run(lambda: 2) == 2
    assert run(lambda: stop(InputError("one\ntwo"))) == 2
    assert capsys.readouterr().err == "error: one two\n"
    assert run(lambda: stop(KeyboardInterrupt())) == 130
    with pytest.raises(ZeroDivisionError):
        run(lambda: 1 // 0)


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pipe whose reader can leave")
def test_a_reader_that_leaves_is_no_error(folder):
    line = [sys.executable, "-m", "experiments.neighbors", str(folder / "v.bin")]
    with subprocess.Popen(line, cwd=REPOSITORY, stdin=-1, stdout=-1, stderr=-1, text=True) as process:
        process.stdout.close()
        process.stdin.write("king\n" * 5)
        process.stdin.close()
        error = process.stderr.read()
        assert process.wait() == 141
    assert error == ""


def test_a_word_with_a_space(tmp_path):
    (tmp_path / "v.txt").write_text("2 2\nnew york 0.5 1\nb 1 2\n")
    done = command(tmp_path, tmp_path / "v.txt", "new york", module="neighbors")
    assert (done.returncode, done.stderr) == (
        0,
        f"note: {tmp_path / 'v.txt'}: a word has spaces ('new york' in line 2)\n",
    )
    assert done.stdout.splitlines()[1].split()[1] == "b"


GLOVE = (
    b"\xef\xbb\xbfthe 1 0 0.5\nnew\xc2\xa0york 1 1 0\n\nroute 66 0 1 0.5\n| 1 2 3\n| 3 2 1\n\t 5 5 5\ncaf\xc3 0 0 1\n"
)


@pytest.mark.parametrize("name", ["evaluate", "neighbors"])
def test_what_was_passed_over_is_a_line_for_each_kind(folder, name):
    (folder / "glove.txt").write_bytes(GLOVE)
    (folder / "few.tsv").write_text("the\tnew\u00a0york\t1\nthe\t|\t2\n", encoding="utf-8")
    more = ["--similarity", folder / "few.tsv"] if name == "evaluate" else ["new\u00a0york", "route 66"]
    wrong(command(folder, folder / "glove.txt", *more, module=name), "line 8", "--invalid-utf8 skip")
    done = command(folder, folder / "glove.txt", *more, "--invalid-utf8", "skip", module=name)
    assert done.returncode == 0, done.stderr
    lines = done.stderr.splitlines()
    assert len(lines) == 5
    for part in ("blank line", "has spaces", "repeats a word", "without a word", "not UTF-8"):
        assert sum(part in line for line in lines) == 1, part
    assert command(folder, folder / "glove.txt", *more, "--limit", "3", module=name).returncode == 0
    wrong(command(folder, folder / "glove.txt", *more, "--limit", "0", module=name), "limit=0")


def test_a_query_with_a_no_break_space(folder):
    (folder / "v.txt").write_text("3 2\nnew\u00a0york 1 0\nboston 1 1\n\u3000x 0 1\n", encoding="utf-8")
    done = command(folder, folder / "v.txt", "new\u00a0york - boston", "new\u00a0york", "--n", "1", module="neighbors")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[2:] == ["new\u00a0york", "   0.7071  boston"]
    done = process(folder, folder / "v.txt", "--n", "1", module="neighbors", given="\u3000x\n")
    assert (done.returncode, done.stderr) == (0, "")
    done = command(folder, folder / "v.txt", "New\u00a0York", module="neighbors")
    wrong(done, r"did you mean 'new\xa0york'? (only the case differs)")


def test_mapped_vectors_answer_the_same(folder):
    words = ["king - man + woman", "the"]
    whole, mapped = (command(folder, folder / "v.bin", *words, *more, module="neighbors") for more in ([], ["--mmap"]))
    assert whole == mapped


@pytest.mark.skipif(sys.platform != "linux", reason="the limit of addresses is Linux's")
def test_vectors_beyond_memory(tmp_path):
    """Either they fit, or one line names what would; with the limit they do."""
    save(Table([f"w{at}" for at in range(50_000)], np.ones((50_000, 600), np.float32)), tmp_path / "v.bin", "bin")
    start = "import resource, sys; resource.setrlimit(resource.RLIMIT_AS, (300_000 * 1024,) * 2); "
    for more, status in (([], 2), (["--limit", "2000"], 0)):
        words = ["neighbors", str(tmp_path / "v.bin"), "w1", "--n", "1", *more]
        line = [sys.executable, "-c", f"{start}from jaxw2v.commands.main import main; sys.exit(main({words}))"]
        done = subprocess.run(line, cwd=REPOSITORY, capture_output=True, encoding="utf-8", check=False, timeout=100)
        assert done.returncode == status, done.stderr
        if status:
            wrong(done, "v.bin: not enough memory", "--limit N", "--mmap")


def test_evaluate_checks_its_flags_before_it_reads(tmp_path):
    words = [tmp_path / "no.bin", "--analogies", tmp_path / "no.txt"]
    for more, says in (
        (["--restrict-vocab", "2"], "2: use 4 or more words, or all"),
        (["--json", tmp_path / "no" / "o.json"], "there is no folder"),
        (["--json", tmp_path], "this is a folder; name a file"),
    ):
        wrong(command(tmp_path, *words, *more, module="evaluate"), says)


def test_a_table_is_not_called_a_workbook(tmp_path):
    done = command(tmp_path, tmp_path, "--out", tmp_path / "o.xlsx", module="export")
    wrong(done, "the table is CSV, not .xlsx; name it .csv")


def test_pairs_without_ranks_have_no_score_and_it_is_said(tmp_path):
    (tmp_path / "v.txt").write_text("cat 1 0\ndog 0 1\nox 1 1\n")
    (tmp_path / "s.txt").write_text("cat dog 5\ndog ox 5\n")
    done = command(tmp_path, tmp_path / "v.txt", "--similarity", tmp_path / "s.txt", module="evaluate")
    assert "no score: ranks need two answered pairs or more" in done.stdout
