"""Checkpoints: what is read back, what is refused, which one is used, when they are made."""

import contextlib
import dataclasses
import errno
import pickle
import signal
import time

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxw2v.checkpoints import files, folder, signals
from jaxw2v.checkpoints.finishing import Finishing
from jaxw2v.checkpoints.manager import CheckpointManager
from jaxw2v.checkpoints.signals import StopRequest
from jaxw2v.checkpoints.state import TrainState
from jaxw2v.errors import InputError, Interrupted
from jaxw2v.settings.train import TrainSettings
from tests.command_line import RECORD
from tests.faults import full_disk

DEVICE = jax.devices()[0]


def settings(**changes) -> TrainSettings:
    values = {
        "epochs": 1, "heldout_fraction": 0.0, "step_tokens": 64, "chunk_tokens": 64, "segment_tokens": None,
        "replicas": 1, "device": "cpu", "deterministic": False, "log_every": 1, "checkpoint_every": 1,
        "checkpoint_unit": "segments", "resume": "auto", "init_from": None, "save_state": False,
    }  # fmt: skip
    return TrainSettings(**values | changes)


@pytest.fixture
def places(tmp_path):
    made = [tmp_path / "one", tmp_path / "two"]
    for place in made:
        (place / ".hydra").mkdir(parents=True)
        (place / ".hydra" / "config.yaml").write_text(RECORD)
        (place / "metrics.jsonl").write_text('{"epoch": 1}\n')
    return made


def manager(places, said=None, own=None, request=None, **changes) -> CheckpointManager:
    own = own or [{"seed": at, "train.epochs": 5} for at in range(len(places))]
    request = request or StopRequest((said if said is not None else []).append)
    return CheckpointManager(places, own, settings(**changes), request)


def finishing(places, **changes) -> Finishing:
    request = StopRequest([].append)
    return Finishing(manager(places, request=request, **changes), request)


def state(at: float) -> dict:
    table = np.random.default_rng(int(at)).normal(size=(2, 11, 7)).astype(np.float32)
    table[0, 0, :3] = np.nan, -0.0, np.inf
    return {"table": jax.device_put(table, DEVICE), "rows": jnp.full(2, at), "step": jnp.array([3, 4])}


def train_state(done: int, failed=()) -> TrainState:
    sums = np.array([0.1, 1 / 3]) + done
    return TrainState(done, state(done), sums, sums + 1, sums + 2, 1.5, {r: InputError("why") for r in failed})


def same(one: TrainState, other: TrainState) -> bool:
    trees = [jax.tree.map(lambda array: np.asarray(array).tobytes(), each[:-1]) for each in (one, other)]
    return trees[0] == trees[1]


def test_a_checkpoint_comes_back_bit_for_bit(tmp_path):
    arrays = {"a": np.arange(77, dtype=np.float32).reshape(11, 7), "b": np.array(3), "c": np.zeros((0, 3), np.int8)}
    arrays["d"] = np.asarray(jnp.arange(5, dtype=jnp.bfloat16))
    files.write(tmp_path / "x", {"sum": 0.1 + 0.2, "text": "é\n"}, arrays)
    read = files.read(tmp_path / "x")
    assert read.meta == {"sum": 0.1 + 0.2, "text": "é\n"}
    for name, array in arrays.items():
        assert (read.arrays[name].dtype, read.arrays[name].shape) == (array.dtype, array.shape)
        assert read.arrays[name].tobytes() == array.tobytes()
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


def test_no_byte_of_a_checkpoint_can_be_changed_or_missing(tmp_path):
    path = tmp_path / "x"
    files.write(path, {"done": 1}, {"a": np.arange(3)})
    whole = path.read_bytes()
    for at in range(len(whole)):
        path.write_bytes(whole[:at])
        with pytest.raises(ValueError, match=r"cut short|checksum"):
            files.read(path)
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with pytest.raises(ValueError, match=r"no checkpoint|checksum|version"):
            files.read(path)


def test_training_goes_on_from_the_newest(places):
    first = manager(places)
    assert first.find() == [[], []]
    for place in places:
        (place / "metrics.jsonl").write_text('{"epoch": 1}\n')
    for done in (1, 2, 3):
        first.save(train_state(done), 0.5)
    assert [len(list(place.glob("checkpoint-*"))) for place in places] == [2, 2]
    for place in places:
        (place / "metrics.jsonl").write_text('{"epoch": 1}\n{"epoch": 1}\n{"epo')  # after the checkpoint
        (place / "vectors.bin").write_text("half")
    said = []
    second = manager(places, said)
    assert second.find() == [[{"epoch": 1}]] * 2
    assert said == ["going on after 50% of all words"]
    assert same(second.restore(state(0)), train_state(3))
    assert second.restarts == 1
    for place in places:
        assert (place / "metrics.jsonl").read_text() == '{"epoch": 1}\n'
        assert not (place / "vectors.bin").exists()


def test_of_a_damaged_one_or_one_that_not_all_runs_have_the_one_before_is_used(places):
    first = manager(places)
    for done in (1, 2):
        first.save(train_state(done), 0.5)
    path = places[1] / "checkpoint-00000002"
    path.write_bytes(path.read_bytes()[:-1])
    said = []
    second = manager(places, said)
    second.find()
    assert "checksum" in said[0]
    assert same(second.restore(state(0)), train_state(1))
    path = places[0] / "checkpoint-00000001"
    path.write_bytes(b"")
    said = []
    third = manager(places, said)
    assert third.find() == [[], []]
    assert "cut short" in said[0]
    assert not list(places[1].glob("checkpoint-*"))
    with pytest.raises(InputError, match=r"train\.resume=must"):
        manager(places, resume="must").find()


def test_another_run_is_refused_and_the_difference_named(places):
    manager(places).save(train_state(1), 0.5)
    before = {path: path.read_bytes() for place in places for path in place.iterdir() if path.is_file()}
    with pytest.raises(InputError, match=r"train.epochs=5 there, 6 here.*train.resume=never"):
        manager(places, own=[{"seed": at, "train.epochs": 6} for at in range(2)]).find()
    assert {path: path.read_bytes() for place in places for path in place.iterdir() if path.is_file()} == before
    assert manager(places, resume="never").find() == [[], []]
    assert not any(path.exists() for path in before)


def test_a_checkpoint_of_another_version_is_refused_and_kept(places):
    manager(places).save(train_state(1), 0.5)
    path = places[0] / "checkpoint-00000001"
    path.write_bytes(path.read_bytes().replace(files.MAGIC, b"jaxw2v checkpoint 1\n"))
    with pytest.raises(InputError, match=r"another version of this program; train\.resume=never"):
        manager(places).find()
    assert path.exists()
    assert manager(places, resume="never").find() == [[], []]


def contents(places) -> dict:
    return {path: path.read_bytes() for place in places for path in place.rglob("*") if path.is_file()}


def test_a_run_without_the_company_it_had_is_refused_unless_it_was_at_its_end(places):
    manager(places).save(train_state(1), 0.5)
    before = contents(places)
    for resume in ("auto", "must"):
        with pytest.raises(InputError, match=r"one.*of 2 side by side there, 1 here.*train\.resume=never"):
            manager(places[:1], resume=resume).find()
    with pytest.raises(InputError, match="beside other ones"):
        manager([places[0], places[0].parent], own=[{"seed": 0, "train.epochs": 5}, {"seed": 7}]).find()
    assert contents(places) == before
    manager(places).save(train_state(9), 1.0)
    rest = manager(places[1:], own=[{"seed": 1, "train.epochs": 5}])
    rest.find()
    assert rest.runs == 2
    one = jax.tree.map(lambda array: array[1], state(0))
    found = rest.restore(one)
    np.testing.assert_array_equal(found.state["table"], state(9)["table"][1])
    assert found.loss_R.tolist() == [train_state(9).loss_R[1]]


@pytest.mark.parametrize("resume", ["auto", "must"])
def test_a_checkpoint_that_cannot_be_read_now_is_kept(places, monkeypatch, resume):
    manager(places).save(train_state(1), 0.5)
    before = contents(places)

    def fail(path):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(files, "read", fail)
    with pytest.raises(InputError, match=r"checkpoint-00000001: cannot be read \(Input/output error\); try again"):
        manager(places, resume=resume).find()
    assert contents(places) == before


def test_must_names_the_run_without_a_checkpoint_and_removes_none(places):
    first = manager(places)
    for done in (1, 2):
        first.save(train_state(done), 0.5)
    for path in places[1].glob(folder.CHECKPOINTS):
        path.write_bytes(path.read_bytes()[:-1])
    before = contents(places)
    with pytest.raises(InputError, match=r"train\.resume=must: .*two holds no checkpoint"):
        manager(places, resume="must").find()
    assert contents(places) == before


def test_a_run_that_failed_keeps_its_last_good_checkpoint_and_the_other_goes_on(places):
    first = manager(places)
    first.save(train_state(1), 0.5)
    for done in (2, 3, 4):
        first.save(train_state(done, failed=[0]), 0.5)
    assert [path.name for path in places[0].glob("checkpoint-*")] == ["checkpoint-00000001"]
    (places[0] / "diverged.npz").write_text("tables")
    second = manager(places)
    second.find()
    found = second.restore(state(0))
    assert {r: str(error) for r, error in found.failed.items()} == {0: "why"}
    np.testing.assert_array_equal(found.state["table"][1], state(4)["table"][1])
    assert (places[0] / "diverged.npz").exists()


def test_by_time_they_take_no_more_than_a_fiftieth(places, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    write = files.write

    def slow(*args):
        now[0] += 3.0  # in each of two folders
        write(*args)

    monkeypatch.setattr(files, "write", slow)
    mine = manager(places, checkpoint_every=60, checkpoint_unit="seconds")
    for done in range(1, 10_000):
        now[0] += 1
        if mine.due(done, 100_000):
            mine.save(train_state(done), 0.5)
    assert 60 < mine.seconds < 0.02 * now[0] + 6
    assert not manager(places, checkpoint_every=0).due(1, 2)
    assert manager(places, checkpoint_every=0).due(2, 2)  # runs side by side end together
    assert [manager(places, checkpoint_every=3).due(done, 9) for done in (1, 2, 3)] == [False, False, True]


def test_a_full_disk_costs_the_checkpoint_and_not_the_run(places, monkeypatch):
    said = []
    mine = manager(places, said)
    mine.save(train_state(1), 0.5)

    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    mine.save(train_state(2), 0.5)
    mine.save(train_state(3), 0.5)
    assert "No space left" in said[0]
    monkeypatch.undo()
    assert [path.name for path in places[0].glob(".*") if path.is_file()] == []
    second = manager(places)
    second.find()
    assert same(second.restore(state(0)), train_state(1))


def test_ctrl_c_once_asks_for_the_end_and_twice_is_not_caught(places):
    said = []
    request = StopRequest(said.append)
    mine = manager(places, request=request, checkpoint_every=0)
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
def test_what_was_trained_is_saved_when_finishing_is_interrupted(places, when):
    mine = finishing(places, checkpoint_every=0)
    with pytest.raises(Interrupted, match=r"^terminated$"), mine.held():
        signal.raise_signal(signal.SIGTERM)  # nothing is trained yet
    (places[0] / "result.json").touch()  # finished
    before = signal.getsignal(signal.SIGINT)

    mine = finishing(places, checkpoint_every=0)

    def trained_and_stopped():
        with mine.held():
            mine.hold(train_state(4))
            assert not list(places[1].glob("checkpoint-*"))  # it costs nothing as long as all goes well
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
    assert not list(places[0].glob("checkpoint-*"))
    assert [path.name for path in places[1].glob("checkpoint-*")] == ["checkpoint-00000004"]


def test_a_signal_after_the_last_checkpoint_is_not_lost(places):
    mine = finishing(places, checkpoint_every=0)
    with mine.request.listening():
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(Interrupted, match="the same command goes on from there"):
            mine.hold(train_state(4))
    assert list(places[0].glob("checkpoint-*"))


def test_how_a_run_that_has_no_room_goes_on(places, monkeypatch):
    request = StopRequest([].append)
    made = manager(places, request=request)
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
    never = finishing(places, resume="never")
    never.hold(train_state(4))
    assert never.onward(0) == "the same command with train.resume=auto goes on from what was trained"


def test_going_on_with_a_full_disk_loses_nothing(places):
    manager(places).save(train_state(1), 0.5)
    (places[0] / "vectors.bin").write_text("half")
    before = {path: path.read_bytes() for place in places for path in place.rglob("*") if path.is_file()}
    with (
        full_disk(5),
        pytest.raises(InputError, match=r"metrics\.jsonl: cannot write .*make room, and the same command"),
    ):
        manager(places).find()
    assert {path: path.read_bytes() for place in places for path in place.rglob("*") if path.is_file()} == before


def test_runs_side_by_side_without_room_say_what_the_same_command_can_do(places):
    request = StopRequest([].append)
    first = manager(places, request=request)
    first.save(train_state(1), 0.5)
    request.ask(Interrupted("", 130))
    with (
        full_disk(5),
        pytest.raises(Interrupted, match="not saved, the same command goes on from the checkpoint before"),
    ):
        first.save(train_state(2), 0.6)
    second = finishing(places)
    second.hold(train_state(3))
    (places[0] / "result.json").touch()  # finished, so that the other is alone when the command is given again
    with full_disk(5):
        assert second.onward(1) == "the same command trains anew, as there was no room for a checkpoint"
    assert manager(places[1:], own=[{"seed": 1, "train.epochs": 5}]).find() == [[]]


def test_memory_that_runs_out_costs_the_checkpoint_only(places, monkeypatch):
    def fail(*_):
        raise MemoryError

    said = []
    monkeypatch.setattr(files, "write", fail)
    manager(places, said).save(train_state(1), 0.5)
    assert said == [f"no checkpoint: {place}: out of memory" for place in places]


def test_a_folder_is_used_by_one_at_a_time(tmp_path):
    with folder.lock(tmp_path):
        assert folder.locked(tmp_path)
        with pytest.raises(InputError, match="a run is going on there"), folder.lock(tmp_path):
            pass
    assert not folder.locked(tmp_path)
    assert folder.locked(tmp_path / "none")
    assert not (tmp_path / "none").exists()
    assert [path.name for path in tmp_path.rglob("*")] == [".hydra", "lock"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"checkpoint_every": -1}, "use 0"),
        ({"checkpoint_every": 0.5}, "whole number of segments"),
        ({"checkpoint_unit": "epochs"}, "choose one of"),
        ({"resume": "yes"}, "choose one of"),
    ],
)
def test_settings_out_of_range(change, message):
    with pytest.raises(InputError, match=message):
        dataclasses.replace(settings(), **change)


def test_an_interruption_comes_back_from_another_process():
    error = pickle.loads(pickle.dumps(Interrupted("stopped", 130, "go on")))
    assert (str(error), error.status) == ("stopped: go on", 130)
