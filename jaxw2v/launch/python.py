"""Runs of a Python program: `train` is `jaxw2v train` with its results in hand."""

import json
import shutil
import tempfile
import warnings
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hydra
from hydra.types import RunMode
from omegaconf import OmegaConf

from jaxw2v.errors import InputError
from jaxw2v.files.paths import expanded
from jaxw2v.launch import arguments, command, python_values
from jaxw2v.launch.completion import completed
from jaxw2v.launch.compose import explained
from jaxw2v.launch.given import refuse_misplaced, refuse_unused
from jaxw2v.launch.job import Job, settle
from jaxw2v.launch.places import CONF
from jaxw2v.launch.train import execute, summary
from jaxw2v.runs import outputs, texts
from jaxw2v.settings.config import Config
from jaxw2v.text import sentences
from jaxw2v.text.corpus import Corpus
from jaxw2v.vectors.vectors import Vectors, load

FIXED = ("figures=false",)  # of every call; an override of the caller comes later


@dataclass(frozen=True, eq=False)
class Run:
    """What a run made.

    Attributes:
      vectors: of the words, the most frequent first: the first of `vectors.matrices`, v_w by default.
      outputs: v_c; None where a word has no such row, or `vectors.matrices` leaves it out.
      metrics: one dict a segment, as in metrics.jsonl; none of count-based baselines.
      result: as in result.json.
      folder: where the files are. If the caller named none, it is gone when this object is.
    """

    vectors: Vectors
    outputs: Vectors | None
    metrics: list[dict[str, Any]]
    result: dict[str, Any]
    folder: Path

    def __repr__(self) -> str:
        words, numbers = self.vectors.matrix.shape
        return f"<run of {words:,} words, {numbers} dimensions, in {self.folder}>"


def train(
    *given: Any,
    settings: Mapping[str, Any] | None = None,
    folder: str | Path | None = None,
    config_dir: str | Path | None = None,
    verbose: bool = False,
) -> Run:
    """Trains as `jaxw2v train` does, and leaves the same bytes.

    Args:
      given: settings as of the command line, such as "windows.window=2". The first may be the text: a Path, or an
        iterable of lines or of lists of words, which is read once and written to the cache.
      settings: further ones by name, such as {"model.dim": 50}; they come after those of `given`.
      folder: where the files go, as hydra.run.dir; None: a temporary one, unless hydra.run.dir is given.
      config_dir: a folder with further presets, as --config-dir.
      verbose: whether to print what the command prints.

    Warns:
      UserWarning: the loss ends above that of vectors of zeros, as in `result["warning"]`.

    Raises:
      InputError: as the command would say it.
      Interrupted: Ctrl-C; in a folder of the caller's the same call goes on from the checkpoint.
    """
    words = to_words(given, python_values.flat(settings), config_dir)
    named = python_values.place(words, "hydra.run.dir", folder) is not None or folder is not None
    words += [] if folder is None else [arguments.as_word("hydra.run.dir", expanded(folder, "folder"))]
    place = None if named else Path(tempfile.mkdtemp(prefix="jaxw2v-"))
    try:
        made = _run(words, place, config_dir, verbose)
    except BaseException:
        if place is not None:
            shutil.rmtree(place, ignore_errors=True)
        raise
    if warning := made.result.get("warning"):
        warnings.warn(warning, stacklevel=2)
    if not named:
        weakref.finalize(made, shutil.rmtree, made.folder, True)
    return made


def compose(*given: str, settings: Mapping[str, Any] | None = None, config_dir: str | Path | None = None) -> Config:
    """The settings of such a run, checked.

    Raises:
      InputError: a setting does not exist, or is out of range.
    """
    return _job(to_words(given, python_values.flat(settings), config_dir), Path(), config_dir).config


def read_corpus(config: Config) -> Corpus:
    """The text of these settings as ids, from the cache if it has them.

    Raises:
      InputError: the text cannot be used.
    """
    return texts.open_corpus(config, _say_nothing)[0]


def to_words(
    given: Sequence[Any],
    settings: Mapping[str, Any],
    config_dir: str | Path | None = None,
    swept: bool = False,
) -> list[str]:
    """Settings as words of a command line; of sentences, first among them, the file that they are written to.

    Args:
      given, config_dir: see `train`.
      settings: flat.
      swept: the words are those of a sweep.

    Raises:
      InputError: what is neither; sentences beside another text; with sentences, a mistake in the settings.
    """
    text, words = python_values.told_apart(given)
    words += python_values.as_words(settings)
    if text is None:
        return words
    python_values.refuse_text(words, text)
    if isinstance(text, Path):
        return [arguments.as_word("corpus.path", text), *words]
    alone = [word for word in words if word.startswith("cache=")]
    checked = _job(["corpus=file", "corpus.path=sentences", *(alone if swept else words)], Path(), config_dir)
    path = sentences.write(text, checked.config.cache)  # once the settings are known to be right
    return ["corpus=file", arguments.as_word("corpus.path", path), *words]


def _run(words: Sequence[str], place: Path | None, config_dir: str | Path | None, verbose: bool) -> Run:
    job = _job(words, place, config_dir)
    if job.config.train.hosts.coordinator is not None:
        raise InputError(
            f"train.hosts.coordinator={job.config.train.hosts.coordinator}: a call trains in its own process; for "
            "several, start the command jaxw2v train in each"
        )
    if _saves_output(job.config, words):
        job = _job(words, place, config_dir, "vectors.matrices=[input,output]")
    say = command.say if verbose else _say_nothing
    with explained(words):
        job.folder.mkdir(parents=True, exist_ok=True)
        (end,) = execute([job], say, terminal=verbose)
        if isinstance(end, Exception):
            raise end
    say("\n".join(summary(end, job.config, job.folder)))
    reports = job.folder / "metrics.jsonl"
    metrics = [json.loads(line) for line in reports.read_text().splitlines()] if reports.exists() else []
    paths = [job.folder / f"{outputs.FILES['output']}.{format}" for format in job.config.vectors.formats]
    context = load(paths[0]) if paths[0].exists() else None
    return Run(Vectors(end.table), context, metrics, end.result, job.folder)


def _saves_output(config: Config, words: Sequence[str]) -> bool:
    """Whether the output matrix is saved, too, as nobody has said otherwise and there is one."""
    model = config.model
    alone = model.tied or model.objective == "hierarchical_softmax" or config.baseline.method == "ppmi"
    said = any(word.startswith("vectors.matrices=") for word in words)
    return not (said or alone) and config.vectors.matrices == ["input"]


def _job(words: Sequence[str], place: Path | None, config_dir: str | Path | None, *more: str) -> Job:
    """The job of these settings; its folder is `place`, or else that of hydra.run.dir.

    Args:
      words: of the caller, each of which must be read.
      more: that are ours.
    """
    presets = [] if config_dir is None else [arguments.as_word("hydra.searchpath", [f"file://{_folder(config_dir)}"])]
    with explained(words), arguments.apart():
        fixed = [*FIXED, *(["train.resume=never"] if place else [])]  # nothing to go on from in a new folder
        overrides = [*fixed, *completed([*presets, *words]), *more]
        with hydra.initialize_config_dir(str(CONF), version_base="1.3"):
            composed = hydra.compose("config", overrides, return_hydra_config=True)
        if composed.hydra.mode == RunMode.MULTIRUN:
            why = next((word for word in words if word.startswith(("sweep=", "hydra.mode="))), "hydra.mode=MULTIRUN")
            raise InputError(f"{why}: this is a sweep; call jaxw2v.sweep")
        folder = place or expanded(composed.hydra.run.dir, "hydra.run.dir")
        settings = OmegaConf.create({key: value for key, value in composed.items_ex(resolve=False) if key != "hydra"})
        config, resolved = settle(settings, composed.hydra)
        refuse_unused(config, words)
        refuse_misplaced(words, swept=False)
        return Job(config, resolved, overrides, folder, title="", alone=True)


def _folder(config_dir: str | Path) -> Path:
    path = expanded(config_dir, "config_dir").absolute()
    if not path.is_dir():
        raise InputError(f"config_dir={config_dir}: there is no such folder; name one with groups as in conf/")
    return path


def _say_nothing(_: Any) -> None:
    pass
