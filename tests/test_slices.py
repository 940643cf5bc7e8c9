"""Slices of a sweep, from the file that its report leaves."""

import numpy as np
import pytest

from experiments import report
from jaxw2v.errors import InputError
from jaxw2v.study import slices

SCORE = "scores.pairs.spearman"
CENTRE = {"negatives.k": 5, "windows.window": 2}


def test_one_setting_at_a_time_on_the_same_seeds(study, tmp_path, capsys):
    assert report.main([str(study.folder), "--out", str(tmp_path), "--resamples", "100"]) == 0
    runs = slices.read(tmp_path / "report.csv")
    found = slices.along(runs, "negatives.k", CENTRE, SCORE)
    assert list(found) == [2, 5, 15]
    for k, score_G in found.items():
        ours = [run for run in runs if (run["negatives.k"], run["windows.window"]) == (f"{k:g}", "2")]
        np.testing.assert_array_equal(score_G, [float(run[SCORE]) for run in sorted(ours, key=lambda run: run["seed"])])
    assert list(slices.along(runs, "windows.window", CENTRE, SCORE)) == [2, 5]
    with pytest.raises(InputError, match="not the same seeds"):
        slices.along(runs[:4], "negatives.k", CENTRE, SCORE)
    with pytest.raises(InputError, match="no runs"):
        slices.along(runs, "negatives.k", CENTRE | {"windows.window": 7}, SCORE)
