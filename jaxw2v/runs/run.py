"""A run: Config to arrays to trained vectors and result files. The only assembly."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import jax

from jaxw2v.checkpoints import folder as places
from jaxw2v.checkpoints import identity
from jaxw2v.checkpoints.finishing import Finishing
from jaxw2v.checkpoints.manager import CheckpointManager
from jaxw2v.checkpoints.signals import StopRequest
from jaxw2v.errors import InputError
from jaxw2v.files import results
from jaxw2v.hosts import orders
from jaxw2v.hosts.processes import ALONE, Processes
from jaxw2v.runs import memory, outputs, platforms, session, several, walk
from jaxw2v.runs.callbacks import Checkpoints, Divergence, HeldoutLoss, Metrics, Progress, readable
from jaxw2v.runs.inputs import Inputs, read_inputs
from jaxw2v.runs.outputs import Made, Outcome
from jaxw2v.runs.program import Program
from jaxw2v.settings.config import Config


def alike(config: Config) -> dict[str, Any]:
    """The settings in which runs must agree to be trained side by side, by name.

    Left out are the numbers that one compiled program takes as arguments, the window (the widest is the program's), and
    what is done with vectors afterwards. k is a number only where spans share negative samples.
    """
    settings = results.flatten(asdict(config))
    free = {"seed", "subsample.threshold", "subsample.formula", "windows.window", "negatives.exponent"}
    free |= {"optimizer.learning_rate", "train.log_every"}
    free |= {"name", "figures", "projection", "compilation_cache", "corpus.verify"}
    free |= {"vectors.matrices", "vectors.formats"}
    if config.negatives.shared_by == "span":
        free.add("negatives.k")
    return {key: value for key, value in settings.items() if key not in free}


@memory.one_line()
def run(
    configs: Sequence[Config],
    folders: Sequence[Path],
    *,
    repository: Path,
    say: Callable[[str], None],
    report: Callable[[Progress], None],
    begun: Callable[[], Any],
    beside: Iterable[Path] = (),
    processes: Processes = ALONE,
) -> list[Outcome | Exception]:
    """Trains, saves, evaluates. What became of each run; everything that it leaves is in its folder.

    A run that fails by itself has its exception here and leaves the others alone: a DivergedError, for one, with the
    last finite tables in diverged.npz and diverged-output.npz.

    Args:
      configs: checked; several, which must be `alike`, are trained side by side.
      folders: where each run's files go; see `folder.claim`.
      repository: whose commit is recorded.
      say: takes a line for a person.
      report: takes the progress after every segment, of the first run that has not failed. An Interrupted from it is
        as Ctrl-C: a checkpoint, then the end.
      begun: called when it is certain that what is in the folders is of these runs.
      beside: results of the same sweep, which must be of the same text and code.
      processes: that train these runs together; this one leads, see `several`.

    Raises:
      InputError: something that all share cannot be used; the message says what and the remedy.
    """
    begin = time.perf_counter()
    for folder in folders:
        places.claim(folder)
    at_end, request = any(places.has_checkpoint(folder) for folder in folders), StopRequest(say)
    several.begin(at_end, request, processes)
    inputs = read_inputs(configs[0], repository, say, len(configs), at_end, processes.count)
    several.agree_on_inputs(inputs, processes, configs[0].train.hosts.timeout)
    configs = [platforms.complete(each, inputs.mesh.devices.flat[0].platform) for each in configs]
    walk.refuse_long(configs, inputs.training)
    manager = CheckpointManager(folders, inputs.identities(configs), configs[0].train, request)
    identity.refuse_mixture(configs[0], inputs.record, beside)
    metrics = manager.find()
    begun()
    finishing = Finishing(manager, request)
    with finishing.held():
        if configs[0].baseline.method == "none":
            heldout = [HeldoutLoss(inputs.measure, processes)] if inputs.measure else []
            written = Metrics(folders, metrics, report, finishing, *heldout)
            callbacks: list[session.Callback] = [Divergence(folders), *heldout, written, Checkpoints(manager, request)]
            callbacks.append(several.Leading(processes))
            say(f"device: {inputs.mesh.devices.flat[0].device_kind}; compiling")
            ends = _train(configs, inputs, manager, finishing, callbacks, processes)
            finishing.check()
        else:
            from jaxw2v.runs import baseline  # here: what decomposes matrices takes a while to start

            ends = [baseline.factorize(each, inputs.training, say) for each in configs]
        share = (time.perf_counter() - begin) / manager.runs  # as the seconds of training
        outcomes: list[Outcome | Exception] = []
        for config, folder, end, lines in zip(configs, folders, ends, metrics):
            try:
                if isinstance(end, InputError):
                    raise end
                outcomes.append(outputs.finish(config, folder, end, inputs, lines, share, say))
            except Exception as error:  # of this run alone
                if isinstance(end, InputError) and len(configs) > 1:
                    places.end(folder)  # it was trained in company that will be finished
                ended = error if isinstance(end, InputError) else finishing.unfinished(len(outcomes), error)
                outcomes.append(memory.ran_out(ended) or ended)
        return outcomes


def _train(
    configs: Sequence[Config],
    inputs: Inputs,
    manager: CheckpointManager,
    finishing: Finishing,
    callbacks: Sequence[session.Callback],
    processes: Processes,
) -> list[Made | InputError]:
    """What training makes of each run, on the devices; it goes on from what the manager has found."""
    with jax.default_device(inputs.mesh.local_devices[0]):
        program = Program(configs, inputs.training, inputs.mesh, inputs.start, processes)
        several.send_found(*manager.found, processes)
        state = manager.restore(program.init())
        session.compile_for(program, state)  # here a signal still ends the run at once
        with finishing.request.listening():
            state = readable(program, session.train(program, state, callbacks))
            orders.give(processes, orders.GO_ON)
            if len(state.failed) < len(configs):
                finishing.hold(state)
        return [outputs.made(program, state, manager, r) for r in range(len(configs))]
