"""The command line: what a run leaves, that it repeats, and what a mistake gets."""

import itertools
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import scipy.stats

from jaxw2v.vectors import formats

REPOSITORY = Path(__file__).parents[1]
SMALL = [
    "model.dim=8", "train.epochs=2", "vocab.min_count=2", "train.step_tokens=64", "train.segment=2048",
    "subsample.threshold=0", "figures=false", "train.chunk_tokens=256", "train.report_seconds=0",
]  # fmt: skip


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    """A folder with a text of 6,000 words in which words 2i and 2i + 1 stand together."""
    folder = tmp_path_factory.mktemp("train")
    pairs = np.random.default_rng(0).integers(0, 10, (600, 5))
    lines = [" ".join(f"w{2 * p} w{2 * p + 1}" for p in line) for line in pairs]
    (folder / "text.txt").write_text("\n".join(lines) + "\n")
    (folder / "pairs.tsv").write_text("w0\tw1\t9\nw2\tw3\t8\nw0\tw5\t1\nw2\tw9\t0.5\nw0\tunknown\t3\n")
    (folder / "questions.txt").write_text(": pairs\nw0 w1 w2 w3\nw4 w5 w6 w7\nw4 w5 w6 unknown\n")
    return folder


def command(place, *words, module="train", cwd=REPOSITORY, **environment):
    variables = os.environ | {"JAXW2V_CACHE": str(place / "cache"), "PYTHONPATH": str(REPOSITORY)} | environment
    line = [sys.executable, "-m", f"experiments.{module}", *map(str, words)]
    return subprocess.run(line, cwd=cwd, env=variables, capture_output=True, text=True, timeout=300, check=False)


def train(place, folder, *words, **options):
    text = ["corpus=file", f"corpus.path={place / 'text.txt'}"]
    return command(place, *text, *SMALL, f"hydra.run.dir={folder}", *words, **options)


@pytest.fixture(scope="module")
def trained(place) -> tuple[Path, subprocess.CompletedProcess]:
    folder = place / "trained"
    test_sets = [f"eval.similarity=[{place / 'pairs.tsv'}]", f"eval.analogies=[{place / 'questions.txt'}]"]
    every = ["vectors.tables=[input,context,sum]", "vectors.formats=[bin,txt,npz]", "eval.neighbours=[w0,w4]"]
    return folder, train(place, folder, *test_sets, *every, "figures=true")


def test_a_run_leaves_its_files_and_says_what_it_found(trained):
    folder, done = trained
    assert done.returncode == 0, done.stderr
    for name in ("result.json", "metrics.jsonl", "loss.png", "projection.png", ".hydra/config.yaml"):
        assert (folder / name).stat().st_size > 0
    assert not [path for path in folder.rglob("*") if "tmp" in path.name]
    assert "pairs.spearman: " in done.stdout
    assert "(4 answered of 5)" in done.stdout
    assert "questions.3cosadd: " in done.stdout
    assert "(2 answered of 3)" in done.stdout
    assert "\n  w0: w" in done.stdout
    assert "100% epoch 2, loss" in done.stdout
    assert done.stderr == ""


def test_the_result_is_one_flat_object(trained):
    folder, _ = trained
    result = json.loads((folder / "result.json").read_text())
    assert not [value for value in result.values() if isinstance(value, dict)]
    assert result["model.dim"] == 8
    assert result["scores.pairs.spearman.answered"] == 4
    assert result["scores.pairs.spearman.asked"] == 5
    assert result["corpus.words"] == result["corpus.raw_words"] == 6000
    for key in (
        "corpus.sha256",
        "code.version",
        "software.jax",
        "device",
        "seconds.training",
        "words_per_second",
        "loss",
    ):
        assert result[key], key


def test_the_answers_give_the_scores_again(trained):
    folder, _ = trained
    result = json.loads((folder / "result.json").read_text())
    with np.load(folder / "answers.npz") as answers:
        cosine, human, right = answers["pairs.spearman"], answers["pairs.human"], answers["questions.3cosadd"]
    assert human.tolist() == [9, 8, 1, 0.5, 3]
    assert np.isnan(cosine).tolist() == [False] * 4 + [True]
    expected = scipy.stats.spearmanr(cosine[:4], human[:4]).statistic
    assert result["scores.pairs.spearman"] == pytest.approx(expected)
    assert right[2] == -1
    assert result["scores.questions.3cosadd"] == (right[:2] == 1).mean()


def test_metrics_are_one_object_a_report_and_the_loss_falls(trained):
    folder, _ = trained
    metrics = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    assert [m["words"] for m in metrics] == sorted({m["words"] for m in metrics})
    assert metrics[-1]["words"] == metrics[-1]["total"] == 12_000
    assert {m["epoch"] for m in metrics} == {1, 2}
    first = [m for m in metrics if m["epoch"] == 1]
    second = [m for m in metrics if m["epoch"] == 2]
    assert first[0]["loss"] < 6 * np.log(2)
    assert second[0]["loss"] == second[0]["segment_loss"]  # reset each epoch
    assert second[-1]["loss"] < first[-1]["loss"]


def test_every_table_in_every_format_holds_the_same_numbers(trained):
    folder, _ = trained
    tables = {}
    for name in ("vectors", "contexts", "sums"):
        read = [formats.load(folder / f"{name}.{ending}") for ending in ("bin", "txt", "npz")]
        assert read[0].words == read[1].words == read[2].words
        for other in read[1:]:
            np.testing.assert_array_equal(read[0].vectors_VD, other.vectors_VD)
        tables[name] = read[0].vectors_VD
    np.testing.assert_array_equal(tables["sums"], tables["vectors"] + tables["contexts"])


def test_gensim_reads_what_a_run_leaves(trained):
    pytest.importorskip("gensim", reason="the gensim extra is not installed")
    from gensim.models import KeyedVectors

    folder, _ = trained
    ours = formats.load(folder / "vectors.bin")
    theirs = KeyedVectors.load_word2vec_format(str(folder / "vectors.bin"), binary=True)
    assert theirs.index_to_key == ours.words
    np.testing.assert_array_equal(theirs.vectors, ours.vectors_VD)


def two_files(place) -> Path:
    """The same text in a folder."""
    lines = (place / "text.txt").read_text().splitlines(keepends=True)
    (place / "texts").mkdir()
    for name, part in ("a", lines[:250]), ("b", lines[250:]):
        (place / "texts" / name).write_text("".join(part))
    return place / "texts"


ANOTHER_MACHINE = """
import atexit, os, sys
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
walk, listdir, used = os.walk, os.listdir, set()
def reversed_walk(*args, **options):
    for folder, folders, files in walk(*args, **options):
        used.update(files)
        folders.sort(reverse=True)
        yield folder, folders, sorted(files, reverse=True)
os.walk, os.listdir = reversed_walk, lambda *args: sorted(listdir(*args), reverse=True)
atexit.register(lambda: used == {"a", "b"} and print("one core, listings reversed", file=sys.stderr))
"""


def otherwise(place) -> dict[str, str]:
    """The environment of a machine that differs in all that must not matter, its cache cold."""
    (place / "site").mkdir()
    (place / "site" / "sitecustomize.py").write_text(ANOTHER_MACHINE)
    return {
        "PYTHONPATH": f"{place / 'site'}{os.pathsep}{REPOSITORY}", "JAXW2V_CACHE": str(place / "cold"),
        "PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo", "LC_ALL": "C", "OMP_NUM_THREADS": "1",
        "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false",
    }  # fmt: skip


def test_the_same_command_leaves_the_same_bytes_and_a_seed_others(place, trained):
    folder, _ = trained
    again = train(place, place / "again", f"corpus.path={two_files(place)}", cwd=place, **otherwise(place))
    assert again.returncode == 0, again.stderr
    assert again.stderr == "one core, listings reversed\n"
    assert (place / "again" / "vectors.bin").read_bytes() == (folder / "vectors.bin").read_bytes()
    other = train(place, place / "seed", "seed=2", PYTHONHASHSEED="8")
    assert other.returncode == 0, other.stderr
    assert (place / "seed" / "vectors.bin").read_bytes() != (folder / "vectors.bin").read_bytes()


@pytest.mark.parametrize(
    "words",
    [
        ["negatives.shared_by=pair", "optimizer=sgd"],
        ["negatives.shared_by=window", "optimizer=rowwise_adagrad"],
        ["optimizer=adam", "optimizer.schedule=cosine", "optimizer.warmup=0.1"],
        ["model.architecture=cbow", "negatives.shared_by=pair", "negatives.k=0"],
        ["model.tied=true", "train.replicas=2", "optimizer=damped_sgd"],
        ["model.objective=softmax", "train.replicas=2", "optimizer=rowwise_adagrad", "model.input=context"],
        ["model.freeze=input", "model.init_range=5", "model.input=context"],
        ["windows.dynamic=false", "subsample.threshold=1e-2", "subsample.formula=paper", "negatives.exponent=-0.5"],
    ],
)
def test_every_switch_trains(place, tmp_path, words):
    done = train(place, tmp_path / "run", *words)
    assert done.returncode == 0, done.stderr
    loss = json.loads((tmp_path / "run" / "result.json").read_text())["loss"]
    assert 0 < loss < 6 * np.log(2)


def test_pairs_of_words_and_contexts(place, tmp_path):
    words = [line.split() for line in (place / "text.txt").read_text().splitlines()]
    (tmp_path / "given.txt").write_text(
        "".join(f"{a} after_{b}\n" for line in words for a, b in itertools.pairwise(line))
    )
    given = ["corpus=pairs", f"corpus.path={tmp_path / 'given.txt'}", "negatives.shared_by=pair", *SMALL]
    every = ["vectors.tables=[input,context]", f"hydra.run.dir={tmp_path / 'run'}"]
    done = command(place, *given, *every)
    assert done.returncode == 0, done.stderr
    vectors, contexts = (formats.load(tmp_path / "run" / f"{name}.bin") for name in ("vectors", "contexts"))
    assert {word[:6] for word in contexts.words} == {"after_"}
    assert not any(word.startswith("after_") for word in vectors.words)
    assert len((tmp_path / "run" / "vocabulary-contexts.txt").read_text().splitlines()) == len(contexts.words) == 20
    (tmp_path / "given.txt").write_text("w0 w1\nw2\n")
    wrong(command(place, *given, f"hydra.run.dir={tmp_path / 'broken'}"), "given.txt, line 2", "1 column")
    wrong(command(place, *given, "model.tied=true", f"hydra.run.dir={tmp_path / 'tied'}"), "model.tied=True")


RECIPES = {path.stem for path in (REPOSITORY / "conf/experiment").glob("*.yaml")}


@pytest.mark.parametrize("recipe", sorted(name for name in RECIPES if not name.startswith("ablate_")))  # test_sweeps.py
def test_every_recipe_trains(place, tmp_path, recipe):
    done = train(place, tmp_path / "run", f"experiment={recipe}")
    assert done.returncode == 0, done.stderr


def test_a_sweep(place, tmp_path):
    done = train(place, "unused", f"hydra.sweep.dir={tmp_path}", "negatives.k=1,3", "-m")
    assert done.returncode == 0, done.stderr
    found = {json.loads(path.read_text())["negatives.k"] for path in tmp_path.glob("*/result.json")}
    assert found == {1, 3}


def test_prepare_makes_what_train_then_finds(place, tmp_path):
    text = ["corpus=file", f"corpus.path={place / 'text.txt'}"]
    done = command(place, *text, *SMALL, module="prepare", JAXW2V_CACHE=str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert "6,000 words" in done.stdout
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}
    assert before
    assert train(place, tmp_path / "run", JAXW2V_CACHE=str(tmp_path)).returncode == 0
    assert {path: path.stat().st_mtime_ns for path in before} == before


@pytest.mark.parametrize("module", ["train", "prepare", "evaluate", "neighbours", "report"])
def test_help(place, module):
    done = command(place, "--help", module=module)
    assert done.returncode == 0
    assert "python -m experiments." in done.stdout
    assert done.stderr == ""


def wrong(done, *expected):
    assert done.returncode == 2
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("error: ")
    for part in expected:
        assert part in lines[0], lines[0]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["windows.window=0"], ["windows.window=0", "use 1"]),
        (["model.dim=0"], ["model.dim=0", "use 1"]),
        (["train.epochs=0"], ["train.epochs=0", "use 1"]),
        (["negatives.k=-1"], ["negatives.k=-1", "use 0"]),
        (["model.tied=true", "vectors.tables=[sum]"], ["vectors.tables", "model.tied has one table"]),
        (["model.tied=true", "model.freeze=input"], ["model.freeze=input", "use none"]),
        (["model.objective=hierarchical_softmax", "vectors.tables=[sum]"], ["vectors.tables", "hierarchical_softmax"]),
        (["model.objective=hierarchical_softmax", "model.architecture=cbow"], ["model.objective", "negative_sampling"]),
        (["model.objective=softmax", "model.memory=1e-9"], ["model.memory=1e-09", "needs", "vocab.max_size"]),
        (["model.freeze=output"], ["model.freeze=output", "model.output_range=50"]),
        (["subsample.threshold=-1e-3"], ["subsample.threshold=-0.001", "use 0"]),
        (["windows.windw=3"], ["windows.windw", "did you mean windows.window?"]),
        (["+windows.reach=3"], ["windows.reach", "no such setting"]),
        (["optimizer=sdg"], ["optimizer/sdg", "damped_sgd"]),
        (["windows.window=wide"], ["windows.window=wide", "Integer"]),
        (["train.step_tokens=100"], ["train.step_tokens=100", "multiple of negatives.stretch"]),
        (["optimizer=adam", "optimizer.transform=scale_by_trust_ratio"], ["optimizer.transform", "cannot be lifted"]),
        (["optimizer=adam", "+optimizer.options.b3=1"], ["optimizer.transform", "b3"]),
        (["eval.score=simlex"], ["eval.score=simlex"]),
        (["+corpus.normalise.lowr=true"], ["corpus.normalise.lowr", "did you mean corpus.normalise.lower?"]),
        (["optimizer=adam", "optimizer.options={b1:0.5}"], ["optimizer.options", "+optimizer.options.PART=VALUE"]),
        (["eval.similarity=pairs.tsv"], ["eval.similarity=[pairs.tsv]"]),
        (["corpus.path=a=b.txt"], ["quote"]),
        (["train.segment=3"], ["train.segment=3", "use 20"]),
        (["subsample.threshold=1e-12"], ["subsample.threshold=1e-12", "raise it"]),
        (["train.device=tpu"], ["train.device=tpu", "train.device=auto"]),
    ],
)
def test_a_wrong_setting(place, tmp_path, words, expected):
    wrong(train(place, tmp_path / "run", *words), *expected)
    assert not (tmp_path / "run" / "result.json").exists()


TEXTS = {
    "empty.txt": (b"", ["empty.txt"]),
    "blank.txt": (b" \n\n  \n", ["blank.txt"]),
    "rare.txt": (b"each word stands here once\n", ["vocab.min_count"]),
    "junk.txt": (bytes(range(256)) * 40, ["junk.txt", "binary"]),
    "latin.txt": ("naïve café\n".encode("latin-1") * 9, ["latin.txt", "byte", "corpus.invalid_utf8=replace"]),
    "cut.txt.gz": (b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03cut", ["cut.txt.gz"]),
}


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_that_cannot_be_used(place, tmp_path, name):
    content, expected = TEXTS[name]
    (tmp_path / name).write_bytes(content)
    wrong(train(place, tmp_path / "run", f"corpus.path={tmp_path / name}"), *expected)
    left = {path.name for path in (tmp_path / "run").rglob("*") if path.is_file()}
    assert left == {"config.yaml", "overrides.yaml"}  # the record of the settings


def test_a_missing_text_and_a_folder_without_one(place, tmp_path):
    (tmp_path / "folder").mkdir()
    wrong(train(place, tmp_path / "run", f"corpus.path={tmp_path / 'none.txt'}"), "none.txt")
    wrong(train(place, tmp_path / "run", f"corpus.path={tmp_path / 'folder'}"), "folder")
    wrong(command(place, "corpus=file"), "corpus.path")


def test_invalid_utf8_can_be_replaced(place, tmp_path):
    (tmp_path / "latin.txt").write_bytes("naïve café\n".encode("latin-1") * 9)
    done = train(place, tmp_path / "run", f"corpus.path={tmp_path / 'latin.txt'}", "corpus.invalid_utf8=replace")
    assert done.returncode == 0, done.stderr


def test_a_vocabulary_with_a_space_in_a_word(place, tmp_path):
    (tmp_path / "vocabulary.txt").write_text("w1 5\nnew york 4\n")
    wrong(train(place, tmp_path / "run", f"vocab.path={tmp_path / 'vocabulary.txt'}"), "vocabulary.txt", "line 2")


def test_a_vocabulary_that_is_given(place, tmp_path):
    (tmp_path / "vocabulary.txt").write_text("w3 50\nw1 40\nw2 5\n")
    done = train(place, tmp_path / "run", f"vocab.path={tmp_path / 'vocabulary.txt'}")
    assert done.returncode == 0, done.stderr
    assert formats.load(tmp_path / "run" / "vectors.bin").words == ["w3", "w1", "w2"]


def test_a_broken_test_set_is_found_before_training(place, tmp_path):
    (tmp_path / "pairs.tsv").write_text("w0\tw1\t9\nw2\tw3\n")
    done = train(place, tmp_path / "run", f"eval.similarity=[{tmp_path / 'pairs.tsv'}]")
    wrong(done, "pairs.tsv", "line 2")
    (tmp_path / "questions.txt").write_text(": a\nw0 w1 w2 w3\nw0 w1 w2\n")
    done = train(place, tmp_path / "run", f"eval.analogies=[{tmp_path / 'questions.txt'}]")
    wrong(done, "questions.txt", "line 3")
    assert not (tmp_path / "run" / "metrics.jsonl").exists()


def test_a_folder_that_holds_a_result_is_left_as_it_is(place, trained):
    folder, _ = trained
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    wrong(train(place, folder, "seed=9"), str(folder), "result")
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_a_folder_that_cannot_be_used(place, tmp_path):
    (tmp_path / "file").write_text("")
    wrong(train(place, tmp_path / "file" / "run"), "file", "hydra.run.dir")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "vectors.bin").write_text("somebody's")
    wrong(train(place, tmp_path / "other"), "other", "vectors.bin", "hydra.run.dir")
    assert (tmp_path / "other" / "vectors.bin").read_text() == "somebody's"


def test_too_few_words_for_a_picture_are_no_reason_to_lose_a_result(place, tmp_path):
    done = train(place, tmp_path / "run", "vocab.max_size=3", "figures=true", "eval.neighbours=[w0,nowhere]")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "run" / "result.json").exists()
    assert "no projection" in done.stdout
    assert "nowhere: not among the words" in done.stdout


def test_a_job_that_fails_says_so_and_the_others_go_on(place, tmp_path):
    done = train(place, "unused", f"hydra.sweep.dir={tmp_path}", "train.epochs=0,1,-1", "-m")
    assert done.returncode == 2
    assert "job 1 of 3, train.epochs=0, failed: train.epochs=0: use 1 or more" in done.stderr
    assert "job 3 of 3, train.epochs=-1, failed: train.epochs=-1: use 1 or more" in done.stderr
    assert "2 jobs failed" in done.stderr.splitlines()[-1]
    assert [path.parent.name for path in tmp_path.glob("*/result.json")] == ["train.epochs=1"]


@pytest.mark.parametrize(("rate", "rows"), [("1000", "the longest are"), ("1e+06", "hold NaN or infinity")])
def test_divergence_ends_the_run_and_keeps_the_last_good_tables(place, tmp_path, rate, rows):
    loud = ["optimizer=sgd", f"optimizer.rate={rate}", "train.step_tokens=512", "train.chunk_tokens=8192"]
    done = train(place, tmp_path / "run", *loud, "train.epochs=20", "train.segment=8192")
    wrong(done, "diverged in epoch 1, after 0%", rows, f"lower optimizer.rate={rate} or train.step_tokens=512")
    assert re.search(r"input vectors: [^;]*\bw\d+, w\d+, w\d+", done.stderr)  # the words whose rows they are
    assert not (tmp_path / "run" / "result.json").exists()
    assert not (tmp_path / "run" / "vectors.bin").exists()
    kept = sorted((tmp_path / "run").glob("diverged*.npz"))
    assert len(kept) == (2 if rate == "1000" else 0)
    for name in kept:
        assert np.isfinite(formats.load(tmp_path / "run" / name).vectors_VD).all()


def test_the_record_of_the_settings_starts_the_same_run(place, trained, tmp_path):
    folder, _ = trained
    done = command(place, "--config-path", f"{folder.name}/.hydra", f"hydra.run.dir={tmp_path / 'run'}", cwd=place)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "run" / "vectors.bin").read_bytes() == (folder / "vectors.bin").read_bytes()
