"""The task: what is predicted from what, and its loss."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax

from jaxw2v.settings.model import ModelSettings
from jaxw2v.settings.negatives import NegativeSettings
from jaxw2v.settings.windows import WindowSettings
from jaxw2v.training import blocks, cbow, dense, huffman, loss, pairs, softmax
from jaxw2v.training.blocks import TokenWindow, WindowSpec
from jaxw2v.training.hyperparameters import Hyperparameters
from jaxw2v.training.sigmoids import make_activation, make_seen
from jaxw2v.training.subsample import Kept, subsample


def make_subsample(removed: str) -> Callable[[jax.Array, jax.Array, Hyperparameters], Kept]:
    """A function (key, raw_N, hyperparameters) -> the kept tokens of a segment, each drawn by itself: see `subsample`.

    Args:
      removed: of `windows.removed`.
    """

    def subsample_tokens(key, raw_N, hyperparameters):
        return subsample(key, raw_N, hyperparameters.keep_V, hyperparameters.max_sentence, removed)

    return subsample_tokens


class Task(NamedTuple):
    """What a segment does with its text.

    Attributes:
      draw: (key, token_window, hyperparameters) -> the pairs of a chunk.
      objective: their loss.
      widest: the farthest that a window reaches.
      subsample: (key, raw_N, hyperparameters) -> what is kept of a segment.
    """

    draw: Callable[[jax.Array, TokenWindow, Hyperparameters], Any]
    objective: loss.Objective
    widest: int
    subsample: Callable[[jax.Array, jax.Array, Hyperparameters], Kept]


def make_task(
    model: ModelSettings,
    windows: WindowSettings,
    negatives: NegativeSettings,
    *,
    widest: int,
    given: bool = False,
    positives: str = "band",
) -> Task:
    """The task of these settings.

    Args:
      model, windows, negatives: static; numbers that a population may vary are those of its `Hyperparameters`.
      widest: no run's window is wider.
      given: the text is pairs of words and contexts: see `pairs`.
      positives: how pairs of spans are multiplied, as a "band" or as "blocks".
    """
    if given:
        return _given_pairs(negatives)

    def spec(hyperparameters):
        return WindowSpec(hyperparameters.window, widest, windows.dynamic, model.input)

    def draw_paths(key, token_window, hyperparameters):
        return huffman.draw_paths(key, token_window, hyperparameters.tree, spec(hyperparameters))

    def draw_full_softmax(key, token_window, hyperparameters):
        return softmax.draw_full_softmax(key, token_window, len(hyperparameters.keep_V), spec(hyperparameters))

    def noise_of(hyperparameters):
        return hyperparameters.noise, spec(hyperparameters), negatives, hyperparameters.k

    def draw_cbow(key, token_window, hyperparameters):
        return cbow.draw_cbow(key, token_window, *noise_of(hyperparameters), model.pool)

    def draw_negative_sampling(key, token_window, hyperparameters):
        return blocks.draw_negative_sampling(key, token_window, *noise_of(hyperparameters))

    seen, kept = make_seen(make_activation(model)), make_subsample(windows.removed)
    if model.objective == "hierarchical_softmax":
        return Task(draw_paths, huffman.PATHS._replace(seen=seen), widest, kept)
    if model.objective == "softmax":
        return Task(draw_full_softmax, softmax.make_softmax(model.memory), widest, kept)
    if model.architecture == "cbow":
        return Task(draw_cbow, cbow.CBOW._replace(seen=seen), widest, kept)
    of_spans = dense.DENSE if positives == "blocks" else loss.BAND
    objective = of_spans if negatives.shared_by == "span" else loss.BLOCKS
    return Task(draw_negative_sampling, objective._replace(seen=seen), widest, kept)


def _given_pairs(negatives: NegativeSettings) -> Task:
    """Pairs have no windows: `widest` is 0."""

    def words(hyperparameters):
        return len(hyperparameters.keep_V) - len(hyperparameters.noise.keep_V)

    def draw(key, token_window, hyperparameters):
        noise = hyperparameters.noise
        return pairs.draw_given(key, token_window, noise, words(hyperparameters), negatives.k)

    def subsample_pairs(key, raw_N, hyperparameters):
        return pairs.subsample_pairs(key, raw_N, hyperparameters.keep_V, words(hyperparameters))

    return Task(draw, loss.BLOCKS, 0, subsample_pairs)
