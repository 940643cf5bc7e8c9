import jax.numpy as jnp
import numpy as np
import pytest

from jaxw2v.training.subsample import subsample
from jaxw2v.training.windows import contexts, draw_reach, offsets


def test_offsets():
    assert offsets(3) == (-3, -2, -1, 1, 2, 3)


@pytest.mark.parametrize("window", [1, 5, 8])
def test_dynamic_reach_is_uniform_and_independent(key, window):
    n = 40_000
    reach = np.asarray(draw_reach(key, (n,), window, True))
    assert reach.min() == 1
    assert reach.max() == window
    p = 1 / window
    counts = np.bincount(reach, minlength=window + 1)[1:]
    assert (np.abs(counts - n * p) <= 4 * np.sqrt(n * p * (1 - p))).all()
    if window > 1:  # word2vec.c's draws at window 8 repeat every 8
        centered = reach - reach.mean()
        for lag in (1, 2, 4, 8):
            assert abs((centered[:-lag] * centered[lag:]).mean()) < 4 * centered.var() / np.sqrt(n)


def test_fixed_reach(key):
    assert (draw_reach(key, (7,), 4, False) == 4).all()


@pytest.mark.parametrize("window", [1, 3])
def test_contexts_against_a_plain_loop(key, window):
    t = 11
    sentence_W = jnp.array([-1] * window + [0, 0, 0, 1, 2, 2, 2, 2, 2, -1, -1] + [-1] * window, jnp.int32)
    reach_T = draw_reach(key, (t,), window, True)
    found_OT = contexts(reach_T, sentence_W, window)
    for j, offset in enumerate(offsets(window)):
        for c in range(t):
            center, other = int(sentence_W[window + c]), int(sentence_W[window + c + offset])
            expected = abs(offset) <= int(reach_T[c]) and center == other and center >= 0
            assert float(found_OT[j, c]) == expected


def test_subsampling_widens_windows(key):
    """Goldberg and Levy 2014, section 3.1: removed words do not count, so contexts come from farther away."""
    n, window = 4_000, 2
    raw_N = jnp.tile(jnp.array([0, 1], jnp.int32), n)  # a word that stays, a word that goes
    position_N = jnp.arange(2 * n)

    def mean_distance(keep_V):
        kept = subsample(key, raw_N, keep_V)
        count = int(kept.length)
        # the sampler moves positions as it moves ids: hand it the positions instead
        place_N = subsample(key, position_N, keep_V[raw_N]).ids_N[:count]
        mask_OT = np.asarray(
            contexts(jnp.full(count, window), jnp.pad(kept.sentence_N[:count], window, constant_values=-1), window)
        )
        distances = [
            abs(int(place_N[c + o]) - int(place_N[c]))
            for j, o in enumerate(offsets(window))
            for c in range(0, count, 97)
            if mask_OT[j, c]
        ]
        return np.mean(distances)

    assert mean_distance(jnp.ones(2)) == pytest.approx(1.5, abs=0.02)  # distances 1 and 2
    assert mean_distance(jnp.array([1.0, 0.0])) == pytest.approx(3.0, abs=0.04)  # every other word gone: 2 and 4
