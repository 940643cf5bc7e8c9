"""What the table of uses says to be unread has no effect on the vectors, and what it says to be read has one."""

import pytest

from jaxw2v.launch import given
from jaxw2v.runs import run
from jaxw2v.settings import uses
from tests.command_line import COUNTED, SMALL, without
from tests.configs import compose

UNREAD = [  # the choices, and a value of a setting that they leave unread
    (["windows.window=1"], "windows.dynamic=false"),
    (["subsample.threshold=0"], "subsample.formula=paper"),
    (["negatives.k=0"], "negatives.exponent=-1"),
    (["negatives.k=0"], "negatives.shared_samples=7"),
    (["optimizer.accumulator_power=0"], "optimizer.initial_accumulator=3"),
    (["model.tied=true"], "model.output_range=50"),
    (["model.objective=hierarchical_softmax"], "negatives.k=2"),
    (["model.objective=softmax"], "negatives.shared_by=pair"),
    (["model.architecture=cbow"], "model.input=context"),
    (["optimizer.schedule=constant"], "optimizer.final_fraction=0.5"),
    (["baseline=svd", "subsample.threshold=0"], "baseline.tolerance=0.1"),
    (["baseline=svd"], "seed=5"),
    (["baseline=ppmi"], "model.dim=3"),
]
READ = [
    (["windows.window=2"], "windows.dynamic=false"),
    (["subsample.threshold=0.05"], "subsample.formula=paper"),
    (["optimizer.accumulator_power=0.5"], "optimizer.initial_accumulator=3"),
    (["model.architecture=skipgram"], "model.input=context"),
    (["baseline=svd", "subsample.threshold=0.01", "windows.window=1"], "baseline.tolerance=0.1"),
    (["baseline=svd", "subsample.threshold=0.01"], "windows.removed=count"),
]


def digest(place, folder, *words) -> str:
    small = without(SMALL, "train.log_every") if not any("baseline" in word for word in words) else COUNTED
    config = compose(*small, f"cache={place / 'cache'}", f"corpus.path={place / 'text.txt'}", *words)
    folder.mkdir()
    (made,) = run.run([config], [folder], repository=folder, say=quiet, report=quiet, begun=lambda: None)
    assert not isinstance(made, Exception), made
    return made.result["vectors.sha256"]


def quiet(_) -> None:
    pass


def marked(cases):
    return [pytest.param(*case, marks=[] if case[0][0] == "baseline=svd" else [pytest.mark.slow]) for case in cases]


@pytest.mark.parametrize(("choices", "word"), marked(UNREAD))
def test_what_is_unread_has_no_effect(place, tmp_path, choices, word):
    (name,) = [each.name for each in given.settings_given([word])]
    assert uses.missing(name, given.values_of(compose(*choices))) is not None
    assert digest(place, tmp_path / "a", *choices) == digest(place, tmp_path / "b", *choices, word)


@pytest.mark.parametrize(("choices", "word"), marked(READ))
def test_what_is_read_has_one(place, tmp_path, choices, word):
    (name,) = [each.name for each in given.settings_given([word])]
    assert uses.missing(name, given.values_of(compose(*choices))) is None
    assert digest(place, tmp_path / "a", *choices) != digest(place, tmp_path / "b", *choices, word)
