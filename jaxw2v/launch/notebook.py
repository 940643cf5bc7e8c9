"""Runs in a notebook or any other Python program: their tables are returned instead of left in a folder."""

import dataclasses
import itertools
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import hydra
from hydra.core.override_parser.overrides_parser import OverridesParser

from jaxw2v.errors import InputError
from jaxw2v.launch.kinds import setting_names
from jaxw2v.launch.places import CONF, REPOSITORY
from jaxw2v.launch.schema import register, to_config
from jaxw2v.runs import run, texts
from jaxw2v.settings.config import Config
from jaxw2v.settings.vectors import VectorSettings
from jaxw2v.study import collection
from jaxw2v.study.collection import Group, Run
from jaxw2v.text.corpus import Corpus
from jaxw2v.vectors import formats
from jaxw2v.vectors.table import Table


class Trial(NamedTuple):
    """What a run made.

    Attributes:
      input: v_w of all words, the most frequent word first.
      context: v_c; None where a word has no such row.
      metrics: one object a segment, as in metrics.jsonl; none of count-based baselines.
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
    register()
    with hydra.initialize_config_dir(str(CONF), version_base="1.3"):
        composed = hydra.compose("config", ["train.replicas=1", "figures=false", *overrides])
    return to_config(composed)


def corpus(config: Config) -> Corpus:
    """The text of these settings as ids."""
    return texts.open_corpus(config, _say_nothing)[0]


def train(*overrides: str) -> Trial:
    """Trains as `python -m experiments.train OVERRIDES` does, in a folder that is gone afterwards.

    Raises:
      InputError: as that command would say it.
    """
    return _together([compose(*overrides)])[0]


def sweep(*overrides: str) -> Group:
    """Trains as `python -m experiments.train -m OVERRIDES launcher=population` does, all jobs side by side.

    Returns:
      The results as a group whose settings are those that vary, such as of "negatives.k=2,5,15" "seed=1,2,3".

    Raises:
      InputError: as that command would say it.
    """
    choices = [
        [f"{word.get_key_element()}={value}" for value in word.sweep_string_iterator()]
        if word.is_sweep_override()
        else [str(word.input_line)]
        for word in OverridesParser.create().parse_overrides(list(overrides))
    ]
    made = _together([compose(*job) for job in itertools.product(*choices)])
    runs = [Run(f"job {number}", Path(), one.result) for number, one in enumerate(made)]
    (group,) = collection.group(runs, setting_names(), "refuse")
    return group


def _together(configs: Sequence[Config]) -> list[Trial]:
    shared = run.alike(configs[0])
    for config in configs:
        if apart := [key for key, value in run.alike(config).items() if shared.get(key) != value]:
            raise InputError(f"{apart[0]}: jobs that differ in it are not trained side by side; sweep over them apart")
    with tempfile.TemporaryDirectory() as place:
        folders = [Path(place) / str(number) for number in range(len(configs))]
        for folder in folders:
            folder.mkdir()
        ends = run.run(
            [_with_all_matrices(config) for config in configs],
            folders,
            repository=REPOSITORY,
            say=_say_nothing,
            report=_say_nothing,
            begun=lambda: None,
        )
        return [_trial(end, folder) for end, folder in zip(ends, folders)]


def _with_all_matrices(config: Config) -> Config:
    model = config.model
    alone = model.tied or model.objective == "hierarchical_softmax" or config.baseline.method == "ppmi"
    matrices = ["input"] if alone else ["input", "output"]
    return dataclasses.replace(config, vectors=VectorSettings(matrices=matrices, formats=["npz"]))


def _trial(end: run.Outcome | Exception, folder: Path) -> Trial:
    if isinstance(end, Exception):
        raise end
    reports, contexts = folder / "metrics.jsonl", folder / "vectors-output.npz"
    metrics = [json.loads(line) for line in reports.read_text().splitlines()] if reports.exists() else []
    context = formats.load(contexts) if contexts.exists() else None
    return Trial(end.table, context, metrics, end.result)


def _say_nothing(_: Any) -> None:
    pass
