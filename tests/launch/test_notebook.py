"""What a notebook trains is what the command trains."""

import numpy as np
import pytest

from jaxw2v.errors import InputError
from jaxw2v.launch import notebook

TEXT = "the cat sat on the mat\nthe dog sat on the rug\na cat and a dog ran\n" * 40
SMALL = ("corpus=file", "model.dim=8", "train.epochs=2", "vocab.min_count=1", "train.segment_tokens=2000")


@pytest.fixture
def text(tmp_path, monkeypatch):
    monkeypatch.setenv("JAXW2V_CACHE", str(tmp_path / "cache"))
    path = tmp_path / "text.txt"
    path.write_text(TEXT)
    return f"corpus.path={path}"


def test_a_trial_hands_over_both_tables_what_was_reported_and_the_result(text, capfd):
    made = notebook.train(*SMALL, text)
    assert made.input.words[0] == "the"
    assert made.input.vectors_VD.shape == made.context.vectors_VD.shape == (10, 8)
    assert made.input.vectors_VD.any()
    assert made.context.vectors_VD.any()
    assert made.metrics[-1]["epoch"] == 2
    assert made.result["loss"] == pytest.approx(made.metrics[-1]["loss"])
    assert made.result["replicas"] == 1
    again = notebook.train(*SMALL, text)
    np.testing.assert_array_equal(again.input.vectors_VD, made.input.vectors_VD)
    assert not any(capfd.readouterr())


@pytest.mark.parametrize("model", ["model.tied=true", "model.objective=hierarchical_softmax"])
def test_a_model_of_one_table_of_words_has_no_context(text, model):
    assert notebook.train(*SMALL, text, model).context is None


def test_a_trial_of_counting_has_tables_and_no_reports(text):
    made = notebook.train(*SMALL, text, "baseline=svd", "model.dim=3")
    assert made.context.vectors_VD.shape == (10, 3)
    assert made.metrics == []


def test_its_corpus_and_its_settings(text):
    config = notebook.compose(*SMALL, text, "negatives.k=3")
    assert config.negatives.k == 3
    assert notebook.corpus(config).raw_words == len(TEXT.split())
    with pytest.raises(InputError, match=r"negatives\.k"):
        notebook.compose("negatives.k=-1")


def test_a_sweep_is_the_runs_of_its_jobs(text):
    group = notebook.sweep(*SMALL, text, "negatives.exponent=0,0.75", "negatives.k=2,5", "seed=1,2")
    assert group.varied == ["negatives.k", "negatives.exponent"]
    assert [setting.values for setting in group.configurations] == [(2, 0), (2, 0.75), (5, 0), (5, 0.75)]
    assert [[run.result["seed"] for run in setting.runs] for setting in group.configurations] == [[1, 2]] * 4
    alone = notebook.train(*SMALL, text, "negatives.exponent=0", "negatives.k=5", "seed=2")
    assert group.configurations[2].runs[1].result["loss"] == pytest.approx(alone.result["loss"], rel=1e-4)
    losses = {run.result["loss"] for setting in group.configurations for run in setting.runs}
    assert len(losses) == 8


def test_a_sweep_of_what_cannot_be_trained_side_by_side_is_refused(text):
    with pytest.raises(InputError, match=r"negatives\.k: .*sweep over them apart"):
        notebook.sweep(*SMALL, text, "negatives.shared_by=pair", "negatives.k=2,5")
