"""Phrases and factorization from the command line: what they leave, and what a mistake gets."""

import json
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse

from jaxw2v.errors import InputError
from jaxw2v.settings.baseline import BaselineSettings
from jaxw2v.settings.phrases import PhraseSettings
from jaxw2v.text import vocabulary
from jaxw2v.vectors import formats
from tests.command_line import COUNTED, SMALL, command, process, without, wrong

SMALLER = [*SMALL, "model.dim=4", "train.epochs=1", "eval.neighbors=[x0]"]
COUNTING = [*COUNTED, "model.dim=4", "eval.neighbors=[x0]"]


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    """A folder with a text in which `new york` and `hong kong` are phrases and x2i stands with x2i+1."""
    folder, rng = tmp_path_factory.mktemp("texts"), np.random.default_rng(0)
    lines = []
    for _ in range(500):
        pairs = rng.integers(0, 10, 5)
        words = [f"x{2 * p} x{2 * p + 1 - rng.integers(2)}" for p in pairs]
        lines.append(" ".join([*words, str(rng.choice(["new york", "hong kong", "new", "kong"]))]))
    (folder / "text.txt").write_text("\n".join(lines) + "\n")
    (folder / "pairs.tsv").write_text("x0\tx1\t9\nx2\tx3\t8\nx0\tx5\t1\nx2\tx9\t0.5\nx0\tunknown\t3\n")
    (folder / "questions.txt").write_text(": pairs\nx0 x1 x2 x3\nx4 x5 x6 x7\nx4 x5 x6 unknown\n")
    (folder / "titles.txt").write_text("New York\nParis\n")
    return folder


def script(place, module, *words, start=command):
    return start(place, "corpus=file", f"corpus.path={place / 'text.txt'}", *words, module=module)


def test_phrases_writes_the_text_and_its_table(place):
    folder = place / "phrases"
    words = ["phrases=word2phrase", "phrases.thresholds=[6]", f"hydra.run.dir={folder}"]
    done = script(place, "phrases", *words, start=process)
    assert done.returncode == 0, done.stderr
    before, after = ((place / "text.txt").read_text(), (folder / "text.txt").read_text())
    assert after.replace("_", " ") == before
    assert "new_york" in after
    assert "new york" not in after
    rows = [line.split("\t") for line in (folder / "phrases.tsv").read_text().splitlines()]
    assert rows[0] == ["phrase", "count", "score", "pass"]
    assert {"new_york", "hong_kong"} <= {row[0] for row in rows[1:]}
    assert "hong_kong" in done.stdout
    assert f"{len(before.split()):,} words became {len(after.split()):,}" in done.stdout
    again = script(place, "phrases", "phrases=word2phrase", f"hydra.run.dir={folder}")
    assert again.returncode == 2
    assert "exists already" in again.stderr


def test_a_run_with_a_list_of_phrases(place):
    folder = place / "listed"
    words = ["phrases=list", f"phrases.path={place / 'titles.txt'}", f"hydra.run.dir={folder}"]
    done = script(place, "train", *SMALLER, *words)
    assert done.returncode == 0, done.stderr
    assert "new_york" in vocabulary.load(folder / "vocabulary.txt").words
    result = json.loads((folder / "result.json").read_text())
    assert result["corpus.record.phrases.phrases"] == 1
    assert result["corpus.raw_words"] == result["corpus.record.phrases.words"]
    assert result["corpus.record.phrases.unjoined_words"] > result["corpus.raw_words"]
    assert result["corpus.sha256"] == result["corpus.record.phrases.sha256"]


@pytest.mark.parametrize("method", ["svd", "ppmi"])
def test_a_factorization_leaves_what_a_run_leaves(place, method):
    folder = place / method
    test_sets = [f"eval.similarity=[{place / 'pairs.tsv'}]", f"eval.analogies=[{place / 'questions.txt'}]"]
    methods = "eval.methods=[3cosadd,3cosmul]"
    words = COUNTING if method == "svd" else without(COUNTING, "model.dim")
    done = script(place, "train", *words, *test_sets, methods, f"baseline={method}", f"hydra.run.dir={folder}")
    assert done.returncode == 0, done.stderr
    result = json.loads((folder / "result.json").read_text())
    assert result["scores.pairs.spearman.answered"] == 4
    assert result["scores.pairs.spearman"] > 0.5
    assert result["scores.questions.3cosmul.answered"] == 2
    assert result["counts.pairs"] > 0
    assert result["counts.missed"] == 0
    assert "\n  x0: x1 " in done.stdout
    words = vocabulary.load(folder / "vocabulary.txt").words
    if method == "svd":
        table = formats.load(folder / "vectors.bin")
        assert table.words == words
        assert table.vectors_VD.shape[1] == 4
    else:
        rows = scipy.sparse.load_npz(folder / "vectors.sparse.npz")
        assert rows.shape == (len(words), len(words))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["phrases=word2phrase", "phrases.thresholds=[1e9]"], "joins nothing: the highest score is"),
        (["negatives=npmi"], "negatives=npmi: this is a section; set its parts, negatives.PART=VALUE"),
        (["baseline=svd", "baseline.memory=1e-6"], "baseline.memory=1e-06: the counts would take about"),
    ],
    ids=lambda value: None if isinstance(value, str) else value[-1],
)
def test_a_mistake_gets_one_line(place, words, message):
    small = COUNTING if "baseline=svd" in words else SMALLER
    done = script(place, "train", *small, *words, f"hydra.run.dir={place / 'mistake'}")
    wrong(done, message)


PHRASES = {
    "method": "word2phrase", "thresholds": [100.0], "min_count": 5, "across_sentences": True, "connectors": [],
    "joiner": "_", "max_pairs": 10**6, "path": None, "normalize": None,
}  # fmt: skip
BASELINE = {
    "method": "svd", "shift": 1.0, "contexts": "counted", "context_smoothing": 0.75, "eigenvalue_power": 0.5,
    "tolerance": 1e-6, "memory": 8.0,
}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"thresholds": [-1.0]}, "thresholds=-1.0: joins everything"),
        ({"thresholds": []}, "give one for each pass"),
        ({"thresholds": [float("nan")]}, "use finite numbers"),
        ({"method": "npmi", "thresholds": [1.0]}, "joins nothing, npmi is 1 at most"),
        ({"method": "npmi", "thresholds": [0.5, -1.0]}, "joins everything, npmi is -1 at least"),
        ({"method": "list"}, "name the list: phrases.path=FILE"),
        ({"method": "gensim"}, "choose one of none, word2phrase, npmi, list"),
        ({"joiner": " "}, "joiner=' ': use one or more characters that are not white space"),
        ({"joiner": ""}, "joiner='': use one or more"),
        ({"connectors": ["of the"]}, "name single words"),
        ({"min_count": 0}, "min_count=0"),
        ({"max_pairs": 1}, "max_pairs=1"),
    ],
)
def test_ranges_of_phrases(changes, message):
    PhraseSettings(**PHRASES)
    with pytest.raises(InputError) as caught:
        PhraseSettings(**PHRASES | changes)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    "changes",
    [{"method": "glove"}, {"shift": 0.0}, {"contexts": "words"}, {"context_smoothing": float("inf")},
     {"eigenvalue_power": -1.0},
     {"tolerance": 0.5}, {"memory": 0.0}],
)  # fmt: skip
def test_ranges_of_a_factorization(changes):
    BaselineSettings(**BASELINE)
    with pytest.raises(InputError, match=rf"baseline\.{next(iter(changes))}="):
        BaselineSettings(**BASELINE | changes)
