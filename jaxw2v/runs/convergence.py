"""How training nears what it should end at: the products of its tables beside PMI - log k, on the way and in the end.

A pair of words co-occurs here if its expected count in an epoch is above 0, and each such pair counts once, however
rare. Without subsampling these are the pairs that stand within a window of each other somewhere in the text. With it a
pair that stands farther apart is among them, too, as removed tokens let a window reach farther, with whatever small
probability: most of these are never seen in training.
"""

import csv
import dataclasses
import io
import operator
from collections.abc import Callable, Collection, Iterable
from typing import NamedTuple

import numpy as np

from jaxw2v.errors import InputError
from jaxw2v.files import blas
from jaxw2v.runs import memory, snapshots
from jaxw2v.runs.callbacks import Progress
from jaxw2v.runs.snapshots import Place
from jaxw2v.settings.config import Config
from jaxw2v.text.corpus import Corpus
from jaxw2v.theory import agreement, counts, fit, objective
from jaxw2v.theory.agreement import Agreement, Parts
from jaxw2v.training.model import Model
from jaxw2v.training.negatives import noise_distribution
from jaxw2v.training.subsample import keep_probabilities

EDGES = (0, 0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000, 3000, np.inf)  # of the bands, expected counts in an epoch
COPIES, BYTES = 14, 8  # of an array of all pairs in float64, at the worst moment
STEPS = 8  # of a curve: moments that are evenly apart

_ONLY = {  # what PMI - log k is the optimum of, and why not of others
    "corpus.source": (("docstrings", "text8", "file"), "the contexts of given pairs are no windows; use a text"),
    "model.architecture": (("skipgram",), "a bag of contexts has no product of its own; use skipgram"),
    "model.objective": (("negative_sampling",), "the optimum is that of negative_sampling; use it"),
    "model.tied": ((False,), "a word's product with itself cannot be negative with one table; use false"),
    "model.freeze": (("none",), "a table that stays as it starts has another optimum; use none"),
    "baseline.method": (("none",), "trains nothing; use baseline=none"),
    "train.heldout_fraction": ((0,), "counts are of the whole text; use 0"),
    "train.resume": (("auto", "must", "never"), "the curve is of one program from its start; use never, to start anew"),
    "train.init_from": ((None,), "the curve is of a training from its start; leave it out"),
}


class Target(NamedTuple):
    """What products approach.

    Attributes:
      count_VV: [V, V] float64 #(w, c), expected in an epoch.
      negative_VV: [V, V] float64, how often each pair is expected as noise in an epoch.
      optimum_VV: [V, V] float64 of `objective.optimum`: PMI - log k under the noise distribution that is drawn from.
    """

    count_VV: np.ndarray
    negative_VV: np.ndarray
    optimum_VV: np.ndarray


class Moment(NamedTuple):
    """A point of the curve.

    Attributes:
      epoch: after which it was taken.
      excess: the exact expected loss less the least there is, nats per positive pair. Never 0: at a finite distance
        pairs that do not co-occur still cost something.
      agreement: over all pairs that co-occur.
    """

    epoch: int
    excess: float
    agreement: Agreement


class CountBand(NamedTuple):
    """Pairs of about the same expected count at the end: how near the run is, and what its distance is made of."""

    agreement: Agreement
    parts: Parts


class Convergence(NamedTuple):
    """How a run neared its optimum.

    Attributes:
      target: the optimum.
      curve: from the first moment to the last.
      bands: of the last one, from the rarest pairs; of two trainings, with this seed and the next, see `Parts`.
      product_VV: [V, V] float64, v_w . v_c in the end.
    """

    target: Target
    curve: list[Moment]
    bands: list[CountBand]
    product_VV: np.ndarray


def check(config: Config) -> None:
    """Before a text is read.

    Raises:
      InputError: PMI - log k is not what this training approaches.
    """
    for name, (allowed, why) in _ONLY.items():
        if (value := operator.attrgetter(name)(config)) not in allowed:
            raise InputError(f"{name}={value}: {why}")
    if not config.negatives.k:
        raise InputError("negatives.k=0: without noise products grow without end; use 1 or more")


def moments(epochs: int) -> list[int]:
    """Epochs to look at: 1, 2, 4, .. and `STEPS` that are evenly apart, the last among them."""
    doubling = {2**power for power in range(epochs.bit_length())}
    return sorted(doubling | {-(-epochs * step // STEPS) for step in range(1, STEPS + 1)})


def target(config: Config, corpus: Corpus) -> Target:
    """What training of this config on this corpus approaches, counted without a coin thrown.

    Raises:
      InputError: see `check`; arrays of all pairs would be larger than `baseline.memory`; no two words meet.
    """
    check(config)
    count_V, windows = corpus.vocabulary.count_V, config.windows
    memory, needed = config.baseline.memory * 1e9, COPIES * BYTES * len(count_V) ** 2
    if needed > memory:
        raise InputError(
            f"baseline.memory={config.baseline.memory:g}: all pairs of {len(count_V):,} words would take "
            f"{needed / 1e9:,.2g} GB; use fewer words, such as vocab.max_size=1000, or raise it"
        )
    keep_V = keep_probabilities(count_V, config.subsample.threshold, config.subsample.formula)
    how = {"widens": windows.removed == "skip", "tolerance": config.baseline.tolerance}
    found = counts.count(corpus.ids_N, keep_V, windows.window, windows.dynamic, **how)
    count_VV = found.count_VV.toarray()
    if not count_VV.any():
        raise InputError("corpus.path: no word has a neighbor in this text; give lines of two words or more")
    negative_VV = objective.negative_counts(count_VV, noise_distribution(count_V, config.negatives), config.negatives.k)
    return Target(count_VV, negative_VV, objective.optimum(count_VV, negative_VV))


@memory.one_line()
@blas.one_thread
def follow(
    config: Config,
    corpus: Corpus,
    epochs: Collection[int] = (),
    report: Callable[[Progress], None] = lambda progress: None,
    places: tuple[Place, Place] | None = None,
) -> Convergence:
    """Trains twice, with the seed and with the next one, and compares with the optimum.

    Args:
      config: checked.
      corpus: encoded.
      epochs: of the curve, from 1 to `train.epochs`, which is always the last; none: those of `moments`.
      report: takes the progress of each of the two trainings after every segment.
      places: where each of them makes checkpoints, so that the same call goes on; None: none are made.

    Raises:
      InputError: of `target`, or one that training raises.
    """
    aim, last = target(config, corpus), config.train.epochs
    first, second = places or (None, None)
    models = snapshots.take(config, corpus, {*(epochs or moments(last)), last}, report, first)
    train = dataclasses.replace(config.train, resume="never" if config.train.resume == "never" else "auto")
    again = dataclasses.replace(config, seed=(config.seed + 1) % 2**32, train=train)  # begun or not
    other_VV = products(snapshots.take(again, corpus, [last], report, second)[last])
    least = objective.least_loss(aim.count_VV, aim.negative_VV)

    def moment(epoch: int) -> Moment:
        input_VD, output_VD = (np.asarray(table_VD, np.float64) for table_VD in models[epoch])
        loss, *_ = fit.value_and_gradients(input_VD, output_VD, aim.count_VV, aim.negative_VV)
        return Moment(epoch, loss - least, agreement.agreement(products(models[epoch]), aim.optimum_VV, aim.count_VV))

    product_VV = products(models[last])
    bands = [
        CountBand(each, agreement.parts(product_VV, other_VV, aim.optimum_VV, aim.count_VV, each.low, each.high))
        for each in agreement.by_count(product_VV, aim.optimum_VV, aim.count_VV, EDGES)
    ]
    return Convergence(aim, [moment(epoch) for epoch in sorted(models)], bands, product_VV)


def products(model: Model) -> np.ndarray:
    """[V, V] float64 v_w . v_c, words in rows and contexts in columns."""
    return np.asarray(model.input_VD, np.float64) @ np.asarray(model.output_VD, np.float64).T


COLUMNS = ("epoch", "excess", *Agreement._fields, *Parts._fields)


def to_csv(curve: Iterable[Moment], bands: Iterable[CountBand], remarks: Iterable[str]) -> str:
    """The remarks, each a line after "# "; then a row for each moment and each band, six digits of each number.

    A band has no epoch and no excess, a moment no parts.
    """
    text = io.StringIO()
    text.writelines(f"# {' '.join(remark.split())}\n" for remark in remarks)
    writer = csv.DictWriter(text, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    for each in curve:
        writer.writerow(_digits({"epoch": each.epoch, "excess": each.excess, **each.agreement._asdict()}))
    for band in bands:
        writer.writerow(_digits(band.agreement._asdict() | band.parts._asdict()))
    return text.getvalue()


def from_csv(text: str) -> tuple[list[Moment], list[CountBand], list[str]]:
    """What `to_csv` wrote: the curve, the bands and the remarks."""
    lines = text.splitlines()
    curve: list[Moment] = []
    bands: list[CountBand] = []
    for row in csv.DictReader(line for line in lines if not line.startswith("#")):
        number = {name: float(value) for name, value in row.items() if value}
        ours = Agreement._make(int(row[name]) if name == "pairs" else number[name] for name in Agreement._fields)
        if row["epoch"]:
            curve.append(Moment(int(row["epoch"]), number["excess"], ours))
        else:
            bands.append(CountBand(ours, Parts(number["common"], number["own"])))
    return curve, bands, [line[2:] for line in lines if line.startswith("#")]


def _digits(row: dict[str, float]) -> dict[str, str]:
    return {name: f"{value:d}" if isinstance(value, int) else f"{value:.6g}" for name, value in row.items()}
