"""The noise distribution and its O(1) sampler, Walker's alias method."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxw2v.settings.negatives import NegativeSettings


class AliasTable(NamedTuple):
    """A categorical distribution over V words, ready for O(1) draws; built on the host, drawn from on the device.

    Slot i holds word i with probability `keep_V[i]`, otherwise word `alias_V[i]`.

    Attributes:
      keep_V: [V] float32 in [0, 1].
      alias_V: [V] int32 in [0, V).
    """

    keep_V: jax.Array | np.ndarray
    alias_V: jax.Array | np.ndarray


def noise_probabilities(count_V: np.ndarray, exponent: float) -> np.ndarray:
    """[V] float64 probabilities proportional to count ** exponent (Mikolov et al. 2013b: 3/4).

    Args:
      count_V: [V] positive counts.
      exponent: any real number: 1 the unigram distribution, 0 uniform, below 0 prefers rare words.
    """
    log_V = exponent * np.log(np.asarray(count_V, np.float64))
    weight_V = np.exp(log_V - log_V.max())  # no overflow, whatever the exponent
    return weight_V / weight_V.sum()


def build_alias_table(probability_V: np.ndarray) -> AliasTable:
    """The alias table of a distribution, built on the host in O(V) (Vose 1991).

    Args:
      probability_V: [V] non-negative weights, not all 0.

    Differs from word2vec.c: the C program rounds the distribution to a table of 1e8 slots, 400 MB; this one is exact
    to float32 rounding in 8 bytes a word.
    """
    v = len(probability_V)
    share = (np.asarray(probability_V, np.float64) / np.sum(probability_V, dtype=np.float64) * v).tolist()
    alias = list(range(v))
    under = [i for i in range(v) if share[i] < 1]
    over = [i for i in range(v) if share[i] >= 1]
    while under and over:
        poor, rich = under.pop(), over[-1]
        alias[poor] = rich
        share[rich] -= 1 - share[poor]
        if share[rich] < 1:
            under.append(over.pop())
    for i in under + over:  # what rounding left over is full
        share[i] = 1.0
    return AliasTable(np.array(share, np.float32), np.array(alias, np.int32))


def noise_distribution(count_V: np.ndarray, settings: NegativeSettings) -> np.ndarray:
    """[V] float64: the noise distribution of these settings over words with these counts, positive."""
    return noise_probabilities(count_V, settings.exponent)


def noise_table(count_V: np.ndarray, settings: NegativeSettings) -> AliasTable:
    """The alias table of `noise_distribution`."""
    return build_alias_table(noise_distribution(count_V, settings))


def probabilities(table: AliasTable) -> np.ndarray:
    """[V] float64: the distribution that `draw` draws from, exactly; the inverse of `build_alias_table`."""
    keep_V = np.asarray(table.keep_V, np.float64)
    probability_V = keep_V.copy()
    np.add.at(probability_V, np.asarray(table.alias_V), 1 - keep_V)
    return probability_V / len(keep_V)


def draw(key: jax.Array, table: AliasTable, shape: tuple[int, ...]) -> jax.Array:
    """Word ids drawn independently from `table`.

    Args:
      key: PRNG key; consumed.
      table: from `build_alias_table`.
      shape: static; the shape of the result.

    Returns:
      `shape` int32 in [0, V). A draw may equal the positive word, as in Mikolov et al. 2013b, equation 4.

    Differs from word2vec.c: a draw that equals the predicted word is not skipped.
    """
    return words_of(jax.random.bits(key, (2, *shape)), table)


def words_of(bits: jax.Array, table: AliasTable) -> jax.Array:
    """[...] int32: what `draw` makes of its random bits, [2, ...] uint32."""
    slot, coin = slots_and_coins(bits, table.keep_V.shape[0])
    return jnp.where(coin < table.keep_V[slot], slot, table.alias_V[slot])


def slots_and_coins(bits: jax.Array, v: int) -> tuple[jax.Array, jax.Array]:
    """Uniform slots, int32 in [0, v), and independent coins, float32 in [0, 1): the whole and the rest of x v / 2^64.

    A slot's probability is 1 / v up to v / 2^64 of it, below what float32 can say; the remainder of 32 bits would give
    the first slots up to v / 2^32 more than the last.

    Args:
      bits: [2, ...] uint32, the high and the low half of x.
      v: static, in [1, 2^31).
    """
    high, low = bits
    number = jnp.uint32(v)
    middle = high * number  # modulo 2^32
    rest = middle + _high_product(low, v)
    slot = _high_product(high, v) + (rest < middle).astype(jnp.uint32)  # a carry
    return slot.astype(jnp.int32), (rest >> 8).astype(jnp.float32) * jnp.float32(2**-24)  # keep_V == 0 never keeps


def _high_product(bits: jax.Array, v: int) -> jax.Array:
    """The upper 32 bits of the product of two numbers of 32 bits, by halves: without 64-bit types jax has no other."""
    half = jnp.uint32(0xFFFF)
    (high, low), (v_high, v_low) = (bits >> 16, bits & half), (jnp.uint32(v >> 16), jnp.uint32(v & 0xFFFF))
    one = high * v_low + (low * v_low >> 16)
    two = low * v_high + (one & half)
    return high * v_high + (one >> 16) + (two >> 16)
