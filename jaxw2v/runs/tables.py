"""The tables of a run: whether they can be trained, and what their rows stand for afterwards."""

import numpy as np

from jaxw2v.errors import InputError
from jaxw2v.settings.config import Config
from jaxw2v.training import softmax
from jaxw2v.training.model import Model


def check_memory(config: Config, words: int) -> None:
    """Raises InputError if `model.memory` is too low for this many words."""
    if config.model.objective == "softmax":
        try:
            softmax.rows_at_a_time(config.model.memory, words, config.model.dim, config.train.step)
        except ValueError as error:
            remedy = "raise it, or lower vocab.max_size, or use model.objective=hierarchical_softmax"
            raise InputError(f"model.memory={config.model.memory:g}: {error}; {remedy}") from None


def named(config: Config, model: Model) -> dict[str, np.ndarray]:
    """What `vectors.matrices` may name; the output rows of hierarchical softmax are nodes, not words."""
    found = {"input": np.asarray(model.input_VD)}
    if model.output_VD is None or config.model.objective == "hierarchical_softmax":
        return found
    found["output"] = np.asarray(model.output_VD)
    if config.corpus.source != "pairs":  # no row of one table goes with a row of the other
        found["sum"] = found["input"] + found["output"]
    return found
