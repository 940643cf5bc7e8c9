"""What processes tell each other, and that the end of one ends all: here each is a thread, with its own view."""

import socket
import threading
import time

import pytest

from jaxw2v.errors import EndedElsewhere, InputError, Interrupted
from jaxw2v.hosts import orders, processes
from jaxw2v.hosts.agreement import agree
from jaxw2v.hosts.connection import Connection
from jaxw2v.hosts.orders import GO_ON, SEND
from jaxw2v.hosts.processes import ALONE, Processes

WAITING = 10  # seconds, for what is to happen at once


@pytest.fixture
def exits(monkeypatch):
    """Exit statuses, in the place of ends of this process."""
    found: list[int] = []
    monkeypatch.setattr(processes, "_exit", found.append)
    monkeypatch.setattr(processes, "GRACE", 0.2)
    return found


@pytest.fixture
def three(exits):
    """Three processes, process 0 first, and its connections."""
    pairs = [[Connection(end) for end in socket.socketpair()] for _ in range(2)]
    found = [Processes(0, 3, {number: pair[0] for number, pair in enumerate(pairs, 1)})]
    found += [Processes(number, 3, {0: pair[1]}) for number, pair in enumerate(pairs, 1)]
    yield found, pairs
    for each in found:
        each._taken.set()  # what comes now is no end of theirs
    for pair in pairs:
        for connection in pair:
            connection.close()
    for each in found:
        for thread in each._threads:
            thread.join(WAITING)


def everywhere(work, all_of):
    """What `work(process)` gives in each, or raises."""
    ends: dict[int, object] = {}

    def go(process: Processes) -> None:
        try:
            with process.ending():
                ends[process.index] = work(process)
        except BaseException as error:
            ends[process.index] = error

    threads = [threading.Thread(target=go, args=(each,)) for each in all_of]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAITING)
    return [ends[each.index] for each in all_of]


def until(holds) -> None:
    end = time.monotonic() + WAITING
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.005)


def test_they_tell_each_other(three, exits):
    def work(process):
        found = process.gathered(f"of {process.index}".encode())
        if process.leads:
            process.tell(b"x" * 2**20)
            orders.give(process, SEND)
            return [*found, process.received(2)]
        said, order = process.told(), orders.take(process)
        if process.index == 2:
            process.send_to_leader(b"a part")
        return len(said), order

    leader, *others = everywhere(work, three[0])
    assert leader == [b"of 0", b"of 1", b"of 2", b"a part"]
    assert others == [(2**20, (SEND, []))] * 2
    assert not exits


def test_one_alone_tells_itself():
    assert ALONE.gathered(b"x") == [b"x"]
    orders.give(ALONE, GO_ON, [1])
    agree(ALONE, {"a": 1}, "")
    ALONE.ask(130)
    with pytest.raises(KeyError), ALONE.ending():
        raise KeyError


def test_they_agree_or_process_0_says_on_what_they_do_not(three):
    values = [{"a": 1, "b": [2.5, None]}, {"b": [2.5, None], "a": 1}, {"a": 1, "b": [2.5, 3]}]
    assert everywhere(lambda each: agree(each, values[each.index % 2], "do"), three[0]) == [None] * 3
    leader, *others = everywhere(lambda each: agree(each, values[each.index], "give the same"), three[0])
    assert str(leader) == "b=[2.5, None] in process 0, [2.5, 3] in process 2: give the same"
    assert [type(each) for each in others] == [EndedElsewhere] * 2


def test_process_0_says_why_another_failed(three, exits):
    def work(process):
        if process.index == 1:
            raise InputError("corpus.path=text: no such file")
        return process.gathered(b"") if process.leads else process.told()

    leader, *others = everywhere(work, three[0])
    assert str(leader) == "process 1 of 3: corpus.path=text: no such file"
    assert [(type(each), each.status) for each in others] == [(EndedElsewhere, 2)] * 2
    assert all(each.ended for each in three[0])
    assert not exits


def test_an_interruption_has_its_status_everywhere(three):
    def work(process):
        if process.leads:
            raise Interrupted("", 143)
        process.told()

    leader, *others = everywhere(work, three[0])
    assert isinstance(leader, Interrupted)
    assert [each.status for each in others] == [143, 143]


def test_another_process_can_ask_for_the_end(three):
    asked = []
    leader, other = three[0][:2]
    leader.when_asked = asked.append
    other.ask(130)
    until(lambda: asked == [130])


def test_one_that_listens_to_nobody_is_ended(three, exits, capfd):
    """As one that waits in JAX for numbers of a process that has failed."""
    with pytest.raises(EndedElsewhere), three[0][2].ending():
        raise InputError("vocab.path=words: no such file")
    until(lambda: exits == [2, 2])  # of process 0, which tells process 1
    assert capfd.readouterr().err == "error: process 2 of 3: vocab.path=words: no such file\n"


def test_one_that_is_killed_ends_all(three, exits, capfd):
    three[1][1][1].close()
    until(lambda: 2 in exits and len(exits) >= 2)
    lines = [line for line in capfd.readouterr().err.splitlines() if line.startswith("error: process 2 of 3 has ended")]
    assert len(lines) == 1
    assert "the same command for each process goes on from the last checkpoint" in lines[0]


def test_they_leave_together(three, exits):
    ends = everywhere(lambda each: each.leave(), three[0])
    assert ends == [None] * 3
    assert not exits


def test_one_leaves_alone_when_another_is_gone(three, exits):
    (leader, _, two), pairs = three
    pairs[0][1].close()
    everywhere(lambda each: each.leave(), [leader, two])
    assert 2 in exits


def test_what_waits_too_long_is_ended(three, exits, capfd):
    """As a sum of devices whose machines do not reach each other."""
    with three[0][0].within(0.05, "not within 0.05 s"):
        until(lambda: exits)
    assert exits[0] == 2
    assert capfd.readouterr().err == "error: not within 0.05 s\n"
