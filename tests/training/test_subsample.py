import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxw2v.training.subsample import keep_probabilities, subsample


def share(z: float) -> np.ndarray:
    """Counts of two words, the first with the share z of all tokens."""
    return np.array([z, 1 - z]) * 1e9


@pytest.mark.parametrize(("z", "keep"), [(0.0026, 1.0), (0.00746, 0.5), (0.5, 0.0467), (1 - 1e-9, 0.0326)])
def test_formula_of_word2vec_c_has_mccormicks_points(z, keep):
    assert keep_probabilities(share(z), 1e-3, "word2vec_c")[0] == pytest.approx(keep, abs=2e-3)


def test_formula_of_word2vec_c_starts_to_remove_where_its_root_is():
    root = ((np.sqrt(5) + 1) / 2) ** 2 * 1e-3  # (sqrt(z/t) + 1) t/z = 1 at sqrt(z/t) = the golden ratio
    assert keep_probabilities(share(root * 0.999), 1e-3, "word2vec_c")[0] == 1
    assert keep_probabilities(share(root * 1.001), 1e-3, "word2vec_c")[0] < 1


def test_formula_of_the_paper():
    for z in (1e-4, 1e-2, 0.3):
        discard = max(0.0, 1 - np.sqrt(1e-3 / z))  # Mikolov et al. 2013b, equation 5
        assert keep_probabilities(share(z), 1e-3, "paper")[0] == pytest.approx(1 - discard, rel=1e-6)


def test_threshold_zero_keeps_everything():
    assert (keep_probabilities(np.array([1, 10, 10**9]), 0, "paper") == 1).all()


def test_what_is_kept_is_in_order_with_its_sentence(key):
    keep_V = jnp.array([1.0, 0.0, 1.0, 1.0], jnp.float32)
    raw_N = jnp.array([0, 1, 2, -1, 1, 1, -1, 3, 1, 0, -1, -1], jnp.int32)
    kept = subsample(key, raw_N, keep_V)
    assert int(kept.length) == 4
    assert kept.ids_N.tolist() == [0, 2, 3, 0] + [4] * 8
    first, second = kept.sentence_N[:2], kept.sentence_N[2:4]
    assert first[0] == first[1] != second[0] == second[1]
    assert (kept.sentence_N[4:] == -1).all()


def test_removed_tokens_leave_their_places_where_they_count_as_distance(key):
    keep_V = jnp.array([1.0, 0.0, 1.0, 1.0], jnp.float32)
    raw_N = jnp.array([0, 1, 2, -1, 1, 1, -1, 3, 1, 0, 1, -1], jnp.int32)
    kept = subsample(key, raw_N, keep_V, removed="count")
    assert (int(kept.length), int(kept.tokens)) == (9, 4)  # sentence ends have no place
    assert kept.ids_N.tolist() == [0, 4, 2, 4, 4, 3, 4, 0, 4, *[4] * 3]
    assert ((kept.sentence_N >= 0) == (kept.ids_N < 4)).all()
    first, second = kept.sentence_N[jnp.array([0, 2])], kept.sentence_N[jnp.array([5, 7])]
    assert first[0] == first[1] != second[0] == second[1]


def test_each_word_is_kept_as_often_as_its_probability_says(key):
    keep_V = jnp.array([0.1, 0.5, 0.9], jnp.float32)
    n = 30_000
    raw_N = jnp.tile(jnp.arange(3, dtype=jnp.int32), n)
    kept = jax.jit(subsample)(key, raw_N, keep_V)
    counts = np.bincount(kept.ids_N, minlength=4)[:3]
    error = np.sqrt(n * np.asarray(keep_V) * (1 - np.asarray(keep_V)))
    assert (np.abs(counts - n * np.asarray(keep_V)) < 4 * error).all()
