"""A trial: a run in a notebook, its tables handed over instead of left in a folder."""

import json
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

import hydra
from omegaconf import OmegaConf

from experiments import settings
from jaxw2v import run
from jaxw2v.config import Config
from jaxw2v.text.corpus import Corpus
from jaxw2v.vectors import formats
from jaxw2v.vectors.table import Table


class Trial(NamedTuple):
    """What a run made.

    Attributes:
      input: v_w of all words, the most frequent word first.
      context: v_c; None where a word has no such row.
      metrics: one object a segment, as in metrics.jsonl; none where vectors are made by counting.
      result: as in result.json.
    """

    input: Table
    context: Table | None
    metrics: list[dict[str, Any]]
    result: dict[str, Any]


def compose(*overrides: str) -> Config:
    """The settings of `python -m experiments.train OVERRIDES`, checked; with one replica and without figures.

    Raises:
      InputError: a setting is out of range.
    """
    settings.register()
    with hydra.initialize_config_dir(str(settings.REPOSITORY / "conf"), version_base="1.3"):
        composed = hydra.compose("config", ["train.replicas=1", "figures=false", *overrides])
    return OmegaConf.to_object(composed)


def corpus(config: Config) -> Corpus:
    """The text of these settings as ids."""
    return run.open_corpus(config, _say_nothing)[0]


def train(*overrides: str) -> Trial:
    """Trains as `python -m experiments.train OVERRIDES` does, in a folder that is gone afterwards.

    Raises:
      InputError: as that command would say it.
    """
    config = compose(*overrides)
    alone = config.model.tied or config.model.objective == "hierarchical_softmax" or config.factorise.method == "ppmi"
    config.vectors.tables, config.vectors.formats = ["input"] if alone else ["input", "context"], ["npz"]
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (end,) = run.run(
            [config],
            [folder],
            repository=settings.REPOSITORY,
            say=_say_nothing,
            report=_say_nothing,
            begun=lambda: None,
        )
        if isinstance(end, Exception):
            raise end
        reports, contexts = folder / "metrics.jsonl", folder / "contexts.npz"
        metrics = [json.loads(line) for line in reports.read_text().splitlines()] if reports.exists() else []
        context = formats.load(contexts) if contexts.exists() else None
    return Trial(end.table, context, metrics, end.result)


def _say_nothing(_: Any) -> None:
    pass
