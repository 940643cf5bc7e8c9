"""The task: what is predicted from what, and what it costs, by the names of the settings."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax

from jaxw2v.training import blocks, cbow, huffman, loss, pairs, softmax
from jaxw2v.training.subsample import Kept, subsample


class Task(NamedTuple):
    """What a segment does with its text.

    Attributes:
      draw: (key, around, run) -> the pairs of a chunk; run is a `trainer.Run`.
      objective: their loss.
      widest: the farthest that a window reaches.
      thin: (key, raw_N, run) -> what is kept of a segment.
    """

    draw: Callable[[jax.Array, blocks.TokenWindow, Any], Any]
    objective: loss.Objective
    widest: int
    subsample_with: Callable[[jax.Array, jax.Array, Any], Kept] = lambda key, raw_N, run: subsample(
        key, raw_N, run.keep_V
    )


def make_task(
    *,
    architecture: str,
    objective: str,
    input: str,
    pool: str,
    widest: int,
    dynamic: bool,
    k: int,
    shared_by: str,
    span: int,
    draws: int,
    memory: float,
    given: bool,
) -> Task:
    """The task of these settings; see `trainer.make_trainer`."""

    def windows(run):
        return blocks.Windows(run.window, widest, dynamic, input)

    if given:

        def words(run):
            return len(run.keep_V) - len(run.noise.keep_V)

        def draw_given(key, token_window, run):
            return pairs.draw_given(key, token_window, run.noise, words(run), k)

        def subsample_with(key, raw_N, run):
            return pairs.subsample_pairs(key, raw_N, run.keep_V, words(run))

        return Task(draw_given, loss.BLOCKS, 0, subsample_with)

    if objective == "hierarchical_softmax":
        return Task(
            lambda key, token_window, run: huffman.draw_paths(key, token_window, run.tree, windows(run)),
            huffman.PATHS,
            widest,
        )

    if objective == "softmax":

        def draw_full_softmax(key, token_window, run):
            return softmax.draw_full_softmax(key, token_window, len(run.keep_V), windows(run))

        return Task(draw_full_softmax, softmax.make_softmax(memory), widest)

    if architecture == "cbow":  # a bag is one pair: who shares noise by pair or window shares it with nobody
        c, n = (span, draws) if shared_by == "span" else (1, max(k, 1))

        def draw_cbow(key, token_window, run):
            noise_pairs = run.k if shared_by == "span" else k
            return cbow.draw_cbow(key, token_window, run.noise, windows(run), noise_pairs, span=c, draws=n, pool=pool)

        return Task(draw_cbow, cbow.CBOW, widest)

    def draw_pairs(key, token_window, run):
        of = (key, token_window, run.noise, windows(run))
        if shared_by == "span":
            return blocks.draw_band(*of, run.k, span=span, draws=draws)
        return (blocks.draw_pairs if shared_by == "pair" else blocks.draw_windows)(*of, k)

    return Task(draw_pairs, loss.BAND if shared_by == "span" else loss.BLOCKS, widest)
