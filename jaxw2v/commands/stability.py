"""Writes how far repeated runs agree about the nearest neighbors of words, by the counts of the words.

    jaxw2v stability outputs/sweeps/reproduce/stability --out stability.csv

Runs repeat one another if they are of one text and version of the code, and if no other setting differs than the seed
and the seed of a bootstrapped text (corpus.resample.seed). A row of the table is of a pair of runs and a band of
counts: the mean fraction of the nearest neighbors in common, how large it is by chance, Jaccard's index, and the
standard deviation of their cosines over runs. `study.stability.mean_of_pairs` has intervals.
"""

from collections.abc import Sequence
from typing import Any

from jaxw2v.commands import run_files
from jaxw2v.errors import InputError
from jaxw2v.files import writing
from jaxw2v.files.paths import expanded
from jaxw2v.launch import job
from jaxw2v.launch.command import Parser, run
from jaxw2v.launch.kinds import setting_names
from jaxw2v.study import collection, stability
from jaxw2v.study.collection import Run, shown
from jaxw2v.study.stability import Agreement

_DRAWS = "corpus.resample.seed"


def main(argv: Sequence[str] | None = None) -> int:
    """Exit status: 0, or 2 after a user's mistake."""
    return run(lambda: _write(argv))


def _write(argv: Sequence[str] | None) -> None:
    parser = Parser(prog="jaxw2v stability", description=__doc__)
    parser.add_argument("folders", nargs="+", metavar="FOLDER", help="runs, or folders with runs below")
    parser.add_argument("--out", required=True, metavar="FILE", help="the table, CSV; it is replaced")
    parser.add_argument("--neighbors", type=int, default=10, metavar="N", help="of a word (default: 10)")
    parser.add_argument(
        "--words", type=int, default=200, metavar="N", help="of a band of counts, at most (default: 200)"
    )
    chosen = parser.parse_args(argv)
    for name in ("neighbors", "words"):
        if getattr(chosen, name) < 1:
            raise InputError(f"--{name} {getattr(chosen, name)}: use 1 or more")
    runs = collection.read_runs(chosen.folders)
    found: list[Agreement] = []
    for name, repeated in _repeated(runs).items():
        if len(repeated) > 1:
            found += _agreements(name, repeated, chosen.neighbors, chosen.words)
    if not found:
        raise InputError(f"{chosen.folders[0]}: no run repeats another; runs that differ in the seed alone do")
    try:
        expanded(chosen.out, "--out").write_text(stability.to_csv(found), newline="\n", **writing.TEXT)
    except OSError as error:
        raise InputError(f"--out {chosen.out}: cannot write ({error.strerror}); choose another file") from error
    pairs = {(each.text, each.configuration, each.one, each.other) for each in found}
    print(f"{chosen.out}: {len(pairs)} pairs of runs")


def _repeated(runs: Sequence[Run]) -> dict[str, list[Run]]:
    """The runs by what they are, whatever their seeds."""
    found: dict[str, list[Run]] = {}
    for group in collection.group(runs, setting_names(), "apart"):
        names = [name for name in group.varied if name != _DRAWS]
        for one in group.runs:
            drawn = "" if one.result.get(_DRAWS) is None else ", resampled"
            values = ", ".join(f"{name} {shown(one.result.get(name))}" for name in names)
            key = f"{group.title}: {job.preset(one.folder)} {values}{drawn}"
            found.setdefault(key, []).append(one)
    return found


def _agreements(name: str, runs: Sequence[Run], k: int, most: int) -> list[Agreement]:
    seeds: list[Any] = [
        one.result[_DRAWS] if one.result.get(_DRAWS) is not None else one.result["seed"] for one in runs
    ]
    if len(set(seeds)) < len(seeds):
        raise InputError(f"{runs[0].folder}: another run has the same seed; give a folder of one sweep ({name})")
    lists = [run_files.words(one) for one in runs]
    known = [words for words in lists if words is not None]
    if len(known) < len(runs):
        raise InputError(
            f"{runs[lists.index(None)].folder}: no vectors with a vocabulary; vectors.formats=[bin] saves them"
        )
    common = set.intersection(*map(set, known))
    vocabulary = run_files.counted_words(runs[0])
    kept = [row for row, word in enumerate(vocabulary.words) if word in common]
    words = [vocabulary.words[row] for row in kept]
    if len(words) <= k:
        raise InputError(f"{runs[0].folder}: {len(words)} words in common; use a smaller --neighbors")
    units = {seed: run_files.unit_vectors(one, words) for seed, one in zip(seeds, runs)}
    configuration = job.preset(runs[0].folder) or name.partition(": ")[2].strip()
    text = runs[0].result["corpus.raw_words"]
    return stability.agreements(units, vocabulary.count_V[kept], k, most, text, configuration)
