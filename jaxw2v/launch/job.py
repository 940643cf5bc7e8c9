"""A job: one run, as Hydra hands it over."""

import contextlib
import io
import re
import traceback
from pathlib import Path
from typing import Any, NamedTuple, cast

import yaml
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from jaxw2v.checkpoints.folder import CHECKPOINTS, locked
from jaxw2v.errors import EndedElsewhere, InputError, is_full
from jaxw2v.files import writing
from jaxw2v.files.results import flatten
from jaxw2v.launch import presets
from jaxw2v.launch.mistakes import explain, of_settings, refuse_unknown
from jaxw2v.launch.schema import to_config, to_dict
from jaxw2v.launch.words import escaped
from jaxw2v.settings.config import Config

_SURROGATE = re.compile(r"\\u[dD][89a-fA-F][0-9a-fA-F]{2}")
_DEEPEST = 20  # levels of a record that is read; one that a run made has a handful
UNSEEN = (  # settings that leave no trace in a result
    "name", "cache", "train.log_every", "train.checkpoint_every", "train.checkpoint_unit", "train.resume",
    "train.hosts.coordinator", "train.hosts.processes", "train.hosts.process", "train.hosts.timeout",
)  # fmt: skip


class Job(NamedTuple):
    """A run to be made.

    Attributes:
      config: checked.
      settings: what it was made from, interpolations resolved.
      overrides: of the settings, as a user would type them.
      folder: where the run's files go.
      title: such as "job 3 of 81"; empty where there is no sweep.
      alone: no other process prints on this terminal.
    """

    config: Config
    settings: DictConfig
    overrides: list[str]
    folder: Path
    title: str
    alone: bool


class Failure(NamedTuple):
    """A job that failed, as it comes back from another process: why, on one line."""

    message: str


def make_job(settings: DictConfig, hydra: DictConfig, alone: bool) -> Job:
    """The job of composed settings and Hydra's own; those are not changed.

    Raises:
      InputError: a setting that does not exist, or is out of range.
    """
    config, resolved = settle(settings, hydra)
    if str(hydra.run.dir).startswith("~"):
        raise InputError(f"hydra.run.dir={hydra.run.dir}: in a preset, write ${{oc.env:HOME}} instead of ~")
    swept = hydra.mode == RunMode.MULTIRUN
    return Job(
        config=config,
        settings=resolved,
        overrides=cast(list[str], OmegaConf.to_container(hydra.overrides.task)),
        folder=_folder(to_dict(settings, resolve=True), hydra),
        title=hydra.job.name if swept else "",
        alone=alone,
    )


def settle(settings: DictConfig, hydra: DictConfig) -> tuple[Config, DictConfig]:
    """The checked settings, and the same as they are recorded, interpolations resolved.

    Raises:
      InputError: as `make_job`.
    """
    refuse_unknown(settings)
    presets.refuse_values(hydra)
    if hydra.job.chdir:
        raise InputError("hydra.job.chdir=true: relative paths are those of the folder where you start; leave it out")
    values = to_dict(settings, resolve=True)
    return to_config(settings), cast(DictConfig, OmegaConf.create(_characters(values)))


def record(job: Job) -> None:
    """Leaves the settings of a job in its folder: they start the same run again."""
    place = job.folder / ".hydra"
    for name, settings in ("config.yaml", job.settings), ("overrides.yaml", OmegaConf.create(job.overrides)):
        try:
            place.mkdir(exist_ok=True)
            with writing.whole(place / name, "w") as file:  # the run may be killed
                OmegaConf.save(settings, file)
        except OSError as error:
            remedy = "make room, and give the same command again" if is_full(error) else "choose another hydra.run.dir"
            raise InputError(f"{place / name}: cannot write ({error.strerror}); {remedy}") from error


def recorded_words(folder: Path) -> list[str]:
    """The overrides that `record` left in a folder of a run.

    Raises:
      Exception: there is no record, or none of ours.
    """
    return [str(word) for word in to_dict(OmegaConf.load(folder / ".hydra" / "overrides.yaml"))]


def preset(folder: Path) -> str:
    """The name in `experiment=NAME` of the command that started the run in a folder; "": there is none."""
    try:
        words = recorded_words(folder)
    except Exception:  # no record, or none of Hydra's
        return ""
    return next((word.partition("=")[2].strip("'\"") for word in words if word.startswith("experiment=")), "")


def difference(folder: Path, settings: dict[str, Any]) -> str:
    """The first of these settings, resolved, that differs from those recorded in the folder of a run; empty: none."""
    try:
        text = (folder / ".hydra" / "config.yaml").read_text(encoding="utf-8")
        _refuse_depth(text)
        there = flatten(to_dict(OmegaConf.load(io.StringIO(text))))
    except (OSError, ValueError, AttributeError, RecursionError, yaml.YAMLError, OmegaConfBaseException):
        return "which it does not record"
    here = flatten(_characters(settings))
    for key in sorted(there.keys() | here.keys()):
        if key not in UNSEEN and there.get(key) != here.get(key):
            return f"{key}={_shown(there.get(key))} there, {here.get(key)} here"
    return ""


def _characters(value: Any) -> Any:
    """The same value, ${ in its strings escaped: resolved once, it is none of OmegaConf's."""
    if isinstance(value, dict):
        return {key: _characters(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_characters(each) for each in value]
    return escaped(value) if isinstance(value, str) and "${" in value else value


def _refuse_depth(text: str) -> None:
    """Raises ValueError at brackets within brackets that no record has; a thousand take OmegaConf a minute."""
    depth = 0
    text = _SURROGATE.sub("?", text)  # of names that are not UTF-8, which the fast parser refuses
    for event in yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            raise ValueError(f"{depth} levels")


def _shown(value: object) -> str:
    try:
        return str(value)[:100]
    except ValueError:  # a number of more than 4,300 digits, which YAML has read as a hexadecimal one
        return "a number of thousands of digits"


def named_after_time(hydra: DictConfig) -> bool:
    """Whether a single run has a folder that Hydra has just made: named after the time, or ~ as Hydra reads it."""
    name = to_dict(hydra, resolve=False)["run"]["dir"]
    return "${now:" in name or name.startswith("~")


def _folder(settings: dict[str, Any], hydra: DictConfig) -> Path:
    """Where a run's files go: what Hydra says, but where that is named after the time, the folder of the newest run
    with the same settings that was stopped."""
    new = Path(hydra.runtime.output_dir)
    if hydra.mode == RunMode.MULTIRUN or not named_after_time(hydra) or settings["train"]["resume"] == "never":
        return new
    for place in sorted({path.parent for path in new.parent.glob(f"*/{CHECKPOINTS}")}, reverse=True):
        if not (place / "result.json").exists() and not difference(place, settings) and not locked(place):
            with contextlib.suppress(OSError):
                new.rmdir()  # Hydra has made it
            return place
    return new


def record_failure(error: Exception, folder: Path) -> Failure:
    """Why a job of a sweep failed. It leaves error.txt in the job's folder: for what we did not expect, a traceback."""
    if isinstance(error, EndedElsewhere):  # process 0 leaves the file
        return Failure("")
    if isinstance(error, InputError):
        message = text = " ".join(str(error).split())
    elif of_settings(error):
        message = text = explain(error)
    else:
        first = " ".join(str(error).split())[:200]
        message = f"{type(error).__name__}: {first}; the traceback is in {folder}/error.txt"
        text = "".join(traceback.format_exception(error))
    with contextlib.suppress(OSError):  # a full disk: it is reported all the same
        folder.mkdir(parents=True, exist_ok=True)
        with writing.whole(folder / "error.txt", "w") as file:  # `progress.Watch` reads it meanwhile
            file.write(text.rstrip() + "\n")
    return Failure(message)
