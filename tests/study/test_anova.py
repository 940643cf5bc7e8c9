import itertools

import numpy as np
import pytest
import scipy.stats

from jaxw2v.study import anova


def grid(rng, seeds=3):
    cells = list(itertools.product((2, 5, 15), (1, 3), (0.0, 0.75, 1.0, 2.0), range(seeds)))
    k, window, exponent, seed = (list(column) for column in zip(*cells))
    return {"k": k, "window": window, "exponent": exponent}, seed, rng.normal(size=len(cells))


def between(scores, *columns):
    """Sum of squares between the groups that the columns make."""
    keys = list(zip(*columns))
    means = {key: np.mean([s for s, k in zip(scores, keys) if k == key]) for key in set(keys)}
    return sum((means[key] - np.mean(scores)) ** 2 for key in keys)


def test_effects_of_a_full_grid_are_sums_of_squares_between_means():
    levels, seeds, noise = grid(np.random.default_rng(3))
    scores = noise + 0.4 * np.log(levels["k"]) + 0.8 * np.array(levels["window"]) * (np.array(levels["exponent"]) == 0)
    found = {term.settings: term for term in anova.effects(scores, levels, seeds)}
    main = {name: between(scores, column) for name, column in levels.items()} | {"seed": between(scores, seeds)}
    df = {"k": 2, "window": 1, "exponent": 3, "seed": 2}
    for name, squares in main.items():
        assert found[(name,)].squares == pytest.approx(squares)
        assert found[(name,)].df == df[name]
    for one, other in itertools.combinations(levels, 2):
        expected = between(scores, levels[one], levels[other]) - main[one] - main[other]
        assert found[(one, other)].squares == pytest.approx(expected)
        assert found[(one, other)].df == df[one] * df[other]
    assert found[("k", "window", "exponent")].df == 6
    residual = found[()]
    assert residual.df == 72 - 1 - 23 - 2
    assert sum(term.eta_squared for term in found.values()) == pytest.approx(1)
    f = found[("k",)].squares / 2 / (residual.squares / residual.df)
    assert found[("k",)].f == pytest.approx(f)
    assert found[("k",)].p == pytest.approx(scipy.stats.f.sf(f, 2, residual.df))


def test_seeds_that_differ_are_no_block():
    scores = np.random.default_rng(0).normal(size=9)
    found = anova.effects(scores, {"k": [1, 1, 1, 2, 2, 2, 3, 3, 3]}, list(range(9)))
    assert [term.settings for term in found] == [("k",), ()]
    reference = scipy.stats.f_oneway(scores[:3], scores[3:6], scores[6:])
    assert (found[0].f, found[0].p) == pytest.approx((reference.statistic, reference.pvalue))


def test_one_seed_gives_eta_squared_but_no_test():
    levels, seeds, scores = grid(np.random.default_rng(3), seeds=1)
    found = anova.effects(scores, levels, seeds)
    assert all(term.p is None and term.f is None for term in found)
    assert [term.settings for term in found][-2:] == [("window", "exponent"), ()]
    assert anova.effects([1.0, 2.0], {"k": [1, 2]}, [1, 1]) == []


def test_runs_that_agree_but_for_rounding_give_no_test():
    k, seeds = [1, 1, 1, 2, 2, 2, 3, 3, 3], [1, 2, 3] * 3
    scores = [0.1 * each + 0.7 + 1e-17 * seed for each, seed in zip(k, seeds)]  # as of vectors without chance
    found = anova.effects(scores, {"k": k}, seeds)
    assert all(term.f is None and term.p is None for term in found)
    assert found[0].eta_squared == pytest.approx(1)
