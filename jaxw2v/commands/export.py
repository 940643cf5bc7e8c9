"""Writes the table of a sweep that a notebook reads: a row for each run.

    jaxw2v export outputs/sweeps/study --out notebooks/results/study.csv

Its columns are the preset (experiment=NAME; of vectors of another program, its name), the settings that vary, the seed,
scores with how many questions were answered, the held-out loss and the deviation from the optimum, words a second, and
which text and code the run is of. Which settings vary is found from the results. The same results give the same bytes.
The report.csv of experiments.report has all columns. Vectors for TensorBoard's projector: jaxw2v explore VECTORS
--projector FOLDER.

    jaxw2v export outputs/sweeps/study --against study/default --out effects.csv

writes a row for each effect instead: by every score, each preset less the one named, and of a preset training less
counting (baseline=svd, ppmi), with 95 % intervals over seeds and questions, as in a report.
"""

from collections.abc import Sequence
from pathlib import Path

from jaxw2v.errors import InputError
from jaxw2v.files import writing
from jaxw2v.files.paths import expanded
from jaxw2v.launch import job
from jaxw2v.launch.command import Parser, run
from jaxw2v.launch.kinds import setting_names
from jaxw2v.study import collection, effects, export
from jaxw2v.study.collection import Group, Run

_OTHERS = (".xlsx", ".xls", ".ods", ".json", ".parquet", ".feather", ".html", ".tex", ".md", ".tsv", ".gz", ".zip")


def read(path: str | Path) -> list[Group]:
    """The runs of a table that this command made, a group for each text and version of the code, shortest text first.

    Runs of different commits of one version are one group; the file has the commit of each.

    Raises:
      InputError: there is no such file, or it is not one of `export`.
    """
    runs = [one._replace(result={**one.result, "code.commit": None}) for one in export.read(Path(path))]
    groups = collection.group(runs, setting_names(), "apart")
    return sorted(groups, key=lambda group: group.runs[0].result["corpus.raw_words"])


def main(argv: Sequence[str] | None = None) -> int:
    """Exit status: 0, or 2 after a user's mistake."""
    return run(lambda: _write(argv))


def _write(argv: Sequence[str] | None) -> None:
    parser = Parser(prog="jaxw2v export", description=__doc__)
    parser.add_argument("folders", nargs="+", metavar="FOLDER", help="runs, or folders with runs below")
    parser.add_argument("--out", required=True, metavar="FILE", help="the table; it is replaced")
    parser.add_argument("--against", metavar="PRESET", help="a table of effects: each preset against this one")
    chosen = parser.parse_args(argv)
    ending = Path(chosen.out).suffix.lower()
    if ending in _OTHERS:
        raise InputError(f"--out {chosen.out}: the table is CSV, not {ending}; name it .csv")
    runs = collection.read_runs(chosen.folders)
    presets = [_started_with(one) for one in runs]
    if chosen.against is None:
        text = export.to_csv(runs, presets, setting_names())
    else:
        _refuse_others(runs)
        text = effects.to_csv(effects.effects(runs, presets, chosen.against), runs)
    try:
        expanded(chosen.out, "--out").write_text(text, newline="\n", **writing.TEXT)
    except OSError as error:
        raise InputError(f"--out {chosen.out}: cannot write ({error.strerror}); choose another file") from error
    begun = collection.unfinished(chosen.folders)
    print(
        f"{chosen.out}: {len(runs)} runs" + (f"; {begun} that have begun but not ended are left out" if begun else "")
    )


def _started_with(one: Run) -> str:
    """The preset; of vectors of another program, its name."""
    program = one.result[collection.PROGRAM]
    return job.preset(one.folder) if program == collection.OURS else program


def _refuse_others(runs: Sequence[collection.Run]) -> None:
    """Raises InputError if the runs are of different texts or versions: their scores differ for that reason, too."""
    for key in ("corpus.sha256", "code.sha256"):
        if len({run.result.get(key) for run in runs}) > 1:
            raise InputError(f"--against: these runs are of different {key}; name folders whose runs are alike in that")
