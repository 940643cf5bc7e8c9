"""What a sweep knows of a job before it starts: its folder, and whether it is finished."""

import re
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.types import HydraContext
from omegaconf import DictConfig

from jaxw2v.checkpoints import folder as run_folder
from jaxw2v.errors import InputError
from jaxw2v.files import results
from jaxw2v.launch import command, given
from jaxw2v.launch.job import difference
from jaxw2v.launch.mistakes import refuse_unknown
from jaxw2v.launch.schema import to_dict
from jaxw2v.launch.task import apply, compose_job
from jaxw2v.runs import evaluation

LONGEST = 150  # characters of a folder's name


class Planned(NamedTuple):
    """A job before it starts.

    Attributes:
      overrides: as the sweeper made them.
      folder: where its files go.
      title: such as "job 3 of 81".
      score: of a finished one.
      finished: it is there already, whole and with the same settings.
      begun: so are files of an earlier start, at least.
    """

    overrides: list[str]
    folder: Path
    title: str
    score: float | None
    finished: bool
    begun: bool


def plan(
    context: HydraContext, config: DictConfig, job_overrides: Sequence[Sequence[str]], first: int, total: int
) -> list[Planned]:
    """The jobs of a sweep, all of which were looked at before the first is begun.

    Args:
      context, config: as Hydra sets up a launcher.
      job_overrides: of each job, as the sweeper made them.
      first: the number of the first of these, from 0.
      total: of all jobs of the sweep.

    Raises:
      InputError: a setting that does not exist, or that no job reads; a folder of two jobs, or with a result that is
        not this job's.
    """
    jobs: list[Planned] = []
    composed = [
        apply(_resolved, compose_job(context, config, overrides, number), context, None)
        for number, overrides in enumerate(job_overrides, first)
    ]
    _refuse_unused(config, [settings for _, settings in composed])
    for number, (overrides, (subdir, settings)) in enumerate(zip(job_overrides, composed), first):
        name = _name(overrides, _same_in_all(config)) if subdir == "auto" else subdir
        folder = Path(config.hydra.sweep.dir) / name
        if folder in [other.folder for other in jobs]:
            raise InputError(f"{folder}: the folder of two jobs; leave hydra.sweep.subdir as it is")
        title = f"job {number + 1} of {total}"
        jobs.append(Planned(list(overrides), folder, title, *_found(folder, settings)))
    return jobs


def _resolved(settings: DictConfig) -> tuple[str, dict[str, Any]]:
    refuse_unknown(settings)
    return str(HydraConfig.get().sweep.subdir), to_dict(settings, resolve=True)


def _refuse_unused(config: DictConfig, jobs: Sequence[dict[str, Any]]) -> None:
    """Raises InputError at a setting that is given or swept and that no job reads."""
    varied = [f"{key}={value}" for key, value in (config.hydra.sweeper.get("params") or {}).items()]
    words = [*varied, *config.hydra.overrides.task]
    given.refuse_unused_in_sweep(
        [given.complete(results.flatten(settings)) for settings in jobs],
        given.settings_given(words),
        searches="BasicSweeper" not in config.hydra.sweeper._target_,
        presets=any(word.startswith("experiment=") for word in words),
    )


def _found(folder: Path, settings: dict[str, Any]) -> tuple[float | None, bool, bool]:
    """The score, whether the job is finished and whether it was begun."""
    result = results.read_result(folder / "result.json")
    if result is None:
        if (folder / "result.json").exists():
            if not run_folder.recorded(folder):
                raise InputError(f"{folder}/result.json is no run's; choose another hydra.sweep.dir")
            command.say(f"{folder}/result.json is cut short: the job runs again")
            (folder / "result.json").unlink()
        return None, False, bool(run_folder.leftovers(folder))
    if other := difference(folder, settings):
        raise InputError(f"{folder} holds a result of other settings ({other}); choose another hydra.sweep.dir")
    run_folder.end(folder)
    of_run = {key: value for key, value in result.items() if key.startswith(("scores.", "heldout."))}
    scores = {key.removeprefix("scores."): value for key, value in of_run.items()}
    return evaluation.chosen_score(scores, result.get("eval.objective")), True, True


def _same_in_all(config: DictConfig) -> set[str]:
    """The names of the overrides that all jobs of the sweep share."""
    parsed = OverridesParser.create().parse_overrides(list(config.hydra.overrides.task))
    last = {override.key_or_group: override for override in parsed}
    return {key for key, override in last.items() if not override.is_sweep_override()}


def _name(overrides: Sequence[str], same: set[str]) -> str:
    """A folder's name: what differs between the jobs of this sweep."""
    parsed = OverridesParser.create().parse_overrides(list(overrides))
    own = [word for word, override in zip(overrides, parsed) if override.key_or_group not in same]
    text = ",".join(sorted(own))  # in whatever order they are given
    name = re.sub(r"[^\w.,=+-]", "_", text)[:LONGEST] or "all"
    number = zlib.crc32(text.encode("utf-8", "surrogatepass"))
    return name if name == (text or "all") else f"{name}-{number:08x}"
