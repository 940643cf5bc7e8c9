"""The noise distribution and its O(1) sampler, Walker's alias method."""

import math
from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxw2v.settings.negatives import NegativeSettings

SLOTS = 10**8  # of word2vec.c's table
REDRAWS = 100  # of a sample that is the word it stands against; then it is left out


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


def table_ends(count_V: np.ndarray, exponent: float) -> np.ndarray:
    """[V] int64: the last slot of each word in word2vec.c's table of 1e8, which this stands for; every word has one.

    Powers are taken by the C library and sums one after another, as there: the last bit of a sum can move a slot.

    Args:
      count_V: [V] positive counts.
      exponent: of the counts; in the C program always 0.75.

    Raises:
      OverflowError: counts to this power are beyond all numbers; the C program would not notice.
    """
    power_V = np.array([math.pow(count, exponent) for count in count_V.tolist()])
    total = float(np.cumsum(power_V)[-1])
    share_V = np.cumsum(power_V / total)
    end_V = np.floor(share_V * SLOTS).astype(np.int64) - 1
    for _ in range(3):  # to the first slot with slot / SLOTS > share
        end_V += end_V / SLOTS <= share_V
    place_V = np.arange(len(end_V))
    return np.maximum.accumulate(end_V - place_V) + place_V


def _slot_shares(count_V: np.ndarray, exponent: float) -> np.ndarray:
    """[V] float64: the share of each word in that table; the last word has the slots that are left over."""
    end_V = np.minimum(table_ends(count_V, exponent), SLOTS - 1)
    end_V[-1] = SLOTS - 1
    return np.diff(end_V, prepend=-1) / SLOTS


def noise_distribution(count_V: np.ndarray, settings: NegativeSettings) -> np.ndarray:
    """[V] float64: the noise distribution of these settings over words with these counts, positive.

    With `sentence_end=uniform` word 0, `</s>`, has no share: its own is spread evenly over all others.
    """
    if settings.sampler == "word2vec_c":
        share_V = _slot_shares(count_V, settings.exponent)
    else:
        share_V = noise_probabilities(count_V, settings.exponent)
    if settings.sentence_end == "uniform":
        share_V = np.append(0.0, share_V[1:] + share_V[0] / (len(share_V) - 1))
    return share_V


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


def draw_others(
    key: jax.Array, sample: Callable[[jax.Array], jax.Array], words: jax.Array, again: bool
) -> tuple[jax.Array, jax.Array]:
    """One sample for each of some words, the int32 ids, and whether each is another word, bool.

    Args:
      key: PRNG key; consumed.
      sample: from a key to as many samples.
      words: int32 ids of any shape.
      again: static; those that are the word itself are drawn again, up to 100 times.
    """
    key, key_first = jax.random.split(key)
    drawn = sample(key_first)
    if again:

        def redraw(carry):
            number, drawn = carry
            new = sample(jax.random.fold_in(key, number))
            return number + 1, jnp.where(drawn == words, new, drawn)

        is_left = lambda carry: (carry[0] < REDRAWS) & (carry[1] == words).any()  # noqa: E731
        _, drawn = jax.lax.while_loop(is_left, redraw, (jnp.int32(0), drawn))
    return drawn, drawn != words
