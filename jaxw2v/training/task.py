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

    draw: Callable[[jax.Array, blocks.Around, Any], Any]
    objective: loss.Objective
    widest: int
    thin: Callable[[jax.Array, jax.Array, Any], Kept] = lambda key, raw_N, run: subsample(key, raw_N, run.keep_V)


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
    stretch: int,
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

        def draw_given(key, around, run):
            return pairs.draw_given(key, around, run.noise, words(run), k)

        def thin(key, raw_N, run):
            return pairs.subsample_pairs(key, raw_N, run.keep_V, words(run))

        return Task(draw_given, loss.BLOCKS, 0, thin)

    if objective == "hierarchical_softmax":
        return Task(
            lambda key, around, run: huffman.draw_paths(key, around, run.tree, windows(run)), huffman.PATHS, widest
        )

    if objective == "softmax":

        def draw_everyone(key, around, run):
            return softmax.draw_everyone(key, around, len(run.keep_V), windows(run))

        return Task(draw_everyone, softmax.make_softmax(memory), widest)

    if architecture == "cbow":  # a bag is one pair: who shares noise by pair or window shares it with nobody
        c, n = (stretch, draws) if shared_by == "stretch" else (1, max(k, 1))

        def draw_bags(key, around, run):
            noise_pairs = run.k if shared_by == "stretch" else k
            return cbow.draw_bags(key, around, run.noise, windows(run), noise_pairs, stretch=c, draws=n, pool=pool)

        return Task(draw_bags, cbow.BAGS, widest)

    def draw_pairs(key, around, run):
        of = (key, around, run.noise, windows(run))
        if shared_by == "stretch":
            return blocks.draw_band(*of, run.k, stretch=stretch, draws=draws)
        return (blocks.draw_pairs if shared_by == "pair" else blocks.draw_windows)(*of, k)

    return Task(draw_pairs, loss.BAND if shared_by == "stretch" else loss.BLOCKS, widest)
