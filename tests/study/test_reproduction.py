"""Effects of a paper beside ours: signs, intervals, order."""

import pytest

from jaxw2v.study.reproduction import Effect, line, tally
from jaxw2v.study.statistics import Interval

UP = Interval(0.2, 0.1, 0.3, 3)
UNSURE = Interval(0.1, -0.1, 0.3, 3)
DOWN = Interval(-0.2, -0.3, -0.1, 3)
SLOWER = Interval(2.0, 1.5, 2.5, 3)


@pytest.mark.parametrize(
    ("effect", "same", "shown"),
    [
        (Effect("a", 0.1, UP), True, True),
        (Effect("a", -0.1, UP), False, True),
        (Effect("a", 0.1, UNSURE), True, False),
        (Effect("a", 0.1, DOWN), False, True),
        (Effect("a", 0.0, UP), None, True),
        (Effect("a", 2.6, SLOWER, 1.0), True, True),
        (Effect("a", 0.4, SLOWER, 1.0), False, True),
        (Effect("a", 1.0, SLOWER, 1.0), None, True),
        (Effect("a", 0.1, Interval(0.2, None, None, 1)), True, False),
        (Effect("a", 0.1, Interval(None, None, None, 0)), None, False),
    ],
)
def test_signs_and_intervals(effect, same, shown):
    assert effect.same_sign is same
    assert effect.shown is shown


def test_effects_are_counted():
    effects = [Effect("", 0.3, UP), Effect("", 0.1, UNSURE), Effect("", 0.2, DOWN), Effect("", 0.0, UP)]
    found = tally(effects)
    assert found[:5] == (3, 2, 2, 1, 1)
    pairs = [(0.3, 0.2), (0.1, 0.1), (0.2, -0.2), (0.0, 0.2)]
    turns = [(a - c) * (b - d) for i, (a, b) in enumerate(pairs) for c, d in pairs[:i]]
    ties = sum(b == d for i, (_, b) in enumerate(pairs) for _, d in pairs[:i])
    wanted = (sum(t > 0 for t in turns) - sum(t < 0 for t in turns)) / (6 * (6 - ties)) ** 0.5  # tau-b
    assert found.order == pytest.approx(wanted)
    assert tally(effects[:1]).order is None


def test_a_line_says_it_all():
    assert line(Effect("HS minus NEG-5", -0.12, DOWN)).split() == [
        "HS", "minus", "NEG-5", "-0.120", "-0.200,", "-0.300", "to", "-0.100", "same", "sign", "*",
    ]  # fmt: skip
    assert "2.6   2.0, 1.5 to 2.5" in line(Effect("time", 2.6, SLOWER, 1.0), 1)
    assert line(Effect("a", 0.1, Interval(0.2, None, None, 1))).endswith("no interval                same sign")
