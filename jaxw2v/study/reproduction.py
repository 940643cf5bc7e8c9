"""Effects that a paper found beside the same effects here: signs, order and intervals, since texts and sizes differ."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import scipy.stats

from jaxw2v.study.statistics import Interval


class Effect(NamedTuple):
    """What one choice does compared with another, in a paper and here.

    Attributes:
      name: of the effect, for a table.
      paper: difference, or ratio, that the paper gives.
      found: the same here, with its interval.
      none: what no effect would be: 0 of a difference, 1 of a ratio.
    """

    name: str
    paper: float
    found: Interval
    none: float = 0.0

    @property
    def same_sign(self) -> bool | None:
        """Whether both go in the same direction; None: the paper has no effect, or here is none to compare."""
        if self.paper == self.none or self.found.mean is None:
            return None
        return (self.paper - self.none) * (self.found.mean - self.none) > 0

    @property
    def shown(self) -> bool:
        """Whether the effect found here differs from none beyond its interval."""
        return self.found.side(self.none) != 0


class Tally(NamedTuple):
    """Effects of a paper, counted.

    Attributes:
      effects: that the paper has, those that are none left out.
      same: those of the same sign here.
      shown: those that differ from none here, beyond their interval.
      shown_same: those that do so with the paper's sign.
      against: those that do so with the other sign.
      order: Kendall's tau of the paper's effects and ours, all of them, in [-1, 1]; None: fewer than two.
    """

    effects: int
    same: int
    shown: int
    shown_same: int
    against: int
    order: float | None


def tally(effects: Sequence[Effect]) -> Tally:
    """The counts of effects. Differences and ratios do not have one order: tally them apart."""
    real = [each for each in effects if each.same_sign is not None]
    there = [each for each in effects if each.found.mean is not None]
    order = None
    if len(there) > 1:
        order = scipy.stats.kendalltau([each.paper for each in there], [each.found.mean for each in there]).statistic
    return Tally(
        effects=len(real),
        same=sum(bool(each.same_sign) for each in real),
        shown=sum(each.shown for each in real),
        shown_same=sum(each.shown and bool(each.same_sign) for each in real),
        against=sum(each.shown and not each.same_sign for each in real),
        order=None if order is None or math.isnan(order) else float(order),  # NaN: all are equal
    )


def line(effect: Effect, digits: int = 3) -> str:
    """The effect in words: name, the paper's, ours with its interval, and whether the signs agree; * if it is shown."""
    found, sign = effect.found, "" if effect.none else "+"
    if found.mean is None or found.low is None or found.high is None:
        ours = "no interval"
    else:
        ours = f"{found.mean:{sign}.{digits}f}, {found.low:{sign}.{digits}f} to {found.high:{sign}.{digits}f}"
    verdict = {True: "same sign", False: "other sign", None: "none in the paper"}[effect.same_sign]
    return f"{effect.name:40} {effect.paper:{sign}.{digits}f}   {ours:26} {verdict}{' *' * effect.shown}"
