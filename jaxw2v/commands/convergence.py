"""How near training comes to PMI - log k: the products of its tables after some epochs, and what is left in the end.

jaxw2v convergence experiment=factorization corpus=file corpus.path=TEXT
jaxw2v convergence corpus=file corpus.path=TEXT vocab.max_size=300 model.dim=300

Takes the settings of experiments.train. Trains twice, with the seed and with the next one, which tells apart what
chance does and what it does not. Leaves convergence.csv, convergence.png and convergence.json in hydra.run.dir. A run
that was stopped goes on from its last checkpoint when the same command is given again.
"""

import contextlib
import os
import shlex
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from jaxw2v.checkpoints import folder as places
from jaxw2v.checkpoints import signals
from jaxw2v.errors import InputError
from jaxw2v.files import writing
from jaxw2v.files.results import flatten, write_result
from jaxw2v.launch import command
from jaxw2v.launch import compose as hydra_settings
from jaxw2v.launch.job import Job, record
from jaxw2v.launch.places import REPOSITORY
from jaxw2v.launch.progress import Display
from jaxw2v.runs import compilation_cache, convergence, platforms
from jaxw2v.runs.convergence import Convergence, CountBand, Moment
from jaxw2v.runs.inputs import Inputs, read_inputs
from jaxw2v.runs.snapshots import Place
from jaxw2v.study import agreement_figure
from jaxw2v.theory.agreement import Agreement

CSV = "convergence.csv"


def measure(jobs: Sequence[Job]) -> list[None]:
    """Trains, prints two tables and leaves the files."""
    job = jobs[0]
    config, folder = job.config, job.folder
    convergence.check(config)
    again = folder / "next-seed"  # of the second training, until the end
    _refuse_finished(folder, again)
    with contextlib.ExitStack() as stack:
        stack.enter_context(signals.going_on([folder], config.train.resume))
        places.claim(folder)
        stack.enter_context(places.lock(folder))
        for each in (folder, again):
            places.claim(each)
            if not list(each.glob(places.CHECKPOINTS)):  # else they may be of other settings, those recorded
                record(job._replace(folder=each))
        stack.enter_context(compilation_cache.kept(config, command.say))
        inputs = read_inputs(config, REPOSITORY, command.say)
        display = Display(config.train.log_every, command.say, terminal=False)  # lines: two trainings are no one bar
        both = Place(folder, inputs.record, command.say), Place(again, inputs.record, command.say)
        found = convergence.follow(config, inputs.training, report=display, places=both)
        _write(job, inputs, found)
        _clean(folder, again)
    command.say("\n".join(table(found.curve, found.bands)))
    command.say(f"files: {os.path.relpath(folder)}: convergence.csv, convergence.json, convergence.png, metrics.jsonl")
    return [None]


def _refuse_finished(folder: Path, again: Path) -> None:
    """Raises InputError if there is a table already; what its making has left besides, as it was killed, goes."""
    if not (folder / CSV).exists():
        return
    if places.recorded(folder):
        with places.lock(folder):
            _clean(folder, again)
    raise InputError(f"{folder / CSV} exists already; choose another hydra.run.dir")


def _clean(folder: Path, again: Path) -> None:
    places.end(folder)
    shutil.rmtree(again, ignore_errors=True)


def _write(job: Job, inputs: Inputs, found: Convergence) -> None:
    """Writes the files, the table as the last."""
    folder, corpus, end = job.folder, inputs.corpus, found.curve[-1]
    agreement_figure.picture(found.curve, found.bands, folder / "convergence.png")
    config = platforms.complete(job.config, inputs.mesh.devices.flat[0].platform)
    result = flatten(asdict(config)) | end.agreement._asdict() | {"excess": end.excess}
    write_result(folder / "convergence.json", result | inputs.record)
    remarks = [_command(job.overrides), f"corpus.sha256 {corpus.sha256}, {corpus.words:,} words of the vocabulary"]
    try:
        with writing.whole(folder / CSV, "w") as file:
            file.write(convergence.to_csv(found.curve, found.bands, remarks))
    except OSError as error:
        raise InputError(f"{folder / CSV}: {error.strerror}; choose another hydra.run.dir") from error


def table(curve: Sequence[Moment], bands: Sequence[CountBand]) -> Iterator[str]:
    """Lines for a person: one for each moment, then one for each band of counts."""
    yield "epoch  correlation  weighted    mean   error  loss above the least (nats a pair)"
    for at in curve:
        yield f"{at.epoch:5}  {_numbers(at.agreement)}  {at.excess:.4f}"
    yield ""
    yield "expected count       pairs  correlation  weighted    mean   error  in common  of chance"
    for each, parts in bands:
        span = f"{each.low:g} to {each.high:g}"
        yield f"{span:14} {each.pairs:11,}  {_numbers(each)}  {parts.common:9.3f}  {parts.own:9.3f}"


def _numbers(of: Agreement) -> str:
    return f"{of.correlation:11.4f}  {of.weighted:8.4f}  {of.bias:+6.3f}  {of.error:6.3f}"


def _command(overrides: Sequence[str]) -> str:
    words = [shlex.quote(word) for word in overrides if not word.startswith("name=")]
    return " ".join(["jaxw2v convergence", *words])


IGNORES = ("figures", "projection", "heldout.", "vectors.", "eval.", "train.save_state", "train.hosts.")
READS = ("baseline.memory", "baseline.tolerance")  # of its counts
main = hydra_settings.main(measure, "name=convergence", ignores=IGNORES, reads=READS)
