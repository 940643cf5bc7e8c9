"""The thread that writes checkpoints: one after another, told and raised where training hears it."""

import errno
import threading

import numpy as np
import pytest

from jaxw2v.checkpoints import files
from jaxw2v.checkpoints.writer import CheckpointWriter
from tests.checkpoints.by_hand import Held


def part(at: int):
    return {"at": at}, {"table": np.full((3, 2), at, np.float32)}


def parts(at: int) -> dict:
    return {0: part(at), 1: part(10 * at)}


def makes(at: int) -> dict:
    return {0: lambda: part(at), 1: lambda: part(10 * at)}


def made(folders) -> list[list[int]]:
    """What stands in the checkpoints of each folder, from the oldest."""
    return [[files.read(path).meta["at"] for path in sorted(place.glob("checkpoint-*"))] for place in folders]


def nothing() -> None:
    """What is done after a checkpoint here."""


def test_at_once_and_in_the_thread_the_same_is_written(run_folders):
    mine, after = CheckpointWriter(run_folders, print), []
    assert mine.write(1, makes(1))
    mine.write_soon(2, parts(2), lambda: after.append(made(run_folders)))
    mine.settle()
    assert after == [[[1, 2], [10, 20]]]
    assert mine.write(3, makes(3))  # two are kept
    assert made(run_folders) == [[2, 3], [20, 30]]
    assert mine.write_one(1, 4, lambda: part(7))  # and the others, which another run may go on from
    assert made(run_folders) == [[2, 3], [20, 30, 7]]
    np.testing.assert_array_equal(
        files.read(run_folders[1] / "checkpoint-00000004").arrays["table"], part(7)[1]["table"]
    )


@pytest.mark.parametrize("next_one", ["write", "write_one", "write_soon"])
def test_the_next_waits_for_the_one_before(run_folders, monkeypatch, next_one):
    held, mine, order = Held(monkeypatch), CheckpointWriter(run_folders, print), []
    mine.write_soon(1, parts(1), lambda: order.append(1))
    assert held.begun.wait(60)
    assert mine.busy
    assert made(run_folders) == [[], []]
    timer = threading.Timer(0.2, held.go.set)
    timer.start()
    if next_one == "write_soon":
        mine.write_soon(2, parts(2), lambda: order.append(2))
        assert order[0] == 1
        mine.settle()
    elif next_one == "write":
        assert mine.write(2, makes(2))
    else:
        assert mine.write_one(0, 2, makes(2)[0])
    assert order[0] == 1
    assert made(run_folders)[0] == [1, 2]
    assert not mine.busy


def test_a_full_disk_is_told_by_the_thread_that_waits_and_costs_no_older_one(run_folders, monkeypatch):
    said, threads = [], []
    mine = CheckpointWriter(run_folders, lambda line: said.append(line) or threads.append(threading.current_thread()))
    mine.write_soon(1, parts(1), nothing)
    mine.settle()
    assert said == []

    def full(handle):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    mine.write_soon(2, parts(2), nothing)
    mine.settle()
    lines = [f"no checkpoint: {place}: No space left on device" for place in run_folders]
    assert said == lines
    assert not mine.write(3, makes(3))
    assert said == 2 * lines
    assert set(threads) == {threading.main_thread()}
    assert made(run_folders) == [[1], [10]]


def test_older_ones_stay_until_all_have_the_new_one(run_folders):
    def fail():
        raise MemoryError

    said = []
    mine = CheckpointWriter(run_folders, said.append)
    for done in (1, 2):
        mine.write(done, makes(done))
    assert not mine.write(3, {0: makes(3)[0], 1: fail})
    assert said == [f"no checkpoint: {run_folders[1]}: out of memory"]
    assert made(run_folders) == [[1, 2, 3], [10, 20]]


def test_an_error_that_is_none_of_the_disk_is_raised_once(run_folders, monkeypatch):
    def fail(*_):
        raise ZeroDivisionError

    mine = CheckpointWriter(run_folders, print)
    monkeypatch.setattr(files, "write", fail)
    mine.write_soon(1, parts(1), nothing)
    with pytest.raises(ZeroDivisionError):
        mine.settle()
    mine.settle()
