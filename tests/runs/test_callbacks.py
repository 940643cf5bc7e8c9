"""The callbacks of the loop, each alone: a session is played to them by hand."""

import json
from types import SimpleNamespace

import jax.numpy as jnp
import numpy as np
import pytest

from jaxw2v.checkpoints.finishing import Finishing
from jaxw2v.checkpoints.manager import CheckpointManager
from jaxw2v.checkpoints.signals import StopRequest
from jaxw2v.checkpoints.state import TrainState
from jaxw2v.errors import InputError, Interrupted
from jaxw2v.runs import callbacks
from jaxw2v.runs.divergence import DivergedError
from jaxw2v.runs.heldout_loss import Measured
from jaxw2v.runs.session import Clock, Done
from jaxw2v.text.corpus import Corpus
from jaxw2v.text.vocabulary import Vocabulary
from jaxw2v.training.model import Model
from jaxw2v.training.segment import Info
from tests.configs import compose, section
from tests.faults import full_disk

V, D = 3, 2
WORDS = 100  # of an epoch, in two rounds


class Rounds:
    """Two epochs of two rounds."""

    def __len__(self):
        return 4

    def epoch(self, number):
        return number // 2

    def begins_epoch(self, number):
        return number % 2 == 0

    def words_before(self, number):
        return number * WORDS // 2

    def seen_before(self, number):
        return number / 4


class Program:
    """What callbacks ask of a program of two runs."""

    rounds = Rounds()

    def __init__(self, runs: int = 2):
        self.configs = [
            compose("train.epochs=2", f"seed={seed}", "optimizer.learning_rate=0.04") for seed in range(runs)
        ]
        vocabulary = Vocabulary([f"w{row}" for row in range(V)], np.array([50, 30, 20]))
        self.corpus = Corpus(np.zeros(0, np.int32), vocabulary, "", WORDS, 2 * WORDS, 1)

    def readable(self, state):
        return state

    def model(self, state, r):
        rounds = float(np.asarray(state)[0])
        return Model(*(np.full((V, D), 10 * rounds + r + at, np.float32) for at in (0, 0.5)))


def play(callback, number: int, runs: int = 2, failed=(), healthy=True, clock=None) -> TrainState:
    """Shows a callback round `number`; the tables of each run are the number of rounds done."""
    sums = np.arange(1.0, runs + 1)
    failed = {r: InputError("before") for r in failed}
    state = TrainState(number + 1, jnp.full(runs, number + 1.0), 6 * sums, 2 * sums, sums, 1.5, failed)
    loss = np.stack([np.full(3, r + 1.0) for r in range(runs)])[None]
    info = Info(loss, loss / 2, loss, None, None, np.array([[healthy] * runs]))
    callback.after_segment(Done(number, Program(runs), clock or Clock(), 0.5), state, info)
    return state


def saving(run_folders, **changes) -> tuple[CheckpointManager, StopRequest]:
    request = StopRequest(lambda line: None)
    own = [{"seed": at} for at in range(len(run_folders))]
    return CheckpointManager(run_folders, own, section("train", **changes), request), request


def test_divergence_ends_the_runs_that_are_not_healthy_once(run_folders):
    watch = callbacks.Divergence(run_folders)
    assert play(watch, 0).failed == {}
    failed = play(watch, 2, failed=[0], healthy=False).failed
    assert str(failed[0]) == "before"
    assert isinstance(failed[1], DivergedError)
    assert "in epoch 2, after 50% of all words" in str(failed[1])
    assert not (run_folders[0] / "diverged.npz").exists()
    assert (run_folders[1] / "diverged.npz").exists()
    assert (run_folders[1] / "diverged-output.npz").exists()


def test_the_held_out_loss_is_measured_after_an_epoch_and_its_time_is_no_training(monkeypatch):
    now = [0.0]
    monkeypatch.setattr("time.perf_counter", lambda: now[0])

    def measure(model, r):
        now[0] += 7
        return Measured(1.0 + r, 0.5, 0.1, 9.0)

    heldout, clock = callbacks.HeldoutLoss(measure), Clock()
    monkeypatch.setattr(callbacks.TrainState, "state", SimpleNamespace(model=None))
    play(heldout, 0, clock=clock)
    assert heldout.found == {}
    play(heldout, 1, failed=[0], clock=clock)
    assert heldout.found == {1: Measured(2.0, 0.5, 0.1, 9.0)}
    assert (now[0], clock.seconds()) == (7, 0)


def test_metrics_are_lines_of_the_runs_that_have_not_failed(run_folders):
    manager, request = saving(run_folders)
    reports, lines = [], [[], [{"words": 0}]]
    heldout = callbacks.HeldoutLoss(lambda model, r: None)
    heldout.found = {1: Measured(2.0, 0.5, 0.1, 9.0)}
    metrics = callbacks.Metrics(run_folders, lines, reports.append, Finishing(manager, request), heldout)
    play(metrics, 1)
    play(metrics, 2, failed=[0])
    written = [[json.loads(line) for line in (f / "metrics.jsonl").read_text().splitlines()] for f in run_folders]
    assert [len(each) for each in written] == [1, 2]
    assert lines == [written[0], [{"words": 0}, *written[1]]]
    assert written[0][0] == {
        "epoch": 1, "words": 200, "total": 400, "loss": 3.0, "segment_loss": 2.0, "words_per_second": 200.0,
        "learning_rate": pytest.approx(0.02, rel=1e-3), "seconds": 1.5,
    }  # fmt: skip
    assert written[1][0]["heldout.loss"] == 2.0
    assert [(report.epoch, report.words) for report in reports] == [(1, 200), (2, 300)]  # of one run a round


def test_a_report_that_nobody_reads_asks_for_the_end(run_folders):
    def gone(progress):
        raise Interrupted("", 141)

    manager, request = saving(run_folders)
    play(callbacks.Metrics(run_folders, [[], []], gone, Finishing(manager, request)), 0)
    assert request.asked.status == 141


def test_metrics_that_cannot_be_written_say_how_to_go_on(run_folders):
    manager, request = saving(run_folders)
    metrics = callbacks.Metrics(run_folders, [[], []], print, Finishing(manager, request))
    with full_disk(5), pytest.raises(InputError, match="make room, and the same command starts anew"):
        play(metrics, 0)


def test_checkpoints_are_made_when_due_and_when_somebody_asks(run_folders):
    for folder in run_folders:
        (folder / "metrics.jsonl").touch()
    manager, request = saving(run_folders, checkpoint_every=2, checkpoint_unit="segments")
    checkpoints = callbacks.Checkpoints(manager, request)
    for number in range(3):
        play(checkpoints, number)
    manager.settle()
    assert [path.name for path in run_folders[0].glob("checkpoint-*")] == ["checkpoint-00000002"]
    request.ask(Interrupted("", 130))
    with pytest.raises(Interrupted, match="stopped after 75% of all words"):
        play(checkpoints, 2)
    assert [path.name for path in sorted(run_folders[1].glob("checkpoint-*"))][-1] == "checkpoint-00000003"


def test_runs_that_have_all_failed_leave_no_word_of_going_on(run_folders):
    manager, request = saving(run_folders)
    request.ask(Interrupted("", 130))
    play(callbacks.Checkpoints(manager, request), 1, failed=[0, 1])
    assert not list(run_folders[0].glob("checkpoint-*"))


def test_snapshots_are_the_tables_after_the_epochs_asked_for(run_folders):
    snapshots = callbacks.Snapshots(run_folders[0], [2])
    for number in range(4):
        play(snapshots, number, runs=1)
    again = callbacks.Snapshots(run_folders[0], [2])  # of the same command, given again
    [(epoch, model)] = again.models().items()
    assert epoch == 2
    np.testing.assert_array_equal(model.input_VD, np.full((V, D), 40, np.float32))
    np.testing.assert_array_equal(model.output_VD, np.full((V, D), 40.5, np.float32))
    [path] = run_folders[0].glob("snapshot-*")
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(InputError, match=r"cannot be read .*train\.resume=never starts anew"):
        again.models()


def test_a_snapshot_without_room_is_one_line(run_folders):
    with full_disk(5), pytest.raises(InputError, match=r"snapshot-000001: cannot write .*make room"):
        play(callbacks.Snapshots(run_folders[0], [1]), 1, runs=1)


def test_a_report_alone_is_that_of_one_run():
    reports = []
    play(callbacks.Report(reports.append), 0, runs=1)
    play(callbacks.Report(reports.append), 1, runs=1, failed=[0])
    assert [(report.words, report.total) for report in reports] == [(100, 400)]
