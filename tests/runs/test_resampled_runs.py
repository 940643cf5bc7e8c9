"""Runs on a bootstrapped text: they are the runs on a file with the lines that were drawn."""

import json

import pytest

from jaxw2v.launch.population import groups
from jaxw2v.text import resample
from tests.command_line import COUNTED, SMALL, command, train, wrong
from tests.configs import compose


@pytest.fixture(scope="module")
def drawn(place, tmp_path_factory):
    """The lines that a seed draws, in pairs, as a file; and the vocabulary of the whole text."""
    folder = tmp_path_factory.mktemp("drawn")
    lines = (place / "text.txt").read_text().splitlines()
    blocks = [lines[at : at + 2] for at in range(0, len(lines), 2)]
    chosen = [line for block in resample.draws(5, len(blocks)) for line in blocks[block]]
    (folder / "text.txt").write_text("\n".join(chosen) + "\n")
    return folder


@pytest.mark.parametrize(("words", "small"), [([], SMALL), (["baseline=svd"], COUNTED)], ids=["trained", "counted"])
def test_a_resampled_run_is_the_run_on_these_lines(place, drawn, tmp_path, words, small):
    draws = ["corpus.resample.seed=5", "corpus.resample.sentences=2"]
    done = train(place, tmp_path / "resampled", *words, *draws, small=small)
    assert done.returncode == 0, done.stderr
    vocabulary = tmp_path / "resampled" / "vocabulary.txt"
    rest = [word for word in small if not word.startswith("vocab.")]
    here = ["corpus=file", f"corpus.path={drawn / 'text.txt'}", f"vocab.path={vocabulary}", *rest, *words]
    assert command(place, *here, f"hydra.run.dir={tmp_path / 'lines'}").returncode == 0
    assert train(place, tmp_path / "whole", *words, small=small).returncode == 0
    resampled, lines, whole = (
        (tmp_path / name / "vectors.bin").read_bytes() for name in ("resampled", "lines", "whole")
    )
    assert resampled == lines
    assert resampled != whole
    result, record = (json.loads((tmp_path / name / "result.json").read_text()) for name in ("resampled", "whole"))
    assert result["corpus.sha256"] == record["corpus.sha256"]
    assert result["corpus.resample.seed"] == 5


def test_another_text_is_not_trained_in_the_same_company():
    configs = [compose(f"corpus.resample.seed={text}", f"seed={seed}") for seed, text in enumerate(("null", 1, 1, 2))]
    assert sorted(map(sorted, groups(configs, 8, True))) == [[0], [1, 2], [3]]


def test_mistakes(place, tmp_path):
    wrong(train(place, tmp_path, "corpus.resample.sentences=2"), "corpus.resample.sentences=2: not used with")
    wrong(train(place, tmp_path, "corpus.resample.seed=-1"), "corpus.resample.seed=-1: use 0 or more")
    wrong(train(place, tmp_path, "corpus.resample.seed=1", "corpus.resample.sentences=100000"), "one block")
    assert not list(tmp_path.rglob("metrics.jsonl"))
