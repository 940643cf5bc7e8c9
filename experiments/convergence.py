"""How near trained vectors come to what skip-gram with negative sampling factorises: PMI - log k.

    python -m experiments.convergence training
    python -m experiments.convergence dimensions

write notebooks/results/training.csv and dimensions.csv, which notebooks/06_what_sgns_factorises.ipynb shows: the first,
in about 10 minutes on two cores, the recipe experiment=factorisation after more and more epochs, at its own dimension,
at that of the defaults, and from word2vec's start; the second, in about 10 minutes, the least of the exact objective
and the SVD of PMI - log k at several dimensions.
"""

import csv
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from experiments import trial
from experiments.command import Parser, run
from experiments.settings import REPOSITORY
from jaxw2v import convergence
from jaxw2v.convergence import Point

RECIPE = "experiment=factorisation"
LINES = {  # what differs from the recipe
    "training": (),
    "training, 100 dimensions": ("model.dim=100", "model.init_range=55", "model.output_range=55"),
    "training, word2vec's start": ("model.init_range=0.5", "model.output_range=0"),
}
DIMENSIONS = (30, 100, 300, 500, 700, 999)
STEPS = 400  # of L-BFGS


def main(argv: Sequence[str] | None = None) -> int:
    """Exit status: 0, or 2 after a user's mistake."""
    return run(lambda: _convergence(argv))


def _convergence(argv: Sequence[str] | None) -> None:
    parser = Parser(prog="python -m experiments.convergence", description=__doc__)
    parser.add_argument("part", choices=("training", "dimensions"))
    parser.add_argument("--out", default=str(REPOSITORY / "notebooks" / "results"), metavar="FOLDER")
    parser.add_argument("settings", nargs="*", metavar="NAME=VALUE", help="on top of the recipe")
    chosen = parser.parse_intermixed_args(argv)
    parts = {"training": _training, "dimensions": _dimensions}
    write(parts[chosen.part](chosen.settings), Path(chosen.out) / f"{chosen.part}.csv")


def _training(settings: Sequence[str]) -> Iterable[tuple[str, Point]]:
    for line, differs in LINES.items():
        config = trial.compose(RECIPE, *differs, *settings)
        corpus = trial.corpus(config)
        target = convergence.target(config, corpus)
        for point in convergence.training(config, corpus, target, moments(config.train.epochs)):
            yield line, point


def _dimensions(settings: Sequence[str]) -> Iterable[tuple[str, Point]]:
    config = trial.compose(RECIPE, *settings)
    target = convergence.target(config, trial.corpus(config))
    for dim in DIMENSIONS:
        yield "least of the exact objective", convergence.minimum(target, dim, STEPS, config.seed)
        yield "SVD of PMI - log k", convergence.decomposition(target, dim)


def moments(epochs: int) -> list[int]:
    """1, 2, 3, 5, 8, ...: epochs to look after, closer at first; the last is the last."""
    found = [1, 2]
    while found[-1] + found[-2] < epochs:
        found.append(found[-1] + found[-2])
    return sorted({epoch for epoch in found if epoch < epochs} | {epochs})


def write(points: Iterable[tuple[str, Point]], path: Path) -> None:
    """A row for each point over all pairs, and for each class of counts of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["line", "dim", "epoch", "loss", "least", *convergence.Agreement._fields])
        for line, point in points:
            for each in (point.agreement, *point.by_count):
                numbers = [f"{number:.6g}" for number in (point.loss, point.least, *each)]
                rows.writerow([line, point.dim, "" if point.epoch is None else point.epoch, *numbers])
            file.flush()
            print(f"{line}: {point.dim} dimensions, epoch {point.epoch}: {point.agreement.correlation:.4f}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
