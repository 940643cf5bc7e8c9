import itertools

import numpy as np
import pytest
import scipy.stats

from jaxw2v.study import statistics
from tests.study import coverage


def test_an_interval_known_by_hand():
    found = statistics.interval([1, 2, 3, 4, 5])
    assert found.mean == 3
    assert found.high - 3 == pytest.approx(2.776445 * np.sqrt(2.5 / 5), abs=1e-5)  # t table, 4 degrees of freedom
    reference = scipy.stats.ttest_1samp([1, 2, 3, 4, 5], 0).confidence_interval(0.9)
    assert statistics.interval([1, 2, 3, 4, 5], 0.9)[1:3] == pytest.approx(tuple(reference))


def test_fewer_than_two_values_have_no_interval():
    assert statistics.interval([0.5]) == (0.5, None, None, 1)
    assert statistics.interval([]) == (None, None, None, 0)
    assert statistics.interval([0.5, 0.5]) == (0.5, 0.5, 0.5, 2)


def planted(rng, by_questions, by_seeds, seeds, questions=60, difference=0.0):
    """Answers [2, seeds, questions] to shared questions, with `difference` and noise at each level between the two."""
    shared = rng.normal(size=questions)
    own = shared + by_questions * rng.normal(size=(2, 1, questions)) + by_seeds * rng.normal(size=(2, seeds, 1))
    return own + 0.3 * rng.normal(size=(2, seeds, questions)) + np.array([difference, 0])[:, None, None]


def compared(answers):
    """Every question for itself: no two share a word pair."""
    rows_GQ = answers[0] - answers[1]
    spread = coverage.independent(rows_GQ)
    return statistics.compare(answers[0].mean(1), answers[1].mean(1), spread)


@pytest.mark.parametrize(
    ("by_questions", "by_seeds", "seeds"), [(1.0, 0.0, 3), (0.0, 0.5, 3), (1.0, 0.2, 3), (0.5, 0.3, 8)]
)
def test_the_interval_covers_what_was_planted(by_questions, by_seeds, seeds):
    rng, trials, truth = np.random.default_rng(7), 300, 0.4
    found = [compared(planted(rng, by_questions, by_seeds, seeds, difference=truth)) for _ in range(trials)]
    covered = np.mean([each.low <= truth <= each.high for each in found])
    error = np.sqrt(0.95 * 0.05 / trials)
    assert covered > 0.95 - 3 * error
    rejected = np.mean([not each.low <= 0 <= each.high for each in found])
    assert rejected == np.mean([each.p < 0.05 for each in found])
    # not by being wide: at most as wide as 1.6 of Student's interval of the seeds plus the normal one of the questions
    spread = np.sqrt(2 * by_seeds**2 / seeds + 2 * (by_questions**2 + 0.09 / seeds) / 60)
    reach = scipy.stats.t.ppf(0.975, seeds - 1 if by_seeds > by_questions / 4 else 60) * spread
    assert np.mean([each.high - each.low for each in found]) < 1.6 * 2 * reach


def test_a_comparison_repeats_and_changes_sign():
    answers = planted(np.random.default_rng(1), 0.3, 0.1, 4, difference=0.5)
    one, again, turned = compared(answers), compared(answers), compared(answers[::-1])
    assert one == again
    assert turned.difference == -one.difference
    assert (turned.low, turned.high) == pytest.approx((-one.high, -one.low))
    differences = answers[0].mean(1) - answers[1].mean(1)
    dz = differences.mean() / differences.std(ddof=1)
    assert one.effect == pytest.approx(dz * (1 - 3 / (4 * 3 - 1)))


def test_two_seeds_have_no_effect_size():
    assert compared(planted(np.random.default_rng(1), 0.3, 0.1, 2, difference=0.5)).effect is None


def test_over_seeds_alone_it_is_the_paired_t_test():
    one, other = np.array([0.5, 0.6, 0.55, 0.7]), np.array([0.45, 0.5, 0.56, 0.6])
    found = statistics.compare(one, other)
    reference = scipy.stats.ttest_rel(one, other)
    assert found.p == pytest.approx(reference.pvalue)
    assert (found.low, found.high) == pytest.approx(tuple(reference.confidence_interval(0.95)))


def test_one_seed_or_no_difference():
    one, other = np.array([0.5]), np.array([0.25])
    assert statistics.compare(one, other) == (0.25, None, None, None, None, None, 1)
    same = np.array([0.5, 0.6])
    assert statistics.compare(same, same) == (0, 0, 0, 1.0, None, None, 2)


def test_what_seeds_and_questions_share_is_counted_once():
    """Where all differences are noise of a seed on a question, each of the two variances is that of the mean."""
    rows_GQ = np.random.default_rng(3).normal(size=(4, 3000))
    found = statistics.compare(rows_GQ.mean(1), np.zeros(4), coverage.independent(rows_GQ))
    reach = scipy.stats.norm.ppf(0.975) / np.sqrt(rows_GQ.size)
    assert (found.high - found.low) / 2 == pytest.approx(reach, rel=0.25)


def test_holm_on_published_p_values():
    """Benjamini and Hochberg 1995, section 3.2: of 15 comparisons those that control the familywise error reject three,
    as Bonferroni's and Hochberg's do there; the corrected values by Holm 1979, p times how many are left."""
    p_values = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528,
                0.7590, 1.0]  # fmt: skip
    found = statistics.holm(p_values)
    assert sum(p <= 0.05 for p in found) == 3
    assert found[:4] == pytest.approx([15 * 0.0001, 14 * 0.0004, 13 * 0.0019, 12 * 0.0095])
    assert found[9:] == [1.0] * 6


def test_holm_by_hand():
    assert statistics.holm([0.01, None, 0.04, 0.03]) == pytest.approx([0.03, None, 0.06, 0.06])
    assert statistics.holm([None]) == [None]
    assert statistics.holm([0.9, 0.8]) == [1, 1]


@pytest.mark.parametrize(("effect", "needed"), [(0.2, 199), (0.5, 34), (0.8, 15), (1.0, 10), (1e4, 2)])
def test_seeds_needed_as_tabulated(effect, needed):
    """Paired t-test, two-sided, alpha 0.05, power 0.8: G*Power's numbers."""
    assert statistics.seeds_needed(-effect * 0.3, 0.3, power=0.8, alpha=0.05, limit=1000) == needed


@pytest.mark.parametrize("effect", [0.9, 1.7, 4.4, 8.0, 40.0])
def test_seeds_needed_for_great_effects(effect):
    def power(n):
        edge = scipy.stats.t.ppf(0.975, n - 1)
        return scipy.stats.nct.sf(edge, n - 1, effect * np.sqrt(n))

    expected = next(n for n in itertools.count(2) if power(n) >= 0.8)
    assert statistics.seeds_needed(effect, 1, power=0.8, alpha=0.05, limit=1000) == expected


@pytest.mark.parametrize("n", [2, 3, 10, 34])
def test_what_could_be_seen_needs_so_many_seeds(n):
    """With the difference that n seeds find, n are needed, and with a little less one more."""
    values = np.random.default_rng(n).normal(size=n)
    found = statistics.detectable(statistics.interval(values))
    for size, needed in ((1.001 * found, n), (0.999 * found, n + 1)):
        assert statistics.seeds_needed(size, values.std(ddof=1), power=0.8, alpha=0.05, limit=99) == needed
    assert statistics.detectable(statistics.interval([1.0])) is None


def test_no_number_of_seeds_is_enough():
    assert statistics.seeds_needed(1e-3, 1, power=0.8, alpha=0.05, limit=1000) is None
    assert statistics.seeds_needed(0, 1, power=0.8, alpha=0.05, limit=1000) is None
    assert statistics.seeds_needed(1, 0, power=0.8, alpha=0.05, limit=1000) == 2
