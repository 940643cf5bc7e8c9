"""The spread of a score over questions, against resampling written out and against a truth that is known."""

import numpy as np
import pytest
import scipy.stats

from jaxw2v.study import questions
from jaxw2v.study.questions import by_word_pairs, resample_questions, spearmans
from tests.study import coverage
from tests.study.coverage import Analogies, Similarities


def means(right_RQ):
    return lambda count_LQ: count_LQ @ right_RQ.T / count_LQ.sum(axis=1, keepdims=True)


def test_a_resampled_spearman_is_that_of_the_questions_written_out():
    rng = np.random.default_rng(0)
    cosine_RQ, human_Q = rng.integers(0, 9, (3, 23)) / 7.0, rng.integers(0, 5, 23).astype(float)
    count_LQ = rng.multinomial(23, np.full(23, 1 / 23), size=11)
    found_LR = spearmans(cosine_RQ, human_Q)(count_LQ)
    for count_Q, found_R in zip(count_LQ, found_LR):
        for cosine_Q, found in zip(cosine_RQ, found_R):
            expected = scipy.stats.spearmanr(np.repeat(cosine_Q, count_Q), np.repeat(human_Q, count_Q)).statistic
            assert found == pytest.approx(expected, abs=1e-12)


def test_a_resample_without_a_rank_is_nan():
    one_L1 = spearmans(np.array([[1.0, 2, 3]]), np.array([1.0, 2, 2]))(np.array([[0, 2, 1], [1, 1, 1]]))
    assert np.isnan(one_L1[0, 0])
    assert np.isfinite(one_L1[1, 0])


def test_resampled_accuracies_spread_as_the_binomial():
    right_RQ = (np.arange(400) < 120)[None].repeat(2, 0).astype(float)
    drawn_LR = resample_questions(means(right_RQ), 400, 3000, seed=1)
    np.testing.assert_array_equal(drawn_LR[:, 0], drawn_LR[:, 1])  # the same questions for every run
    error = np.sqrt(0.3 * 0.7 / 400)
    assert drawn_LR.mean() == pytest.approx(0.3, abs=4 * error / np.sqrt(3000))
    assert drawn_LR[:, 0].std() == pytest.approx(error, rel=4 / np.sqrt(2 * 3000))


def test_draws_do_not_depend_on_how_they_are_batched(monkeypatch):
    rule = means(np.random.default_rng(0).random((3, 17)))
    whole = resample_questions(rule, 17, 50, seed=1)
    monkeypatch.setattr(questions, "_BATCH", 17 * 7)
    np.testing.assert_allclose(resample_questions(rule, 17, 50, seed=1), whole, rtol=1e-14)


def made_of_pairs(rng, sections=(5, 9)):
    """All ordered pairs of the word pairs of two sections, shuffled, and answers in which word pairs matter."""
    rows, first = [], 0
    for section, count in enumerate(sections):
        rows += [(section, first + p, first + q) for p in range(count) for q in range(count) if p != q]
        first += count
    pairs_Q3 = rng.permutation(np.array(rows))
    easy = rng.normal(size=first)
    return easy[pairs_Q3[:, 1]] + easy[pairs_Q3[:, 2]] + 0.5 * rng.normal(size=len(rows)), pairs_Q3


def test_the_closed_form_is_resampling_written_out():
    """Word pairs drawn within sections, questions as often as both pairs beyond once each; less single questions."""
    rng, draws = np.random.default_rng(6), 20_000
    right_Q, pairs_Q3 = made_of_pairs(rng)
    sections = [np.unique(pairs_Q3[pairs_Q3[:, 0] == section, 1:]) for section in (0, 1)]
    drawn = []
    for _ in range(draws):
        count_P = np.concatenate(
            [rng.multinomial(len(pairs), np.full(len(pairs), 1 / len(pairs))) for pairs in sections]
        )
        weight_Q = count_P[pairs_Q3[:, 1]] + count_P[pairs_Q3[:, 2]] - 1
        by_section = [(weight_Q * right_Q)[pairs_Q3[:, 0] == section].sum() for section in (0, 1)]
        drawn.append(sum(by_section) / len(right_Q))
    residual_Q = right_Q.copy()
    size = {}
    for section in (0, 1):
        residual_Q[pairs_Q3[:, 0] == section] -= right_Q[pairs_Q3[:, 0] == section].mean()
    for row, residual in zip(pairs_Q3, residual_Q):
        size[frozenset(row[1:])] = size.get(frozenset(row[1:]), 0) + residual
    single = sum(value**2 for value in size.values()) / len(right_Q) ** 2
    # P / (P - 1) of each section: bounds from what it can be at most and at least, and from the draws
    wanted = np.var(drawn)
    found = by_word_pairs(right_Q[None], pairs_Q3).variance(right_Q) + single
    slack = 4 * np.sqrt(2 / draws)
    assert wanted * 9 / 8 * (1 - slack) < found < wanted * 5 / 4 * (1 + slack)


def test_questions_that_share_nothing_are_independent():
    right_Q = np.random.default_rng(8).normal(size=500)
    spread = coverage.independent(right_Q[None])
    assert spread.variance(right_Q) == pytest.approx(right_Q.var() / 500, rel=0.01)
    assert spread.df == 999


def test_odd_questions_have_a_spread():
    """Pairs with themselves, a section of one question, questions asked twice."""
    pairs_Q3 = np.array([[0, 0, 1], [0, 1, 0], [0, 0, 0], [0, 0, 1], [7, 5, 6], [8, 9, 4]])
    right_Q = np.array([1.0, 0, 1, 1, 0, 1])
    spread = by_word_pairs(right_Q[None], pairs_Q3)
    assert 0 < spread.variance(right_Q) < 1
    assert spread.df >= 1


SMALL = {
    "analogies": Analogies(4, 12, 3, shared=1, own=0.5, question=0.5, noise=0.5),
    "runs that differ": Analogies(4, 12, 3, shared=1, own=0.2, question=0.5, noise=0.5, seed=0.1),
    "similarity": Similarities(100, 120, 3, word=0.5, pair=0.5, own=0.5, noise=0.3),
}


@pytest.mark.parametrize("name", SMALL)
def test_intervals_cover_the_truth(name):
    """92 to 98 %, and two standard errors of so few studies to either side."""
    studies = 400 if name != "similarity" else 150
    found = coverage.covered(SMALL[name].draw, studies, 5, resamples=150)
    low, high = (edge + side * 2 * np.sqrt(edge * (1 - edge) / studies) for edge, side in ((0.92, -1), (0.98, 1)))
    assert low <= found <= high


def test_without_clusters_they_do_not():
    assert coverage.covered(SMALL["analogies"].draw, 200, 5, clusters=False) < 0.8


@pytest.mark.slow
@pytest.mark.parametrize("name", coverage.KINDS)
def test_intervals_cover_the_truth_in_test_sets_as_published(name):
    studies = 2000 if isinstance(coverage.KINDS[name], Analogies) else 1000
    assert 0.92 <= coverage.covered(coverage.KINDS[name].draw, studies, 1) <= 0.98
