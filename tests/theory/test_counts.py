"""Expected counts against all outcomes of subsampling, against training's own draws, and by hand."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxw2v.theory import counts
from jaxw2v.training.subsample import keep_probabilities, subsample
from jaxw2v.training.windows import contexts, draw_reach, offsets

KEEP_V = np.array([1.0, 0.3, 0.6, 0.15])


def by_enumeration(sentences, keep_V, window, dynamic) -> np.ndarray:
    """Every pattern of kept tokens and every reach of every center, weighted by their probabilities."""
    count_VV = np.zeros((len(keep_V), len(keep_V)))
    reaches = range(1, window + 1) if dynamic else [window]
    for sentence in sentences:
        for kept in itertools.product([False, True], repeat=len(sentence)):
            p = np.prod([keep_V[w] if k else 1 - keep_V[w] for w, k in zip(sentence, kept)])
            left = [w for w, k in zip(sentence, kept) if k]
            for center, word in enumerate(left):
                for reach in reaches:
                    for other in range(max(0, center - reach), min(len(left), center + reach + 1)):
                        if other != center:
                            count_VV[word, left[other]] += p / len(reaches)
    return count_VV


def as_ids(sentences) -> np.ndarray:
    return np.array([i for sentence in sentences for i in [*sentence, -1]], np.int32)


SENTENCES = [[0, 1, 1, 2, 3, 1, 0, 2], [3, 1], [2], [1, 1, 3, 3, 3, 0, 1, 2, 2]]


@pytest.mark.parametrize("dynamic", [True, False])
@pytest.mark.parametrize("window", [1, 2, 3])
@pytest.mark.parametrize("piece", [None, 1, 5])
def test_against_every_outcome(window, dynamic, piece):
    found = counts.count(as_ids(SENTENCES), KEEP_V, window, dynamic, tolerance=0, piece=piece)
    np.testing.assert_allclose(found.count_VV.toarray(), by_enumeration(SENTENCES, KEEP_V, window, dynamic), rtol=1e-12)
    assert found.missed == 0


def test_what_the_tolerance_leaves_out_is_bounded():
    rng = np.random.default_rng(5)
    ids = as_ids([rng.integers(0, 4, 60).tolist() for _ in range(20)])
    whole = counts.count(ids, KEEP_V, 3, True, tolerance=0).count_VV.toarray()
    for tolerance in (0.2, 1e-2, 1e-4):
        part = counts.count(ids, KEEP_V, 3, True, tolerance=tolerance)
        lost = whole - part.count_VV.toarray()
        assert (lost > -1e-9).all()
        assert 0 < lost.sum() <= part.missed
        assert part.missed <= 2 * 3 * tolerance * KEEP_V[ids[ids >= 0]].sum() * (1 + 1e-9)


@pytest.mark.parametrize("removed", ["skip", "count"])
def test_against_the_draws_of_training(key, removed):
    """Subsampling and windows by the functions that training uses, over and over; five standard errors."""
    rng = np.random.default_rng(6)
    v, window, runs = 6, 3, 1500
    sentences = [rng.choice(v, 12, p=[0.5, 0.25, 0.1, 0.05, 0.05, 0.05]).tolist() for _ in range(8)]
    ids_N = as_ids(sentences)
    count_V = np.bincount(ids_N[ids_N >= 0], minlength=v)
    keep_V = keep_probabilities(count_V, 0.1, "word2vec_c")
    assert keep_V[0] < 0.7

    def draw(key):
        key_keep, key_reach = jax.random.split(key)
        kept = subsample(key_keep, jnp.asarray(ids_N), jnp.asarray(keep_V), removed=removed)
        ids_W = jnp.pad(kept.ids_N, window, constant_values=v)
        sentence_W = jnp.pad(kept.sentence_N, window, constant_values=-1)
        reach_T = draw_reach(key_reach, (len(ids_N),), window, True)
        mask_OT = contexts(reach_T, sentence_W, window)
        table = jnp.zeros((v + 1, v + 1), jnp.float32)
        for j, o in enumerate(offsets(window)):
            table = table.at[kept.ids_N, ids_W[window + o : window + o + len(ids_N)]].add(mask_OT[j])
        return table[:v, :v]

    drawn_RVV = np.asarray(jax.jit(lambda keys: jax.lax.map(draw, keys))(jax.random.split(key, runs)), np.float64)
    expected_VV, other_VV = (
        counts.count(ids_N, keep_V, window, True, tolerance=0, widens=widens).count_VV.toarray()
        for widens in (removed == "skip", removed != "skip")
    )
    error_VV = drawn_RVV.std(axis=0) / np.sqrt(runs)
    assert (np.abs(drawn_RVV.mean(axis=0) - expected_VV) <= 5 * error_VV + 1e-9).all()
    assert (np.abs(drawn_RVV.mean(axis=0) - other_VV) > 5 * error_VV).any()  # and this would be seen


def test_without_widening_distances_are_those_of_the_text():
    ids = as_ids([[0, 1, 2, 3]])
    found = counts.count(ids, KEEP_V, 2, True, widens=False).count_VV.toarray()
    expected = np.zeros((4, 4))
    for i, j, weight in ((0, 1, 1.0), (1, 2, 1.0), (2, 3, 1.0), (0, 2, 0.5), (1, 3, 0.5)):
        expected[i, j] = expected[j, i] = weight * KEEP_V[i] * KEEP_V[j]
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_without_subsampling_nothing_is_left_out():
    ids = as_ids([[0, 1, 2, 3, 0, 1]])
    found = counts.count(ids, np.ones(4), 2, False)
    assert found.missed == 0
    assert found.count_VV.toarray()[0].tolist() == [0, 2, 2, 1]


def test_a_text_without_a_last_sentence_end_or_without_words():
    np.testing.assert_array_equal(
        counts.count(np.array([0, 1], np.int32), np.ones(2), 1, True).count_VV.toarray(), [[0, 1], [1, 0]]
    )
    assert counts.count(np.array([-1, -1], np.int32), np.ones(2), 1, True).count_VV.nnz == 0
    assert counts.count(np.array([], np.int32), np.ones(2), 1, True).count_VV.nnz == 0


def test_counts_that_would_not_fit_are_refused_before_the_work():
    rng = np.random.default_rng(7)
    ids = np.append(rng.integers(0, 300, 20_000), -1).astype(np.int32)
    needed = 300 * 300 * counts.BYTES * counts.COPIES
    with pytest.raises(ValueError, match=r"would take about .* GB of memory, more than the 0\.0 allowed"):
        counts.count(ids, np.ones(300), 5, True, memory=0.7 * needed, piece=500)
    fits = counts.count(ids, np.ones(300), 5, True, memory=1.1 * needed)
    assert fits.count_VV.nnz == pytest.approx(300**2 * -np.expm1(-2 * 5 * 20_000 / 300**2), rel=0.02)


def test_the_estimate_of_different_pairs():
    rng = np.random.default_rng(8)
    count_V = np.array([4000, 2000] + [100] * 50 + [1] * 300)
    ids = rng.permutation(np.repeat(np.arange(len(count_V)), count_V))
    true = counts.count(ids.astype(np.int32), np.ones(len(count_V)), 2, False).count_VV.nnz
    assert counts.expected_entries(count_V, 4 * len(ids)) == pytest.approx(true, rel=0.03)
