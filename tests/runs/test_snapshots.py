"""Snapshots are the tables of the run itself, taken on the way."""

import numpy as np
import pytest

from jaxw2v.errors import InputError
from jaxw2v.launch import python
from jaxw2v.runs import snapshots

TEXT = "the cat sat on the mat\nthe dog sat on the rug\na cat and a dog ran\n" * 40


@pytest.fixture
def settings(tmp_path, monkeypatch):
    monkeypatch.setenv("JAXW2V_CACHE", str(tmp_path / "cache"))
    (tmp_path / "text.txt").write_text(TEXT)
    place = f"corpus.path={tmp_path / 'text.txt'}"
    return [
        "corpus=file", place, "model.dim=8", "train.epochs=4", "vocab.min_count=1", "train.segment_tokens=200"
    ]  # fmt: skip


def test_the_last_is_what_the_run_leaves_and_the_others_are_on_the_way(settings):
    config = python.compose(*settings, "train.replicas=1")
    found = snapshots.take(config, python.read_corpus(config), [1, 3, 4])
    made = python.train(*settings, "train.replicas=1")
    assert sorted(found) == [1, 3, 4]
    np.testing.assert_array_equal(found[4].input_VD, made.vectors.matrix)
    np.testing.assert_array_equal(found[4].output_VD, made.outputs.matrix)
    sizes = [float(np.abs(found[epoch].output_VD).sum()) for epoch in (1, 3, 4)]
    assert 0 < sizes[0] < sizes[1] < sizes[2]


def test_what_training_cannot_do_is_said(settings, monkeypatch):
    config = python.compose(*settings, "train.replicas=1")
    train = snapshots.session.train
    failed = {0: InputError("training diverged")}
    monkeypatch.setattr(snapshots.session, "train", lambda *given: train(*given)._replace(failed=failed))
    with pytest.raises(InputError, match="training diverged"):
        snapshots.take(config, python.read_corpus(config), [1])
