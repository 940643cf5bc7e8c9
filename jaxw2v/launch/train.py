"""The work of `jaxw2v train`: runs side by side, each in its folder, and what a person reads of them."""

import contextlib
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from jaxw2v.checkpoints import folder, signals
from jaxw2v.hosts.join import join
from jaxw2v.hosts.processes import ALONE, Processes
from jaxw2v.launch import command
from jaxw2v.launch.job import Job, record
from jaxw2v.launch.orphan import end_with_parent
from jaxw2v.launch.places import REPOSITORY
from jaxw2v.launch.progress import Display
from jaxw2v.runs import compilation_cache, evaluation, run, several
from jaxw2v.settings.config import Config


def train(jobs: Sequence[Job]) -> list[float | Exception | None]:
    """The scores that a sweeper optimizes, of runs that are trained side by side; an exception of one that failed."""
    first = jobs[0]
    if not first.alone:
        end_with_parent()
    processes = join(first.config.train.hosts)
    with processes.ending():
        several.agree_on_settings([job.config for job in jobs], processes)
        trains = first.config.baseline.method == "none"
        if processes.leads:
            return several.tell_scores(_lead(jobs, processes if trains else ALONE), processes)
        if trains:
            with compilation_cache.kept(first.config, lambda line: None):
                several.follow([job.config for job in jobs], processes, REPOSITORY)
        return several.told_scores(processes)


def _lead(jobs: Sequence[Job], processes: Processes) -> list[float | Exception | None]:
    """The scores, told to a person while they are made."""
    first = jobs[0]
    prefix = "" if first.alone else f"[{first.title}] "

    def say(text: str) -> None:
        command.say("\n".join(prefix + line for line in text.splitlines()))

    if first.title and first.alone:
        command.say(f"\n{len(jobs)} jobs side by side:" if len(jobs) > 1 else "")
    for job in jobs:
        if job.title:
            say(f"{'' if prefix else job.title + ': '}{job.folder.name}")
    outcomes = execute(jobs, say, first.alone and not command.is_quiet(), processes)
    for job, outcome in zip(jobs, outcomes):
        if isinstance(outcome, Exception):
            continue
        if len(jobs) > 1:
            say(f"{job.title}: {job.folder.name}")
        say("\n".join(summary(outcome, job.config, job.folder)))
    return [outcome if isinstance(outcome, Exception) else outcome.score for outcome in outcomes]


def execute(
    jobs: Sequence[Job], say: Callable[[str], None], terminal: bool, processes: Processes = ALONE
) -> list[run.Outcome | Exception]:
    """What became of each job; its files are in its folder, which nothing else uses meanwhile.

    Args:
      jobs: several are trained side by side.
      say: takes a line for a person.
      terminal: whether progress may be a bar on the terminal.
      processes: that train the jobs together; this one leads.

    Raises:
      InputError: what all share cannot be used.
      Interrupted: asked to stop; it says how to go on.
    """

    def begin() -> None:
        for job in jobs:
            record(job)

    first = jobs[0]
    display = Display(first.config.train.log_every, say, terminal)
    with contextlib.ExitStack() as stack:
        stack.callback(display.close)
        stack.enter_context(signals.going_on([job.folder for job in jobs], first.config.train.resume))
        for job in jobs:
            folder.claim(job.folder)
            stack.enter_context(folder.lock(job.folder))
            if not list(job.folder.glob(folder.CHECKPOINTS)):  # else they may be of other settings, those recorded
                record(job)
        stack.enter_context(compilation_cache.kept(first.config, say))
        return run.run(
            [job.config for job in jobs],
            [job.folder for job in jobs],
            repository=REPOSITORY,
            say=say,
            report=display,
            begun=begin,
            beside=first.folder.parent.glob("*/result.json") if first.title else (),
            processes=processes,
        )


def summary(outcome: run.Outcome, config: Config, place: Path) -> Iterator[str]:
    """Lines for a person: what a run made, how good it is and where it is."""
    result = outcome.result
    took = f"{result['seconds.training']:.1f} s, {result['words_per_second'] / 1e6:.2f}M words/s"
    if config.baseline.method != "none":
        yield f"counted and factorized in {took}"
    else:
        apart = f"(compilation {result['seconds.compilation']:.1f} s apart)"
        side = f", its share of {result['runs']} runs side by side" if result["runs"] > 1 else ""
        aside = f", {result['heldout.loss']:.4f} on sentences held out" if "heldout.loss" in result else ""
        yield f"trained in {took} {apart}{side}, loss {result['loss']:.4f} nats/pair{aside}"
    for word, found in evaluation.shown_neighbors(outcome.table, config.eval.neighbors):
        nearest = [f"{other} {cosine:.2f}" for other, cosine in found or []]
        shown = ", ".join(nearest) if found is not None else "not among the words"
        yield f"  {word}: {shown}"
    for key, value in result.items():
        if key.startswith("scores.") and not key.endswith((".answered", ".asked")):
            shown = "no score" if value is None else f"{value:.3f}"
            yield f"  {key[7:]}: {shown} ({result[f'{key}.answered']} answered of {result[f'{key}.asked']})"
    if "warning" in result:
        yield f"warning: {result['warning']}"
    yield f"files: {os.path.relpath(place)}: {', '.join(sorted(p.name for p in place.iterdir() if p.is_file()))}"
