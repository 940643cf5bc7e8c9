"""The table of effects: against the comparisons of a report, where nothing is drawn, and that it is read as written."""

import numpy as np
import pytest

from jaxw2v.commands import export as script
from jaxw2v.launch import job
from jaxw2v.launch.kinds import setting_names
from jaxw2v.study import collection, comparisons, effects, reproduction
from jaxw2v.study.effects import Key


@pytest.fixture
def folder(plant_run, tmp_path):
    """Trained with k of 5 and 15, three seeds each; counted under the same presets, once."""
    for k in (5, 15):
        for seed in (1, 2, 3):
            plant_run(tmp_path / f"runs/sgns-{k}-{seed}", seed, negatives__k=k, experiment=f"k_{k}",
                      baseline__method="none")  # fmt: skip
        plant_run(tmp_path / f"runs/svd-{k}", 1, negatives__k=k, experiment=f"k_{k}", baseline__method="svd")
    return tmp_path / "runs"


def effects_of(folder, capsys):
    out = folder.parent / "effects.csv"
    assert script.main([str(folder), "--against", "k_5", "--out", str(out)]) == 0
    assert capsys.readouterr().out == f"{out}: 8 runs\n"
    return {(each.one, each.other, each.score): each for each in effects.read(out)}


def test_of_training_it_is_the_comparison_of_a_report(folder, capsys):
    found = effects_of(folder, capsys)
    runs = collection.read_runs([folder])
    (group,) = collection.group(runs, setting_names(), "refuse")
    choices = effects.CHOICES
    drawn = [c.values[group.varied.index("baseline.method")] == "none" for c in group.configurations]
    for score in ("pairs.spearman", "questions.3cosadd"):
        for pair in comparisons.comparisons(group, score, choices).pairs:
            if drawn[pair.one] and drawn[pair.other]:
                expected = pair.comparison
        one = found[Key("none", "k_15"), Key("none", "k_5"), score]
        assert abs(one.difference) == pytest.approx(abs(expected.difference), abs=1e-6)
        assert one.high - one.low == pytest.approx(expected.high - expected.low, abs=2e-6)
        assert one.seeds == 3


def test_of_counts_the_interval_is_over_questions_alone(folder, capsys):
    found = effects_of(folder, capsys)
    one = found[Key("svd", "k_15"), Key("svd", "k_5"), "questions.3cosadd"]
    right_2Q = [np.load(folder / f"svd-{k}/predictions.npz")["questions.3cosadd"][5:].astype(float) for k in (15, 5)]
    assert one.difference == pytest.approx(right_2Q[0].mean() - right_2Q[1].mean(), abs=1e-6)
    assert one.low < one.difference < one.high
    assert one.seeds == 1
    spread = np.std(right_2Q[0] - right_2Q[1]) / np.sqrt(75)  # of single questions: word pairs make it no smaller
    assert one.high - one.low > 2 * 1.95 * spread * 0.9
    between = found[Key("none", "k_5"), Key("svd", "k_5"), "pairs.spearman"]
    assert between.seeds == 3
    assert between.low < between.difference < between.high


def test_the_sign_is_0_where_an_interval_has_0_in_it():
    def sign(*numbers):
        return effects.Difference(Key("none", "a"), Key("none", "b"), "s", *numbers, 3).sign

    assert [sign(0.1, 0.05, 0.15), sign(-0.1, -0.15, -0.05)] == [1, -1]
    assert sign(*np.array([0.1, 0.05, 0.15])) == 1
    assert [sign(0.1, -0.05, 0.25), sign(-0.1, -0.25, 0.05), sign(0.1, None, None), sign(0.1, 0.0, 0.2)] == [0] * 4


def differences():
    numbers = (0.3, 0.1, 0.5), (0.1, -0.1, 0.3), (-0.2, -0.3, -0.1), (-0.4, -0.6, -0.2)
    return [effects.Difference(Key("none", "a"), Key("none", "b"), "s", *each, 3) for each in numbers]


def test_beside_what_was_published_they_are_tallied_by_their_intervals():
    paper = [2.0, 1.0, 0.5, -3.0]
    found = reproduction.tally([reproduction.Effect("", of, each.interval) for of, each in zip(paper, differences())])
    assert found == (4, 3, 3, 2, 1, pytest.approx(1))


def test_the_evidence_for_a_recommendation():
    ours = differences()
    assert effects.weigh(ours, 1) == (1, 2, 1)
    assert effects.weigh(ours, -1) == (2, 1, 1)
    verdicts = {effects.weigh(ours[part], 1).verdict for part in (slice(0, 2), slice(2, 4), slice(1, 2), slice(0, 4))}
    assert verdicts == {"held", "not held", "open", "in part"}


def test_mistakes(folder, plant_run, capsys):
    out = ["--out", str(folder.parent / "effects.csv")]
    assert script.main([str(folder), "--against", "k_6", *out]) == 2
    assert "--against k_6: no run of this preset; there are k_15, k_5" in capsys.readouterr().err
    plant_run(folder / "other", 1, corpus__sha256="two", experiment="k_5", baseline__method="none")
    assert script.main([str(folder), "--against", "k_5", *out]) == 2
    assert "different corpus.sha256" in capsys.readouterr().err
    assert job.preset(folder / "other") == "k_5"
