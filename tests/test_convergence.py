"""The run beside the exact objective of its own settings, on a text of few words; and the command's file."""

import csv

import numpy as np
import pytest

from experiments import convergence as command
from experiments import trial
from jaxw2v import convergence
from jaxw2v.theory import objective

TEXT = "the cat sat on the mat\nthe dog sat on the rug\na cat and a dog ran\n" * 200
SMALL = ("vocab.min_count=1", "train.segment=4000", "windows.window=2", "negatives.k=2", "model.dim=9")
FAST = ("train.step_tokens=64", "train.epochs=20", "optimizer.rate=0.1", "model.init_range=8", "model.output_range=8")


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    folder = tmp_path_factory.mktemp("small")
    (folder / "text.txt").write_text(TEXT)
    place = (f"cache={folder}", "corpus=file", f"corpus.path={folder / 'text.txt'}", "subsample.threshold=0")
    config = trial.compose(*place, *SMALL, *FAST)
    corpus = trial.corpus(config)
    return config, corpus, convergence.target(config, corpus), place


def test_the_target_by_a_loop_over_the_text(case):
    _, corpus, target, _ = case
    index = {word: i for i, word in enumerate(corpus.vocabulary.words)}
    count_VV = np.zeros((10, 10))
    for line in TEXT.splitlines():
        ids = [index[word] for word in line.split()]
        for i, w in enumerate(ids):
            for j, c in enumerate(ids):
                if i != j and abs(i - j) <= 2:
                    count_VV[w, c] += 1 if abs(i - j) == 1 else 0.5  # the window is 1 or 2
    np.testing.assert_allclose(target.positive_VV, count_VV, rtol=1e-9)
    noise_V = corpus.vocabulary.count_V**0.75 / (corpus.vocabulary.count_V**0.75).sum()
    w, c = index["cat"], index["sat"]
    assert target.optimum_VV[w, c] == pytest.approx(np.log(count_VV[w, c] / (count_VV[w].sum() * 2 * noise_V[c])))
    assert target.least == objective.least_loss(target.positive_VV, target.negative_VV)


def test_training_comes_to_the_optimum_and_so_does_the_exact_objective(case):
    config, corpus, target, _ = case
    first, last = convergence.training(config, corpus, target, [1, 20])
    assert (first.epoch, last.epoch, last.dim) == (1, 20, 9)
    assert first.agreement.correlation < 0.97 < 0.98 < last.agreement.correlation
    assert first.loss > last.loss > target.least
    assert sum(each.pairs for each in last.by_count) == last.agreement.pairs == (target.positive_VV > 0).sum()
    exact = convergence.minimum(target, 9, 300, seed=1)
    assert exact.agreement.correlation > 0.999
    assert target.least * (1 - 1e-6) < exact.loss < last.loss  # float32
    few = convergence.minimum(target, 2, 300, seed=1)
    assert few.agreement.correlation < exact.agreement.correlation
    other = convergence.target(trial.compose(*case[3], *SMALL, "negatives.exponent=-1"), corpus)
    wrong = convergence.training(config, corpus, other, [20])[0]
    assert wrong.agreement.correlation < last.agreement.correlation - 0.02  # the noise it was trained with is not this


def test_the_decomposition_is_the_nearest_of_its_rank(case):
    target = case[2]
    matrix = np.where(target.positive_VV > 0, target.optimum_VV, 0)
    left, value, right = np.linalg.svd(matrix)
    nearest = (left[:, :4] * value[:4]) @ right[:4]
    found = convergence.decomposition(target, 4)
    there = target.positive_VV > 0
    assert found.agreement.error == pytest.approx(np.sqrt(np.square(nearest - matrix)[there].mean()), rel=1e-6)
    assert found.epoch is None


def test_the_command_writes_a_row_for_each_class(case, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(command, "RECIPE", "experiment=null")
    monkeypatch.setattr(command, "DIMENSIONS", (2, 4))
    assert command.main(["dimensions", "--out", str(tmp_path / "new"), *case[3], *SMALL]) == 0
    rows = list(csv.DictReader((tmp_path / "new" / "dimensions.csv").open()))
    whole = [row for row in rows if (row["low"], row["high"]) == ("0", "inf")]
    assert [row["dim"] for row in whole] == ["2", "2", "4", "4"]
    assert len(rows) > len(whole)
    assert float(whole[2]["correlation"]) > float(whole[0]["correlation"])
    assert "4 dimensions" in capsys.readouterr().out
    assert command.main(["training", "--out", str(tmp_path), *case[3], *SMALL, "model.dim=x"]) == 2


def test_moments():
    assert command.moments(1) == [1]
    assert command.moments(2) == [1, 2]
    assert command.moments(10) == [1, 2, 3, 5, 8, 10]
