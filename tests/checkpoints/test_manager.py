"""Which checkpoint is used, which is refused, when one is made."""

import ctypes
import errno
import threading
import time

import jax
import numpy as np
import pytest

from jaxw2v.checkpoints import files, folder
from jaxw2v.checkpoints import manager as manager_module
from jaxw2v.checkpoints.writer import CheckpointWriter
from jaxw2v.errors import InputError
from tests.checkpoints.by_hand import Held, contents, manager, same, state, train_state
from tests.configs import section
from tests.faults import full_disk


def test_training_goes_on_from_the_newest(run_folders):
    first = manager(run_folders)
    assert first.find() == [[], []]
    for place in run_folders:
        (place / "metrics.jsonl").write_text('{"epoch": 1}\n')
    for done in (1, 2, 3):
        first.save(train_state(done), 0.5)
    assert [len(list(place.glob("checkpoint-*"))) for place in run_folders] == [2, 2]
    for place in run_folders:
        (place / "metrics.jsonl").write_text('{"epoch": 1}\n{"epoch": 1}\n{"epo')  # after the checkpoint
        (place / "vectors.bin").write_text("half")
    said = []
    second = manager(run_folders, said)
    assert second.find() == [[{"epoch": 1}]] * 2
    assert said == ["going on after 50% of all words"]
    assert same(second.restore(state(0)), train_state(3))
    assert second.restarts == 1
    for place in run_folders:
        assert (place / "metrics.jsonl").read_text() == '{"epoch": 1}\n'
        assert not (place / "vectors.bin").exists()


def test_of_a_damaged_one_or_one_that_not_all_runs_have_the_one_before_is_used(run_folders):
    first = manager(run_folders)
    for done in (1, 2):
        first.save(train_state(done), 0.5)
    path = run_folders[1] / "checkpoint-00000002"
    path.write_bytes(path.read_bytes()[:-1])
    said = []
    second = manager(run_folders, said)
    second.find()
    assert "checksum" in said[0]
    assert same(second.restore(state(0)), train_state(1))
    path = run_folders[0] / "checkpoint-00000001"
    path.write_bytes(b"")
    said = []
    third = manager(run_folders, said)
    assert third.find() == [[], []]
    assert "cut short" in said[0]
    assert not list(run_folders[1].glob("checkpoint-*"))
    with pytest.raises(InputError, match=r"train\.resume=must"):
        manager(run_folders, resume="must").find()


def test_another_run_is_refused_and_the_difference_named(run_folders):
    manager(run_folders).save(train_state(1), 0.5)
    before = {path: path.read_bytes() for place in run_folders for path in place.iterdir() if path.is_file()}
    with pytest.raises(InputError, match=r"train.epochs=5 there, 6 here.*train.resume=never"):
        manager(run_folders, own=[{"seed": at, "train.epochs": 6} for at in range(2)]).find()
    assert {path: path.read_bytes() for place in run_folders for path in place.iterdir() if path.is_file()} == before
    assert manager(run_folders, resume="never").find() == [[], []]
    assert not any(path.exists() for path in before)


def test_what_differs_is_kept_in_the_checkpoints_after_it(run_folders):
    def own(jax: str) -> list[dict]:
        return [{"seed": at, "software.jax": jax} for at in range(2)]

    def gone_on(done: int, jax: str, resume: str) -> list[str]:
        mine = manager(run_folders, own=own(jax), resume=resume)
        mine.find()
        mine.restore(state(0))
        mine.save(train_state(done), 0.5)
        return mine.differences

    manager(run_folders, own=own("1")).save(train_state(1), 0.5)
    before = contents(run_folders)
    with pytest.raises(InputError, match=r"software.jax=1 there, 2 here.*train\.resume=anyway"):
        manager(run_folders, own=own("2")).find()
    assert contents(run_folders) == before
    first, second = "software.jax=1 there, 2 here", "software.jax=2 there, 3 here"
    assert gone_on(2, "2", "anyway") == [first]
    assert gone_on(3, "2", "auto") == [first]  # nothing else differs now
    assert gone_on(4, "3", "anyway") == [first, second]


def test_tables_of_another_kind_are_refused(run_folders):
    manager(run_folders).save(train_state(1), 0.5)
    mine = manager(run_folders)
    mine.find()
    with pytest.raises(InputError, match=r"tables of another kind: train\.resume=never"):
        mine.restore({**state(0), "more": state(0)["rows"]})
    for changed in (state(0)["table"][:, :, :3], state(0)["table"].astype("bfloat16")):
        mine.find()
        with pytest.raises(InputError, match="tables of another kind"):
            mine.restore({**state(0), "table": changed})


def test_a_checkpoint_of_another_version_is_refused_and_kept(run_folders):
    manager(run_folders).save(train_state(1), 0.5)
    path = run_folders[0] / "checkpoint-00000001"
    path.write_bytes(path.read_bytes().replace(files.MAGIC, b"jaxw2v checkpoint 1\n"))
    with pytest.raises(InputError, match=r"another version of this program; train\.resume=never"):
        manager(run_folders).find()
    assert path.exists()
    assert manager(run_folders, resume="never").find() == [[], []]


def test_a_run_without_the_company_it_had_is_refused_unless_it_was_at_its_end(run_folders):
    manager(run_folders).save(train_state(1), 0.5)
    before = contents(run_folders)
    for resume in ("auto", "must"):
        with pytest.raises(InputError, match=r"one.*of 2 side by side there, 1 here.*train\.resume=never"):
            manager(run_folders[:1], resume=resume).find()
    with pytest.raises(InputError, match="beside other ones"):
        manager([run_folders[0], run_folders[0].parent], own=[{"seed": 0, "train.epochs": 5}, {"seed": 7}]).find()
    assert contents(run_folders) == before
    manager(run_folders).save(train_state(9), 1.0)
    rest = manager(run_folders[1:], own=[{"seed": 1, "train.epochs": 5}])
    rest.find()
    assert rest.runs == 2
    one = jax.tree.map(lambda array: array[1], state(0))
    found = rest.restore(one)
    np.testing.assert_array_equal(found.state["table"], state(9)["table"][1])
    assert found.loss_R.tolist() == [train_state(9).loss_R[1]]


@pytest.mark.parametrize("resume", ["auto", "must"])
def test_a_checkpoint_that_cannot_be_read_now_is_kept(run_folders, monkeypatch, resume):
    manager(run_folders).save(train_state(1), 0.5)
    before = contents(run_folders)

    def fail(path):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(files, "read", fail)
    with pytest.raises(InputError, match=r"checkpoint-00000001: cannot be read \(Input/output error\); try again"):
        manager(run_folders, resume=resume).find()
    assert contents(run_folders) == before


def test_must_names_the_run_without_a_checkpoint_and_removes_none(run_folders):
    first = manager(run_folders)
    for done in (1, 2):
        first.save(train_state(done), 0.5)
    for path in run_folders[1].glob(folder.CHECKPOINTS):
        path.write_bytes(path.read_bytes()[:-1])
    before = contents(run_folders)
    with pytest.raises(InputError, match=r"train\.resume=must: .*two holds no checkpoint"):
        manager(run_folders, resume="must").find()
    assert contents(run_folders) == before


def test_a_run_that_failed_keeps_its_last_good_checkpoint_and_the_other_goes_on(run_folders):
    first = manager(run_folders)
    first.save(train_state(1), 0.5)
    for done in (2, 3, 4):
        first.save(train_state(done, failed=[0]), 0.5)
    assert [path.name for path in run_folders[0].glob("checkpoint-*")] == ["checkpoint-00000001"]
    (run_folders[0] / "diverged.npz").write_text("tables")
    second = manager(run_folders)
    second.find()
    found = second.restore(state(0))
    assert {r: str(error) for r, error in found.failed.items()} == {0: "why"}
    np.testing.assert_array_equal(found.state["table"][1], state(4)["table"][1])
    assert (run_folders[0] / "diverged.npz").exists()


def test_by_time_they_take_no_more_than_a_fiftieth(run_folders, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    write = files.write

    def slow(*args):
        now[0] += 3.0  # in each of two folders
        write(*args)

    monkeypatch.setattr(files, "write", slow)
    mine = manager(run_folders, checkpoint_every=60, checkpoint_unit="seconds")
    for done in range(1, 10_000):
        now[0] += 1
        if mine.due(done, 100_000):
            mine.save(train_state(done), 0.5)
    assert 60 < mine.seconds < 0.02 * now[0] + 6
    assert not manager(run_folders, checkpoint_every=0).due(1, 2)
    assert manager(run_folders, checkpoint_every=0).due(2, 2)  # runs side by side end together
    assert [manager(run_folders, checkpoint_every=3).due(done, 9) for done in (1, 2, 3)] == [False, False, True]


def test_a_full_disk_costs_the_checkpoint_and_not_the_run(run_folders, monkeypatch):
    said = []
    mine = manager(run_folders, said)
    mine.save(train_state(1), 0.5)

    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    mine.save(train_state(2), 0.5)
    mine.save(train_state(3), 0.5)
    assert "No space left" in said[0]
    monkeypatch.undo()
    assert [path.name for path in run_folders[0].glob(".*") if path.is_file()] == []
    second = manager(run_folders)
    second.find()
    assert same(second.restore(state(0)), train_state(1))


def test_going_on_with_a_full_disk_loses_nothing(run_folders):
    manager(run_folders).save(train_state(1), 0.5)
    (run_folders[0] / "vectors.bin").write_text("half")
    before = contents(run_folders)
    with (
        full_disk(5),
        pytest.raises(InputError, match=r"metrics\.jsonl: cannot write .*make room, and the same command"),
    ):
        manager(run_folders).find()
    assert contents(run_folders) == before


def test_memory_that_runs_out_costs_the_checkpoint_only(run_folders, monkeypatch):
    def fail(*_):
        raise MemoryError

    said = []
    monkeypatch.setattr(files, "write", fail)
    manager(run_folders, said).save(train_state(1), 0.5)
    assert said == [f"no checkpoint: {place}: out of memory" for place in run_folders]


def test_what_is_written_in_a_thread_is_the_state_as_it_was(run_folders, monkeypatch):
    held, mine = Held(monkeypatch), manager(run_folders)
    for place in run_folders:
        (place / "metrics.jsonl").write_text('{"epoch": 1}\n')
    right, trained = train_state(1), train_state(1)
    mine.save_soon(trained, 0.5)
    assert held.begun.wait(60)
    table = np.asarray(trained.state["table"])  # on a CPU the memory of the device itself
    ctypes.memset(table.ctypes.data, 7, table.nbytes)  # as training goes on, which writes there
    trained.failed[0] = InputError("it fails later")
    (run_folders[1] / "metrics.jsonl").write_text('{"epoch": 1}\n{"epoch": 2}\n')
    assert not list(run_folders[0].glob("checkpoint-*"))
    held.go.set()
    mine.settle()
    assert mine.seconds > 0
    second = manager(run_folders)
    assert second.find() == [[{"epoch": 1}]] * 2
    assert same(second.restore(state(0)), right)


def test_the_next_waits_for_the_one_before(run_folders, monkeypatch):
    held, mine = Held(monkeypatch), manager(run_folders, checkpoint_every=1e-9, checkpoint_unit="seconds")
    mine.save_soon(train_state(1), 0.5)
    assert held.begun.wait(60)
    assert not mine.due(1, 9)
    timer = threading.Timer(0.2, held.go.set)
    timer.start()
    mine.save(train_state(2), 0.5)
    for place in run_folders:
        assert sorted(path.name for path in place.glob("checkpoint-*")) == [
            "checkpoint-00000001",
            "checkpoint-00000002",
        ]


def test_without_room_for_a_copy_it_is_made_at_once(run_folders, monkeypatch):
    mine = manager(run_folders)
    monkeypatch.setattr(manager_module.memory, "available", lambda: 1.0)
    monkeypatch.setattr(CheckpointWriter, "write_soon", None)
    mine.save_soon(train_state(1), 0.5)
    assert [len(list(place.glob("checkpoint-*"))) for place in run_folders] == [1, 1]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"checkpoint_every": -1}, "use 0"),
        ({"checkpoint_every": 0.5, "checkpoint_unit": "segments"}, "whole number of segments"),
        ({"checkpoint_unit": "epochs"}, "choose one of"),
        ({"resume": "yes"}, "choose one of"),
    ],
)
def test_settings_out_of_range(change, message):
    with pytest.raises(InputError, match=message):
        section("train", **change)
