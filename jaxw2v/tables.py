"""The tables of a run: whether they can be trained, and what their rows stand for afterwards."""

from pathlib import Path

import numpy as np

from jaxw2v.config import Config
from jaxw2v.errors import InputError
from jaxw2v.text.corpus import Corpus
from jaxw2v.training import softmax
from jaxw2v.training.model import Model
from jaxw2v.vectors import formats
from jaxw2v.vectors.table import Table


def check_memory(config: Config, words: int) -> None:
    """Raises InputError if `model.memory` is too low for this many words."""
    if config.model.objective == "softmax":
        try:
            softmax.rows_at_a_time(config.model.memory * 1e9, words, config.model.dim, config.train.step_tokens)
        except ValueError as error:
            remedy = "raise it, or lower vocab.max_size, or use model.objective=hierarchical_softmax"
            raise InputError(f"model.memory={config.model.memory:g}: {error}; {remedy}") from None


def named(config: Config, model: Model) -> dict[str, np.ndarray]:
    """What `vectors.tables` may name; the output rows of hierarchical softmax are nodes, not words."""
    input_VD, output_VD = model
    if config.corpus.source == "pairs":  # no row of one table goes with a row of the other
        return {"input": input_VD, "context": output_VD}
    if output_VD is None or config.model.objective == "hierarchical_softmax":
        return {"input": input_VD}
    return {"input": input_VD, "context": output_VD, "sum": input_VD + output_VD}


def keep_diverged(tables: dict[str, np.ndarray], corpus: Corpus, folder: Path) -> None:
    """Saves the last finite tables of a run that diverged."""
    for table, name in (("input", "diverged"), ("context", "diverged-contexts")):
        if table in tables:
            rows = corpus.contexts if table == "context" and corpus.contexts else corpus.vocabulary
            formats.save(Table(rows.words, tables[table]), folder / f"{name}.npz", "npz")
