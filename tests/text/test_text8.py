import hashlib
import io
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from jaxw2v.errors import InputError
from jaxw2v.text import text8

TEXT = bytes(np.random.default_rng(0).integers(97, 123, 300_000, np.uint8))


def pack(name="text8", text=TEXT):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, text)
    return file.getvalue()


PACKED = pack()


def expected_of(packed=PACKED, text=TEXT):
    return text8.Expected(
        packed_size=len(packed),
        packed_sha256=hashlib.sha256(packed).hexdigest(),
        member="text8",
        size=len(text),
        md5=hashlib.md5(text).hexdigest(),
    )


class Server(ThreadingHTTPServer):
    """Serves `content`; `cut` bytes of an answer are sent, then the connection is closed; `ranges` honors Range."""

    daemon_threads = True
    content, cut, ranges, status, silent, extra, wrong_range = PACKED, None, True, None, False, b"", False
    pause, stalls = 0.0, False  # seconds after each tenth; sends nothing more after `cut` bytes, nor hangs up

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked, self.released = [], threading.Event()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/text8.zip"

    def handle_error(self, request, client_address):
        pass  # a client that has enough closes the connection


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        server, asked = self.server, self.headers.get("Range")
        server.asked.append(asked)
        if server.silent:
            server.released.wait(10)
            return
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked and server.ranges else 0
        if server.status or start >= len(server.content):
            self.send_error(server.status or 416)
            return
        body = server.content[start:]
        self.send_response(206 if asked and server.ranges else 200)
        if asked and server.ranges:
            first = start + 1 if server.wrong_range else start
            self.send_header("Content-Range", f"bytes {first}-{len(server.content) - 1}/{len(server.content)}")
        self.send_header("Content-Length", str(len(body) + len(server.extra)))
        self.end_headers()
        sent = (body + server.extra)[: server.cut]
        step = len(server.content) // 10 if server.pause else len(sent) or 1
        for begin in range(0, len(sent), step):
            self.wfile.write(sent[begin : begin + step])
            server.released.wait(server.pause)
        if server.stalls:
            server.released.wait(10)

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.released.set()
    server.shutdown()
    thread.join()
    server.server_close()


def fetch(server, cache, timeout=5.0, expected=None):
    return text8.fetch(server.url, cache, timeout, expected or expected_of())


def names(cache):
    return sorted(path.name for path in cache.iterdir())


def test_is_fetched_once(server, tmp_path):
    path = fetch(server, tmp_path / "cache")
    assert path.read_bytes() == TEXT
    assert names(path.parent) == ["text8"]
    assert fetch(server, tmp_path / "cache") == path
    assert server.asked == [None]


def test_a_damaged_text_is_made_again(server, tmp_path):
    fetch(server, tmp_path).write_bytes(TEXT[:-1] + b"?")
    assert fetch(server, tmp_path).read_bytes() == TEXT


@pytest.mark.parametrize("ranges", [True, False])
def test_a_cut_transfer_goes_on_where_it_stopped(server, tmp_path, ranges):
    server.cut = 100_000
    with pytest.raises(InputError, match=r"cut at byte 100000 of .*try again.*text8\.zip by hand.*corpus=docstrings"):
        fetch(server, tmp_path)
    assert (tmp_path / "text8.zip.part").stat().st_size == 100_000
    server.cut, server.ranges = None, ranges
    assert fetch(server, tmp_path).read_bytes() == TEXT
    assert server.asked == [None, "bytes=100000-"]
    assert names(tmp_path) == ["text8"]


@pytest.mark.parametrize("stalls", [False, True])
def test_a_transfer_that_is_cut_or_stalls_at_every_tenth(server, tmp_path, stalls):
    tenth = len(PACKED) // 10
    server.cut, server.stalls = tenth, stalls
    for part in range(1, 11):
        with pytest.raises(InputError, match=rf"cut at byte {part * tenth} of {len(PACKED)}{' .timed out' * stalls}"):
            fetch(server, tmp_path, timeout=0.1 if stalls else 5.0)
    server.cut, server.stalls = None, False
    assert fetch(server, tmp_path).read_bytes() == TEXT
    assert server.asked == [None, *(f"bytes={part * tenth}-" for part in range(1, 11))]


def test_a_slow_server(server, tmp_path):
    server.pause = 0.02
    assert fetch(server, tmp_path, timeout=1.0).read_bytes() == TEXT


@pytest.mark.parametrize("part", range(10))
def test_a_transfer_that_is_altered_at_any_tenth(server, tmp_path, part):
    at = part * len(PACKED) // 10
    server.content = PACKED[:at] + bytes([PACKED[at] ^ 1]) + PACKED[at + 1 :]
    with pytest.raises(InputError, match="sha256"):
        fetch(server, tmp_path)
    assert names(tmp_path) == []
    server.content = PACKED
    assert fetch(server, tmp_path).read_bytes() == TEXT
    assert server.asked == [None, None]


def test_a_server_that_goes_on_elsewhere_is_not_believed(server, tmp_path):
    (tmp_path / "text8.zip.part").write_bytes(PACKED[:5])
    server.wrong_range = True
    with pytest.raises(InputError, match="another place"):
        fetch(server, tmp_path)
    assert names(tmp_path) == []


def test_416_starts_again(server, tmp_path):
    (tmp_path / "text8.zip.part").write_bytes(bytes(len(PACKED) - 5))
    server.content = PACKED[:100]
    with pytest.raises(InputError, match="cut at byte 100 "):
        fetch(server, tmp_path)
    assert server.asked == [f"bytes={len(PACKED) - 5}-", None]
    server.content = PACKED
    assert fetch(server, tmp_path).read_bytes() == TEXT


def test_a_part_that_is_too_long_or_complete(server, tmp_path):
    (tmp_path / "text8.zip.part").write_bytes(PACKED + b"x")
    assert fetch(server, tmp_path).read_bytes() == TEXT
    (tmp_path / "text8").unlink()
    (tmp_path / "text8.zip.part").write_bytes(PACKED)
    assert fetch(server, tmp_path).read_bytes() == TEXT
    assert len(server.asked) == 1


def test_wrong_bytes_are_deleted(server, tmp_path):
    server.content = PACKED[:50] + b"\0" + PACKED[51:]
    with pytest.raises(InputError, match="sha256"):
        fetch(server, tmp_path)
    assert names(tmp_path) == []


def test_what_is_too_much_is_cut(server, tmp_path):
    server.extra = b"x" * 10**6
    assert fetch(server, tmp_path).read_bytes() == TEXT


def test_the_members_of_an_archive_are_not_trusted(server, tmp_path):
    for packed, text, message in (
        (pack("../text8"), TEXT, "cannot be unpacked"),
        (pack(text=TEXT + b"more"), TEXT, "not the text expected"),
        (pack(text=TEXT[:-1]), TEXT, "not the text expected"),
        (b"no zip file", TEXT, "cannot be unpacked"),
    ):
        server.content = packed
        with pytest.raises(InputError, match=message):
            fetch(server, tmp_path / "cache", expected=expected_of(packed, text))
        (tmp_path / "cache/text8.zip").unlink()
        assert names(tmp_path / "cache") == []
        assert names(tmp_path) == ["cache"]


def test_404(server, tmp_path):
    server.status = 404
    with pytest.raises(InputError, match=r"text8\.zip: the server answers 404 Not Found; .*corpus=docstrings"):
        fetch(server, tmp_path)


def test_a_silent_server(server, tmp_path):
    server.silent = True
    with pytest.raises(InputError, match="timed out"):
        fetch(server, tmp_path, timeout=0.1)


def test_no_server(server, tmp_path):
    url = server.url.replace(str(server.server_port), "1")
    with pytest.raises(
        InputError, match=r"corpus\.url=http://127.*cannot be reached .* by hand; corpus=docstrings"
    ) as e:
        text8.fetch(url, tmp_path, 1.0, expected_of())
    assert "\n" not in str(e.value)
    assert str(tmp_path / "text8.zip") in str(e.value)


def test_a_file_put_there_by_hand_needs_no_network(tmp_path):
    (tmp_path / "text8.zip").write_bytes(PACKED)
    assert text8.fetch("http://127.0.0.1:1/", tmp_path, 1.0, expected_of()).read_bytes() == TEXT


@pytest.mark.parametrize("url", ["", "file:///etc/passwd", "text8.zip"])
def test_no_address(url, tmp_path):
    with pytest.raises(InputError, match=r"corpus\.url"):
        text8.fetch(url, tmp_path, 1.0, expected_of())


def test_a_cache_that_is_a_file(server, tmp_path):
    (tmp_path / "cache").write_text("")
    with pytest.raises(InputError, match=r"cache=.*cache=FOLDER"):
        fetch(server, tmp_path / "cache")
