"""Texts as users have them: what a command makes of their names, links, bytes and lines."""

import json
import os

import pytest

from jaxw2v.runs import memory
from tests.command_line import SMALL, command, process, train, wrong

LINE = "the cat sat on a mat by dog\n"
T = LINE * 60
SMALLER = [*SMALL, "model.dim=4", "train.epochs=1", "vocab.min_count=1"]


def prepare(place, path, *words):
    text = ["corpus=file", f"corpus.path={path}", "vocab.min_count=1"]
    return command(place, *text, *words, module="prepare")


def words_of(done):
    """How many words `prepare` has read."""
    assert done.returncode == 0, done.stderr
    return int(
        next(line for line in done.stdout.splitlines() if line.startswith("corpus:")).split()[1].replace(",", "")
    )


# names


def test_a_name_that_is_not_utf8_costs_no_result_and_starts_the_same_run_again(tmp_path):
    name = os.fsdecode(b"caf\xe9.txt")
    (tmp_path / name).write_text(T)
    (tmp_path / os.fsdecode(b"pairs\xe9.tsv")).write_text("cat\tdog\t5\nmat\ton\t3\nsat\tby\t1\n")
    path, pairs = tmp_path / name, tmp_path / os.fsdecode(b"pairs\xe9.tsv")
    words = ["corpus=file", f"corpus.path='{path}'", f"eval.similarity=['{pairs}']", *SMALLER]
    done = command(tmp_path, *words, f"hydra.run.dir={tmp_path / 'run'}")
    assert done.returncode == 0, done.stderr
    result = json.loads((tmp_path / "run" / "result.json").read_text(encoding="utf-8"))
    assert result["corpus.path"] == str(path)
    assert result["scores.pairs\\udce9.spearman"] is not None
    record = ["--config-path", tmp_path / "run" / ".hydra"]
    done = process(tmp_path, *record, f"hydra.run.dir={tmp_path / 'again'}")  # not here: Hydra opens a log
    assert done.returncode == 0, done.stderr
    runs = [(tmp_path / folder / "vectors.bin").read_bytes() for folder in ("run", "again")]
    assert runs[0] == runs[1]
    done = command(tmp_path, tmp_path, "--out", tmp_path / "report", module="report")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "report" / "report.html").exists()


def test_a_sweep_over_names_that_are_not_utf8(tmp_path):
    paths = [tmp_path / os.fsdecode(name) for name in (b"caf\xe9.txt", b"caf\xe8.txt")]
    paths[0].write_text(T)
    words = ["-m", "corpus=file", f"corpus.path='{paths[0]}','{paths[1]}'", *SMALLER]
    done = command(tmp_path, *words, f"hydra.sweep.dir={tmp_path / 'sweep'}")
    assert done.returncode != 0
    assert len(list((tmp_path / "sweep").glob("*/result.json"))) == 1
    (error,) = (tmp_path / "sweep").glob("*/error.txt")
    assert "caf\\udce8.txt: there is no such file" in error.read_text(encoding="utf-8")


def test_a_vocabulary_and_a_folder_of_a_run_that_are_not_utf8(tmp_path):
    (tmp_path / "text.txt").write_text(T)
    (tmp_path / os.fsdecode(b"v\xe9.txt")).write_text("the 60\ncat 60\nsat 60\nmat 60\ndog 60\n")
    folder = tmp_path / os.fsdecode(b"r\xe9")
    small = [word for word in SMALLER if not word.startswith("vocab.")]
    words = [f"vocab.path='{tmp_path / os.fsdecode(b'v' + bytes([0xE9]) + b'.txt')}'", *small]
    path = f"corpus.path={tmp_path / 'text.txt'}"
    done = command(tmp_path, "corpus=file", path, *words, f"hydra.run.dir='{folder}'")
    assert done.returncode == 0, done.stderr
    assert json.loads((folder / "result.json").read_text())["vocab.path"].endswith("v\udce9.txt")


# links, folders


def test_a_folder_and_a_glob_have_the_same_words_through_links(tmp_path):
    elsewhere = tmp_path / "elsewhere"
    text = tmp_path / "text"
    for folder, name in ((elsewhere, "b.txt"), (text, "a.txt")):
        folder.mkdir()
        (folder / name).write_text(T)
    (text / "linked").symlink_to(elsewhere)
    (text / "self").symlink_to(".")
    assert words_of(prepare(tmp_path, text)) == words_of(prepare(tmp_path, f"{text}/**/*.txt")) == 960
    (text / "a.txt~").write_text(T)
    os.link(text / "a.txt", text / "c.txt")
    done = prepare(tmp_path, text)
    assert words_of(done) == 960
    assert "left out 1 backups and files of systems: a.txt~; 1 second names of files, by links: c.txt" in done.stdout


def test_reports_find_runs_through_links(tmp_path, trained):
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "linked").symlink_to(trained.folder)
    (tmp_path / "runs" / "self").symlink_to(tmp_path / "runs")
    done = command(tmp_path, tmp_path / "runs", "--out", tmp_path / "report", module="report")
    assert done.returncode == 0, done.stderr
    assert "1 run" in done.stdout


# bytes


def test_one_nul_byte_among_good_lines(tmp_path):
    (tmp_path / "text.txt").write_text(LINE * 60 + "a \0 b\n" + LINE * 60)
    wrong(prepare(tmp_path, tmp_path / "text.txt"), "a NUL byte", "corpus.invalid_utf8=replace or skip")
    done = prepare(tmp_path, tmp_path / "text.txt", "corpus.invalid_utf8=replace")
    assert words_of(done) == 963
    assert "the text: 1 places that are not UTF-8 became U+FFFD" in done.stdout
    assert words_of(prepare(tmp_path, tmp_path / "text.txt", "corpus.invalid_utf8=skip")) == 962


def test_hindi_words_are_whole(tmp_path):
    (tmp_path / "text.txt").write_text("हिन्दी में किताब पढ़ना, मुझे पसंद है।\n" * 50, encoding="utf-8")
    done = prepare(tmp_path, tmp_path / "text.txt", r"corpus.normalize.word_pattern='[^\W_]+'")
    assert words_of(done) == 350


def test_phrases_of_a_list_match_marks(tmp_path):
    (tmp_path / "text.txt").write_text("हिन्दी किताब, पढ़ना।\n" * 50, encoding="utf-8")
    (tmp_path / "list.txt").write_text("हिन्दी किताब\n", encoding="utf-8")
    pattern = r"normalize.word_pattern='[^\W_]+'"
    words = ["phrases=list", f"phrases.path={tmp_path / 'list.txt'}", f"corpus.{pattern}", f"phrases.{pattern}"]
    assert words_of(prepare(tmp_path, tmp_path / "text.txt", *words)) == 100


# nothing to learn


@pytest.mark.parametrize("more", [[], ["corpus.max_sentence=2"], ["subsample.threshold=1e-3"]])
def test_one_word_a_line_is_found_before_training(tmp_path, more):
    (tmp_path / "text.txt").write_text("the\ncat\nsat\n\n" * 60)
    done = train(tmp_path, tmp_path / "run", *more)
    wrong(done, "no word has a neighbor", "180 lines has one word", "two words or more on a line")
    assert "compiling" not in done.stdout


def test_rare_words_leave_lines_of_one_word(tmp_path):
    (tmp_path / "text.txt").write_text("".join(f"the rare{i}\ncat rare{i}a\n" for i in range(60)))
    done = train(tmp_path, tmp_path / "run")
    wrong(done, "no word has a neighbor", "vocab.min_count=2", "240 words 120 are in the vocabulary")


def test_what_is_held_out_leaves_lines_of_one_word(tmp_path):
    (tmp_path / "text.txt").write_text("the\ncat\n" * 60 + "the cat\n")
    for fraction in (0.9, 0.99, 0.999):
        done = train(tmp_path, tmp_path / "run", f"train.heldout_fraction={fraction}")
        if done.returncode == 2:
            wrong(done, "train.heldout_fraction=", "use a smaller fraction")
            return
    raise AssertionError("the line with two words is never held out")


def test_subsampling_that_leaves_nothing_is_named(tmp_path):
    (tmp_path / "text.txt").write_text("the cat\n" * 60)
    done = train(tmp_path, tmp_path / "run", "subsample.threshold=1e-12")
    wrong(done, "subsample.threshold=1e-12 leaves no word a neighbor")


# memory


@pytest.mark.parametrize("raised", [MemoryError(), RuntimeError("can't start new thread")])
def test_memory_that_runs_out_while_words_are_counted_is_one_line(tmp_path, monkeypatch, raised):
    (tmp_path / "text.txt").write_text(T)

    def full(blocks, *_, **__):
        list(zip(blocks, range(1)))
        raise raised

    monkeypatch.setattr("jaxw2v.text.tokens.write_ids", full)
    wrong(prepare(tmp_path, tmp_path / "text.txt"), "out of memory", "vocab.max_counted=N drops the rarest")
    wrong(prepare(tmp_path, tmp_path / "text.txt", "vocab.max_counted=9"), "vocab.max_counted=9: use a smaller number")
    wrong(prepare(tmp_path, tmp_path / "text.txt", "phrases=word2phrase"), "for phrases all are kept")
    wrong(train(tmp_path, tmp_path / "run"), "out of memory", "vocab.max_counted=N")


def test_a_limit_that_leaves_too_little_is_named(tmp_path, monkeypatch):
    (tmp_path / "text.txt").write_text(T)
    monkeypatch.setattr(memory.memory, "left_by_limit", lambda: 1e8)
    wrong(prepare(tmp_path, tmp_path / "text.txt"), "leaves 0.10 GB of addresses", "ulimit -v unlimited")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["vocab.max_counted=1"], "use 2 or more words"),
        (["vocab.max_counted=100", "vocab.path=v.txt"], "with vocab.path no words are counted"),
    ],
)
def test_vocab_max_counted_out_of_place(tmp_path, words, expected):
    (tmp_path / "text.txt").write_text(T)
    wrong(prepare(tmp_path, tmp_path / "text.txt", *words), "vocab.max_counted", expected)
