"""A run that is stopped, or has no room, when it has trained: what is kept of it, and what it says."""

import contextlib
import pickle
import signal

import pytest

from jaxw2v.checkpoints import signals
from jaxw2v.checkpoints.finishing import Finishing
from jaxw2v.checkpoints.signals import StopRequest
from jaxw2v.errors import Interrupted
from tests.checkpoints.by_hand import manager, train_state
from tests.faults import full_disk


def finishing(run_folders, **changes) -> Finishing:
    request = StopRequest([].append)
    return Finishing(manager(run_folders, request=request, **changes), request)


def test_ctrl_c_once_asks_for_the_end_and_twice_is_not_caught(run_folders):
    said = []
    request = StopRequest(said.append)
    mine = manager(run_folders, request=request, checkpoint_every=0)
    before = signal.getsignal(signal.SIGINT)
    with request.listening():
        assert request.asked is None
        signal.raise_signal(signal.SIGINT)
        assert "once more stops at once" in said[0]
        assert signal.getsignal(signal.SIGINT) == signal.SIG_DFL
        assert request.asked is not None
        with pytest.raises(Interrupted, match="the same command goes on from there") as stopped:
            mine.save(train_state(1), 0.5)
    assert stopped.value.status == 130
    assert signal.getsignal(signal.SIGINT) == before


@pytest.mark.parametrize("when", ["before", "after", "ignored"])
def test_what_was_trained_is_saved_when_finishing_is_interrupted(run_folders, when):
    mine = finishing(run_folders, checkpoint_every=0)
    with pytest.raises(Interrupted, match=r"^terminated$"), mine.held():
        signal.raise_signal(signal.SIGTERM)  # nothing is trained yet
    (run_folders[0] / "result.json").touch()  # finished
    before = signal.getsignal(signal.SIGINT)

    mine = finishing(run_folders, checkpoint_every=0)

    def trained_and_stopped():
        with mine.held():
            mine.hold(train_state(4))
            assert not list(run_folders[1].glob("checkpoint-*"))  # it costs nothing as long as all goes well
            if when == "before":
                signal.raise_signal(signal.SIGINT)  # does not raise: it could be in a callback
            mine.check()
            with contextlib.suppress(BaseException):
                signal.raise_signal(signal.SIGINT)
            if when == "after":
                raise signals.interrupted(signal.SIGINT)

    with pytest.raises(Interrupted) as stopped:
        trained_and_stopped()
    assert (stopped.value.status, signal.getsignal(signal.SIGINT)) == (130, before)
    assert str(stopped.value) == "interrupted: the same command goes on from what was trained"
    assert not list(run_folders[0].glob("checkpoint-*"))
    assert [path.name for path in run_folders[1].glob("checkpoint-*")] == ["checkpoint-00000004"]


def test_a_signal_after_the_last_checkpoint_is_not_lost(run_folders):
    mine = finishing(run_folders, checkpoint_every=0)
    with mine.request.listening():
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(Interrupted, match="the same command goes on from there"):
            mine.hold(train_state(4))
    assert list(run_folders[0].glob("checkpoint-*"))


def test_how_a_run_that_has_no_room_goes_on(run_folders, monkeypatch):
    request = StopRequest([].append)
    made = manager(run_folders, request=request)
    mine = Finishing(made, request)
    assert mine.onward(0) == "the same command starts anew"
    mine.hold(train_state(4))

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", full)
        assert mine.onward(0) == "the same command trains anew, as there was no room for a checkpoint"
    made.save(train_state(3), 0.75)
    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", full)
        assert mine.onward(0) == "the same command goes on from the checkpoint after 75% of the segments"
    assert mine.onward(0) == "the same command goes on from what was trained"
    never = finishing(run_folders, resume="never")
    never.hold(train_state(4))
    assert never.onward(0) == "the same command with train.resume=auto goes on from what was trained"


def test_runs_side_by_side_without_room_say_what_the_same_command_can_do(run_folders):
    request = StopRequest([].append)
    first = manager(run_folders, request=request)
    first.save(train_state(1), 0.5)
    request.ask(Interrupted("", 130))
    with (
        full_disk(5),
        pytest.raises(Interrupted, match="not saved, the same command goes on from the checkpoint before"),
    ):
        first.save(train_state(2), 0.6)
    second = finishing(run_folders)
    second.hold(train_state(3))
    (run_folders[0] / "result.json").touch()  # finished, so that the other is alone when the command is given again
    with full_disk(5):
        assert second.onward(1) == "the same command trains anew, as there was no room for a checkpoint"
    assert manager(run_folders[1:], own=[{"seed": 1, "train.epochs": 5}]).find() == [[]]


def test_an_interruption_comes_back_from_another_process():
    error = pickle.loads(pickle.dumps(Interrupted("stopped", 130, "go on")))
    assert (str(error), error.status) == ("stopped: go on", 130)
