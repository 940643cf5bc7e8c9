"""The start of a run with the tables of a finished one.

Rows are taken over by word. Words that are new begin as they would without; the text, its counts and what is made of
them (noise, keep probabilities), the learning rates and the number of epochs are the run's own.
"""

from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np

from jaxw2v.checkpoints import folder
from jaxw2v.checkpoints.finished import INPUT, OUTPUT, WarmStart
from jaxw2v.errors import InputError
from jaxw2v.text import vocabulary
from jaxw2v.text.corpus import Corpus
from jaxw2v.training.segment import State


def compare(finished: WarmStart, corpus: Corpus, say: Callable[[str], None]) -> dict[str, Any]:
    """What is taken over for this corpus, for result.json.

    Raises:
      InputError: nothing, or rows that are not of words.
    """
    places, _ = _rows(finished.vocabulary.words, corpus.vocabulary.words)
    if not len(places):
        raise InputError(f"{finished.place}: no word of this text is known there; is it of the same language and case?")
    if finished.nodes and vocabulary.fingerprint(finished.vocabulary) != vocabulary.fingerprint(corpus.vocabulary):
        raise InputError(
            f"{finished.place}: output rows of hierarchical_softmax are nodes of the tree of its words and counts, and "
            "those of this text are others; use the same text, or vocab.path and its vocabulary.txt"
        )
    kept = "kept" if set(finished.arrays) - {INPUT, OUTPUT} else "new"
    say(
        f"{finished.place}: {len(places):,} of {len(corpus.vocabulary.words):,} words are known there; "
        f"the optimizer's state is {kept}"
    )
    return {
        "init.sha256": finished.sha256,
        "init.corpus.sha256": finished.corpus,
        "init.words": len(finished.vocabulary.words),
        "init.known": len(places),
        "init.optimizer": kept,
    }


def fold_in(key: jax.Array, finished: WarmStart) -> jax.Array:
    """The key of this run's windows and noise: not those that the finished run drew from the same seed."""
    return jax.random.fold_in(key, int(finished.sha256[:7], 16))


def take_over(finished: WarmStart, state: State, corpus: Corpus, runs: int) -> State:
    """`state` with the rows of known words as the finished run left them, for each of the runs.

    Args:
      finished: from `finished.read`; its arrays are gone afterwards, their memory is free.
      state: before the first step, of all runs: new words keep their rows.
      corpus: of these runs.
      runs: how many there are; with more than one every array has them in front.

    Raises:
      InputError: another version of this program left the state.
    """
    sides = [(finished.vocabulary, corpus.vocabulary)] * 2
    if finished.contexts is not None and corpus.contexts is not None:
        sides[1] = (finished.contexts, corpus.contexts)
    rows = [_rows(there.words, here.words) for there, here in sides]
    optimizer = set(finished.arrays) - {INPUT, OUTPUT}
    other = f"{finished.place}: its {folder.STATE} is by another version of this program; train that run again"

    def taken(path, leaf):
        name = jax.tree_util.keystr(path)
        old = finished.arrays.pop(name, None)
        if old is None:
            if optimizer:
                raise InputError(other)
            return leaf
        side = name.startswith((".model.output", ".output_rows"))
        here, there = rows[side]
        new = np.array(leaf)
        new_R = new[None] if runs == 1 else new
        shape = (len(sides[side][0].words), *new_R.shape[2:]) if new_R.ndim > 1 else ()
        if old.shape != shape or old.dtype != new.dtype:
            raise InputError(other)
        if shape:
            new_R[:, here] = old[there]
        else:
            new_R[:] = old  # such as a count of steps
        return new

    return jax.tree_util.tree_map_with_path(taken, state)


def _rows(there: Sequence[str], here: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """The rows of the words in both lists: in the one here, and in the one there."""
    there_H = vocabulary.places(here, there)
    known = np.flatnonzero(there_H >= 0)
    return known, there_H[known]
