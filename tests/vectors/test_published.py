import io
import tarfile
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from jaxw2v.commands import data
from jaxw2v.errors import InputError
from jaxw2v.vectors import published
from jaxw2v.vectors.published import TEST_SETS, Published, Source
from tests.command_line import command, wrong

SHARED = Path(__file__).parents[3] / "shared/data/eval"
PAIRS = b"king\tqueen\t9\ncup\tmug\t8.5\ncup\tsky\t0.25\n"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append(self.path)
        content = self.server.files.get(self.path)
        if content is None:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.files, server.asked = {}, []
    server.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def zipped(name: str, content: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(name, content)
    return file.getvalue()


def tarred(name: str, content: bytes) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        entry = tarfile.TarInfo(name)
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    return file.getvalue()


def sets_at(server, *members: str) -> dict[str, Published]:
    sources = tuple(Source(f"{server.url}/{place}", member) for place, member in enumerate(members))
    plain = Published("pairs.tsv", "similarity", "three pairs", sources, "")
    return {"pairs": plain._replace(sha256=published._content(PAIRS, plain)[1])}


def fetch(server, folder, *members):
    return published.fetch("pairs", folder, 5.0, sets_at(server, *members))


@pytest.mark.parametrize(
    "content",
    [
        PAIRS,
        b"# The pairs\n# Word 1\tWord 2\tHuman (mean)\n" + PAIRS,
        b"Word 1,Word 2,Human (mean)\r\n" + PAIRS.replace(b"\t", b",").replace(b"\n", b"\r\n"),
        b"word1\tword2\tPOS\tSimLex999\nking\tqueen\tN\t9.00\ncup\tmug\tN\t8.50\ncup\tsky\tN\t0.25\n",
    ],
)
def test_a_set_is_known_by_its_questions_however_it_is_written(server, tmp_path, content):
    server.files["/0"] = content
    assert fetch(server, tmp_path, "").read_bytes() == PAIRS


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_a_set_in_an_archive(server, tmp_path, pack):
    server.files["/0"] = pack("folder/pairs.txt", PAIRS)
    assert fetch(server, tmp_path, "folder/pairs.txt").read_bytes() == PAIRS
    (tmp_path / "pairs.tsv").unlink()
    with pytest.raises(InputError, match=r"pairs: http.*/0: no archive with other\.txt; try again.*pairs\.tsv by hand"):
        fetch(server, tmp_path, "other.txt")
    server.files["/0"] = server.files["/0"][:40]
    with pytest.raises(InputError, match="no archive"):
        fetch(server, tmp_path, "folder/pairs.txt")


def test_what_is_there_and_right_is_not_fetched_again(server, tmp_path):
    server.files["/0"] = PAIRS
    fetch(server, tmp_path, "")
    fetch(server, tmp_path, "")
    assert server.asked == ["/0"]
    (tmp_path / "pairs.tsv").write_bytes(PAIRS[:-2])
    with pytest.raises(InputError, match=r"pairs\.tsv: it is there and is not pairs; choose another --out"):
        fetch(server, tmp_path, "")
    assert (tmp_path / "pairs.tsv").read_bytes() == PAIRS[:-2]


@pytest.mark.parametrize("first", [None, PAIRS.replace(b"8.5", b"8.6"), b"<!DOCTYPE html>moved", b""])
def test_a_mirror_is_asked_where_the_publisher_fails(server, tmp_path, first):
    server.files |= {"/1": PAIRS} if first is None else {"/0": first, "/1": PAIRS}
    assert fetch(server, tmp_path, "", "").read_bytes() == PAIRS
    assert server.asked == ["/0", "/1"]


def test_each_place_that_failed_is_named(server, tmp_path):
    server.files["/1"] = PAIRS + b"one\tmore\t1\n"
    with pytest.raises(InputError, match=r"/0: the server answers 404 Not Found; .*/1: its checksum is not that") as e:
        fetch(server, tmp_path, "", "")
    assert "\n" not in str(e.value)
    assert list(tmp_path.iterdir()) == []


def test_what_is_too_large_is_not_taken(server, tmp_path, monkeypatch):
    server.files["/0"] = PAIRS
    monkeypatch.setattr(published, "_LARGEST", len(PAIRS) - 1)
    with pytest.raises(InputError, match=r"more than .* bytes: this is another file"):
        fetch(server, tmp_path, "")


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs the published files beside the checkout")
@pytest.mark.parametrize("name", TEST_SETS)
def test_the_checksums_are_those_of_the_published_sets(server, tmp_path, name):
    wanted = TEST_SETS[name]
    content, member = (SHARED / wanted.file).read_bytes(), wanted.sources[0].member
    server.files["/0"] = (tarred if ".tar" in wanted.sources[0].url else zipped)(member, content) if member else content
    here = {name: wanted._replace(sources=(Source(f"{server.url}/0", member),))}
    path = published.fetch(name, tmp_path, 5.0, here)
    assert path.name == wanted.file
    server.files["/0"] = content.replace(b"o", b"0", 1)
    path.unlink()
    with pytest.raises(InputError, match="checksum"):
        published.fetch(name, tmp_path, 5.0, {name: here[name]._replace(sources=(Source(f"{server.url}/0"),))})


def test_the_command(server, tmp_path, monkeypatch, capsys):
    server.files["/0"] = PAIRS
    monkeypatch.setattr(published, "TEST_SETS", sets_at(server, ""))
    monkeypatch.setattr(published.fetch, "__defaults__", (published.TEST_SETS,))
    monkeypatch.chdir(tmp_path)
    assert data.main(["pairs"]) == 0
    out = capsys.readouterr().out
    assert "data/pairs.tsv: 38 bytes, as published" in out
    assert "next: jaxw2v train corpus=file corpus.path=TEXT 'eval.similarity=[data/pairs.tsv]'" in out
    assert data.main([]) == 0
    assert "three pairs" in capsys.readouterr().out


def test_mistakes_of_the_command(tmp_path):
    def data_command(*words):
        return command(tmp_path, *words, module="data", cwd=tmp_path)

    wrong(data_command("wordsim"), "wordsim: not one of wordsim353, ", ", text8, all")
    wrong(data_command("simlex999", "--timeout", "0"), "--timeout 0.0: give more than 0 seconds")
    (tmp_path / "file").write_text("")
    wrong(data_command("simlex999", "--out", tmp_path / "file"), "choose another folder")
