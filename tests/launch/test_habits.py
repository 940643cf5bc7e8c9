"""The presets of sweep=habits and sweep=habits_order: one habit each."""

import pytest
import yaml

from jaxw2v.files.results import flatten
from tests.command_line import REPOSITORY, command

FOLDER = REPOSITORY / "conf/experiment/habits"
ORDER = {path.stem for path in FOLDER.glob("order_*.yaml")}
HABITS = {path.stem for path in FOLDER.glob("*.yaml")} - ORDER
ENDS = {"word2vec_c", "paper", "gensim"}
CHANGED = {  # by each preset, of semantics=word2vec_c
    "equal_keep": {"negatives.equal": "keep"},
    "equal_redraw": {"negatives.equal": "redraw"},
    "beyond_exact": {"model.beyond": "exact"},
    "beyond_skip": {"model.beyond": "skip"},
    "sigmoid_exact": {"model.sigmoid": "exact"},
    "init_uniform": {"model.init": "uniform"},
    "init_range_1": {"model.init_range": 1},
    "input_center": {"model.input": "center"},
    "clock_each_step": {"optimizer.refresh": 0},
    "whole_sentences": {"subsample.max_sentence": None},
    "no_sentence_end": {"vocab.sentence_end": False, "negatives.sentence_end": "noise"},
    "subsample_paper": {"subsample.formula": "paper"},
    "noise_exact": {"negatives.sampler": "exact"},
    "step_256": {"train.step_tokens": 256},
    "order_1": {"model.init": "uniform", "train.order": "sequential", "train.generator": "philox"},
    "order_1_generator": {"model.init": "uniform", "train.order": "sequential"},
    "order_64": {"model.init": "uniform"},
    "order_256": {"model.init": "uniform", "train.step_tokens": 256},
}


@pytest.fixture
def settings(place):
    def of(*words):
        done = command(place, *words, "corpus=file", "--cfg", "job")
        assert done.returncode == 0, done.stderr
        return flatten(yaml.safe_load(done.stdout))

    return of


def test_every_preset_changes_one_habit(settings):
    base = settings("semantics=word2vec_c")
    assert CHANGED.keys() == (HABITS | ORDER) - ENDS
    for preset, changed in CHANGED.items():
        found = settings(f"experiment=habits/{preset}")
        different = {key: value for key, value in found.items() if value != base.get(key)}
        assert found.keys() == base.keys()
        assert different == changed, preset


@pytest.mark.parametrize("end", sorted(ENDS))
def test_ends_of_the_walk_are_bundles(settings, end):
    assert settings(f"experiment=habits/{end}") == settings(f"semantics={end}")


@pytest.mark.parametrize(("sweep", "presets"), [("habits", HABITS), ("habits_order", ORDER)])
def test_sweeps_have_every_preset(sweep, presets):
    params = yaml.safe_load((REPOSITORY / f"conf/sweep/{sweep}.yaml").read_text())["hydra"]["sweeper"]["params"]
    assert sorted(params["experiment"].split(",")) == sorted(f"habits/{name}" for name in presets)
