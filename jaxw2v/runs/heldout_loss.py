"""The held-out loss: what a model says of sentences that it was not trained on, in nats per pair."""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxw2v.errors import InputError
from jaxw2v.settings.heldout import HeldoutSettings
from jaxw2v.text.corpus import Corpus
from jaxw2v.theory import counts
from jaxw2v.training import negatives, pair_losses
from jaxw2v.training.model import Model
from jaxw2v.training.subsample import keep_probabilities

KEY = 20131016  # of the fixed negative samples, of every run alike; the day that Mikolov et al. 2013b was submitted
BYTES = 4  # of a float32
COPIES = 3  # of the products with all words, at the worst moment


class Measured(NamedTuple):
    """A loss on sentences held out, of the same pairs and noise for every run on that text with these settings.

    Attributes:
      loss: positive + k noise: nats per positive pair, its negative pairs included, as training's loss; (1 + k) log 2
        of a model whose output rows are 0.
      positive: mean of -log s(v_w . v_c) over positive pairs.
      noise: mean of -log s(-v_w . v_c') over negative pairs, for one of them: with it and `positive` the loss for any
        other k can be put together.
      pairs: positive pairs, in expectation: the sum of their weights.
    """

    loss: float
    positive: float
    noise: float
    pairs: float


class Pairs(NamedTuple):
    """The positive pairs of a text, each kind once.

    Attributes:
      word_I, context_I: [I] int32 rows of the input and of the output table.
      weight_I: [I] float64, how often each is expected in an epoch.
    """

    word_I: np.ndarray
    context_I: np.ndarray
    weight_I: np.ndarray


Measure = Callable[[Model, int | None], Measured]


def expected_pairs(settings: HeldoutSettings, corpus: Corpus, ids_N: np.ndarray) -> Pairs:
    """The positive pairs of sentences, no coin thrown: each by the probability with which training would see it.

    Windows as in training: a dynamic one counts a context at distance d by (w - d + 1) / w, and subsampling, whose
    removed tokens let a window reach farther, is in the weights exactly (`counts.count`, up to its tolerance).

    Args:
      settings: window, subsampling, memory.
      corpus: whose vocabulary and counts these are.
      ids_N: sentences, or given pairs, each ended by -1.

    Raises:
      InputError: the counts would take more memory than the setting allows, or there is no pair.
    """
    keep_V = keep_probabilities(corpus.vocabulary.count_V, settings.threshold, settings.formula)
    if corpus.contexts:
        context_keep_V = keep_probabilities(corpus.contexts.count_V, settings.threshold, settings.formula)
        word_I, context_I = ids_N.reshape(-1, 3)[:, 0], ids_N.reshape(-1, 3)[:, 1] - len(keep_V)
        return Pairs(word_I, context_I, keep_V.astype(np.float64)[word_I] * context_keep_V[context_I])
    try:
        found = counts.count(ids_N, keep_V, settings.window, settings.dynamic, memory=settings.memory * 1e9)
    except ValueError as error:
        raise InputError(
            f"heldout.memory={settings.memory:g}: {error}; raise it, or lower train.heldout_fraction"
        ) from None
    count_VV = found.count_VV.tocoo()
    if not count_VV.nnz:
        raise InputError("train.heldout_fraction: no word held out has a neighbor; use a larger share, or 0 for none")
    return Pairs(count_VV.row.astype(np.int32), count_VV.col.astype(np.int32), count_VV.data)


def make_measure(settings: HeldoutSettings, dim: int, corpus: Corpus, ids_N: np.ndarray) -> tuple[Measure, float]:
    """A function (model, r) -> Measured, and how many positive pairs it looks at, in expectation.

    The model is that of the run with number r along the axis of runs, or has no such axis: None. Of copies, which are
    alike, the first is looked at. Tables are only read, on their devices, a bounded number of rows at a time; sums are
    taken in float64 on the host.

    Args:
      settings: of the measurement; none of the run's own, so that runs with different settings can be compared.
      dim: D.
      corpus: the whole one, whose counts make the noise distribution.
      ids_N: the sentences held out.

    Raises:
      InputError: `heldout.memory` is too low, or there is no pair.
    """
    pairs = expected_pairs(settings, corpus, ids_N)
    total = float(pairs.weight_I.sum())
    noise_count_V = (corpus.contexts or corpus.vocabulary).count_V
    noise_V = negatives.noise_probabilities(noise_count_V, settings.exponent)
    positive = jax.jit(pair_losses.positive_losses)
    if settings.method == "fixed":
        table = jax.tree.map(jnp.asarray, negatives.build_alias_table(noise_V))
        drawn = jax.jit(pair_losses.drawn_losses, static_argnums=5)
    else:
        expected = jax.jit(pair_losses.expected_losses)
        word_J, which_I = np.unique(pairs.word_I, return_inverse=True)  # noise depends on the input word alone
        weight_J = np.bincount(which_I, pairs.weight_I)

    samples = settings.samples if settings.method == "fixed" else 0
    at_once = _at_once(settings, (2 + samples) * dim, len(pairs.word_I))
    words_at_once = _at_once(settings, COPIES * len(noise_V), len(word_J)) if settings.method == "expected" else 0

    def measure(model: Model, r: int | None) -> Measured:
        first = jax.tree.map(_one_copy, model)
        mine = first if r is None else jax.tree.map(lambda table_RVD: table_RVD[r], first)
        word_I, context_I, weight_I = pairs
        of_positive = _weighted(lambda w, c: positive(mine, w, c), weight_I, at_once, word_I, context_I) / total
        if settings.method == "fixed":
            key, number_I = jax.random.key(KEY), np.arange(len(word_I), dtype=np.uint32)

            def noise_losses(w, n):
                return drawn(key, mine, table, w, n, samples)

            of_noise = _weighted(noise_losses, weight_I, at_once, word_I, number_I) / total
        else:
            probability_V = jnp.asarray(noise_V, jnp.float32)
            of_noise = _weighted(lambda w: expected(mine, probability_V, w), weight_J, words_at_once, word_J) / total
        return Measured(of_positive + settings.k * of_noise, of_positive, of_noise, total)

    return measure, total


def _at_once(settings: HeldoutSettings, floats: int, most: int) -> int:
    """How many pairs are looked at in one go, each taking so many floats; `most` are enough."""
    fit = int(settings.memory * 1e9 / (BYTES * floats))
    if fit == 0:
        needed = f"{BYTES * floats / 1e9:.2g} GB are needed for one word"
        raise InputError(f"heldout.memory={settings.memory:g}: {needed}; raise it, or lower model.dim")
    return min(fit, most)


def _weighted(losses: Callable[..., jax.Array], weight: np.ndarray, size: int, *arrays: np.ndarray) -> float:
    """The sum of weight times losses(*arrays), of which all have as many rows; so many rows are looked at in one go."""
    found = 0.0
    for at in range(0, len(weight), size):
        here = weight[at : at + size]
        room = size - len(here)  # the last ones are filled up, so that there is one shape to compile
        filled = [jnp.asarray(np.pad(array[at : at + size], (0, room))) for array in arrays]
        products = here * np.asarray(losses(*filled), np.float64)[: len(here)]
        found += float(products.sum())  # not BLAS, whose threads would show in the last bit
    return found


def _one_copy(table: jax.Array) -> jax.Array:
    """The table on one device; one whose parts lie on several, as it is."""
    return table.addressable_shards[0].data if table.is_fully_replicated else table
