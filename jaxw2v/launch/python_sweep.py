"""Sweeps of a Python program: `sweep` is `jaxw2v train -m` with its results as a table."""

import shutil
import tempfile
import weakref
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas

from jaxw2v.files.paths import expanded
from jaxw2v.launch import arguments, command, compose, job, python_values
from jaxw2v.launch.arguments import as_word
from jaxw2v.launch.kinds import setting_names
from jaxw2v.launch.python import FIXED, to_words
from jaxw2v.launch.task import Reading
from jaxw2v.launch.train import train
from jaxw2v.study import collection, export
from jaxw2v.study.collection import Group, Run

LOGGING = ("hydra/job_logging=none", "hydra/hydra_logging=none")  # the handlers of the calling program stay


class Results:
    """The results of a sweep: a table for pandas and plots, and a group for the functions of `jaxw2v.study`.

    What a DataFrame can do, this can: `results["seed"]`, `results.groupby(...)`, `results.plot(...)`, `len(results)`.

    Attributes:
      frame: a row for each run: preset, the settings that vary, seed, scores, speed, text, code, and its folder.
      group: the same runs by configuration.
      folder: of the sweep. If the caller named none, it is gone when this object is.
    """

    def __init__(self, runs: list[Run], folder: Path):
        made = export.make_rows(runs, [job.preset(one.folder) for one in runs], setting_names())
        self.frame = pandas.DataFrame(made.rows, columns=made.columns)
        self.frame["folder"] = [one.folder for one in made.runs]
        self.group: Group = collection.group(runs, setting_names(), "refuse")[0]
        self.folder = folder

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name == "frame":  # of copying and pickling: there is no frame yet
            raise AttributeError(name)
        return getattr(self.frame, name)

    def __getitem__(self, key: Any) -> Any:
        return self.frame[key]

    def __len__(self) -> int:
        return len(self.frame)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.frame)

    def __contains__(self, column: object) -> bool:
        return column in self.frame

    def __repr__(self) -> str:
        return repr(self.frame)

    def _repr_html_(self) -> str:
        return self.frame._repr_html_()  # type: ignore[operator]  # of the stubs


def sweep(
    *given: Any,
    settings: Mapping[str, Any] | None = None,
    folder: str | Path | None = None,
    config_dir: str | Path | None = None,
    verbose: bool = False,
) -> Results:
    """Trains as `jaxw2v train -m` does, every combination of values such as "negatives.k=2,5,15" "seed=1,2,3".

    Args:
      given: settings as of the command line, sweep=NAME and launcher=NAME among them; see `train` for sentences.
      settings: further ones by name; the values of one that varies are a list, {"seed": [1, 2, 3]}.
      folder: where the files go, as hydra.sweep.dir; jobs that are finished there are not done again. None: a temporary
        one, unless hydra.sweep.dir is given.
      config_dir: a folder with further presets, as --config-dir.
      verbose: whether to print what the command prints.

    Raises:
      InputError: as the command would say it; its notes name each job that failed.
    """
    by_name = python_values.flat(settings)
    varied = {name: value for name, value in by_name.items() if python_values.varies(name, value)}
    fixed = {name: value for name, value in by_name.items() if name not in varied}
    words = to_words(given, fixed, config_dir, swept=True)
    words += [python_values.swept(name, values) for name, values in varied.items()]
    temporary = python_values.place(words, "hydra.sweep.dir", folder) is None and folder is None
    place = Path(tempfile.mkdtemp(prefix="jaxw2v-")) if temporary else folder
    words += [] if place is None else [as_word("hydra.sweep.dir", expanded(place, "folder"))]
    flags = [] if config_dir is None else [f"--config-dir={expanded(config_dir, 'config_dir')}"]
    try:
        with arguments.apart(), command.quiet(not verbose):
            task = compose.start(train, ["-m", *words, *flags], Reading((*FIXED, *LOGGING)))
        assert task.sweep is not None  # its launcher has come that far
        made = Results(collection.read_runs([task.sweep]), task.sweep)
    except BaseException:
        if temporary:
            shutil.rmtree(str(place), ignore_errors=True)
        raise
    if temporary:
        weakref.finalize(made, shutil.rmtree, str(place), True)
    return made
