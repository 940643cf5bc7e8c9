"""The roll call: all processes meet, or one line says who does not and which setting is wrong."""

import socket
import threading
import time

import pytest

from jaxw2v.errors import EndedElsewhere, InputError
from jaxw2v.hosts.connection import MESSAGE
from jaxw2v.hosts.roll_call import Place, meet


@pytest.fixture
def address() -> str:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return f"127.0.0.1:{free.getsockname()[1]}"


def called(*places: Place, timeout: float = 10):
    """What `meet` gives each of the places, or raises there, all at the same time."""
    ends: dict[int, object] = {}

    def go(at: int, place: Place) -> None:
        try:
            ends[at] = meet(place, timeout)
        except InputError as error:
            ends[at] = error

    threads = [threading.Thread(target=go, args=each) for each in enumerate(places)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return [ends[at] for at in range(len(places))]


def test_all_meet_in_whatever_order_they_come(address):
    last, first, leader = called(*(Place(address, 3, process) for process in (2, 1, 0)))
    assert [sorted(each) for each in (leader, first, last)] == [[1, 2], [0], [0]]
    first[0].send(MESSAGE, b"of one")
    last[0].send(MESSAGE, b"of two")
    assert [leader[process].receive() for process in (1, 2)] == [(MESSAGE, b"of one"), (MESSAGE, b"of two")]
    for each in (leader, first, last):
        for connection in each.values():
            connection.close()


def test_somebody_else_at_the_port_is_passed_over(address):
    host, port = address.split(":")

    def knock() -> None:
        end = time.monotonic() + 10
        while time.monotonic() < end:
            try:
                with socket.create_connection((host, int(port))) as stranger:
                    stranger.sendall(b"GET / HTTP/1.1\r\n\r\n")
                return
            except OSError:
                time.sleep(0.01)

    threading.Thread(target=knock).start()
    begin = threading.Timer(0.3, lambda: ends.extend(called(Place(address, 2, 1))))
    ends: list = []
    begin.start()
    (leader,) = called(Place(address, 2, 0))
    begin.join()
    assert sorted(leader) == [1]
    assert sorted(ends[0]) == [0]
    for connection in (leader[1], ends[0][0]):
        connection.close()


@pytest.mark.parametrize(
    ("process", "expected"),
    [
        (0, r"train\.hosts\.processes=3: processes 1, 2 have not come to train\.hosts\.coordinator=127.* within "),
        (1, r"train\.hosts\.coordinator=127.*: process 0 cannot be reached there within train\.hosts\.timeout=0\.5 s"),
    ],
)
def test_one_that_waits_in_vain(address, process, expected):
    begin = time.monotonic()
    with pytest.raises(InputError, match=expected):
        meet(Place(address, 3, process), 0.5)
    assert time.monotonic() - begin >= 0.5


def test_a_port_where_somebody_else_listens(monkeypatch, address):
    """And says nothing."""
    monkeypatch.setattr("jaxw2v.hosts.roll_call._PATIENCE", 0.2)
    host, port = address.split(":")
    with socket.create_server((host, int(port))):
        begin = time.monotonic()
        with pytest.raises(InputError, match=r"process 0 cannot be reached there .* \(timed out\); start it on that"):
            meet(Place(address, 2, 1), 1)
        assert time.monotonic() - begin < 10


def test_a_name_that_is_of_no_machine():
    with pytest.raises(InputError, match=r"train\.hosts\.coordinator=nowhere\.invalid:1234: process 0 cannot be"):
        meet(Place("nowhere.invalid:1234", 2, 1), 0.5)


def test_an_address_of_another_machine(monkeypatch, address):
    """Process 0 tries it: others would try in vain."""

    def fails(*args):
        raise OSError(113, "No route to host")

    monkeypatch.setattr(socket, "create_connection", fails)
    expected = r"train\.hosts\.process=0, cannot be reached there \(No route to host\); name this machine"
    with pytest.raises(InputError, match=expected):
        meet(Place(address, 2, 0), 5)


def test_a_port_that_is_taken():
    with socket.create_server(("", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(InputError, match=rf"port {port} cannot be used on this machine \(.*\); choose another"):
            meet(Place(f"127.0.0.1:{port}", 2, 0), 5)


def test_two_of_one_number(address):
    leader, *others = called(Place(address, 3, 0), Place(address, 3, 1), Place(address, 3, 1))
    assert str(leader) == "train.hosts.process=1: two processes have this number; number them from 0 to 2"
    assert all(isinstance(each, EndedElsewhere) for each in others)


def test_another_number_of_processes(address):
    leader, other = called(Place(address, 2, 0), Place(address, 3, 2))
    assert str(leader).startswith("train.hosts.processes=2 in process 0, 3 in process 2: give all")
    assert isinstance(other, EndedElsewhere)
    assert other.status == 2
