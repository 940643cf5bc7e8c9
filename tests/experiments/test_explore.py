"""What can be wrong with `jaxw2v explore`, and the files for TensorBoard."""

import numpy as np
import pytest

from jaxw2v.vectors.formats import save
from jaxw2v.vectors.table import Table
from tests.command_line import command, wrong


@pytest.fixture
def folder(tmp_path):
    vectors = np.random.default_rng(0).normal(size=(7, 4)).astype(np.float32)
    vectors[3] = 0
    save(Table([f"w{row}" for row in range(7)], vectors), tmp_path / "v.bin", "bin")
    return tmp_path


def explore(folder, *words):
    return command(folder, *words, module="explore")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["v.bin"], ["nothing to make", "--out PAGE.html or --projector FOLDER"]),
        (["absent.bin", "--out", "p.html"], ["absent.bin: cannot read"]),
        (["v.bin", "--out", "absent/p.html"], ["--out absent/p.html: there is no folder absent"]),
        (["v.bin", "--out", "."], ["this is a folder; name a file"]),
        (["v.bin", "--out", "p.png"], ["the page is HTML; name it .html"]),
        (["v.bin", "--out", ""], ["--out: an empty name"]),
        (["v.bin", "--out", "p.html", "--words", "9"], ["--words 9: v.bin has 7; ask for that or fewer"]),
        (["v.bin", "--out", "p.html", "--words", "4"], ["--words 4: use 5 or more"]),
        (["v.bin", "--out", "p.html", "--words", "50000"], ["--words 50000: a page has room for 40,000"]),
        (["v.bin", "--out", "p.html", "--words", "5.5"], ["--words: invalid int value"]),
        (["v.bin", "--out", "p.html", "--layout", "umap"], ["--layout", "tsne", "pca"]),
        (["v.bin", "--projector", "p", "--layout", "pca"], ["--layout: not used without --out"]),
        (["v.bin", "--projector", "v.bin"], ["--projector v.bin: this is a file; name a folder"]),
        (["list.txt", "--out", "p.html"], ["list.txt: line 1", "no word and its numbers"]),
        (["zero.txt", "--out", "p.html"], ["zero.txt: 4 words with a vector that is not zero are too few"]),
        (["one.txt", "--projector", "p"], ["2 dimensions or more"]),
    ],
)
def test_mistakes_are_one_line(folder, monkeypatch, words, says):
    (folder / "list.txt").write_text("king\nqueen\nman\nwoman\ncat\n")
    (folder / "zero.txt").write_text("a 1 2\nb 2 1\nc 0 0\nd 1 1\ne 0 1\n")
    (folder / "one.txt").write_text("3 1\na 1\nb 2\nc 3\n")
    done = command(folder, *words, module="explore", cwd=folder)
    wrong(done, *says)
    assert not (folder / "p.html").exists()


def test_words_without_a_direction_are_left_out_and_it_is_said(folder):
    done = explore(folder, folder / "v.bin", "--out", folder / "p.html", "--layout", "pca")
    assert (done.returncode, done.stderr) == (0, "")
    assert "6 words, 4 dimensions" in done.stdout
    assert "1 whose vector is zero left out" in (folder / "p.html").read_text()


def test_the_first_words_of_any_format(folder):
    (folder / "glove.txt").write_text("".join(f"w{row} {row} 1\n" for row in range(9)))
    done = explore(folder, folder / "glove.txt", "--words", "6", "--out", folder / "p.html")
    assert (done.returncode, done.stderr) == (0, "")
    assert "the first 6 words of the file, 2 dimensions" in (folder / "p.html").read_text()


def test_files_for_the_projector(folder):
    done = explore(folder, folder / "v.bin", "--projector", folder / "new" / "logs")
    assert (done.returncode, done.stderr) == (0, "")
    place = folder / "new" / "logs"
    assert {path.name for path in place.iterdir()} == {"vectors.tsv", "metadata.tsv", "projector_config.pbtxt"}
    assert (place / "metadata.tsv").read_text().splitlines() == [f"w{row}" for row in range(7)]
    assert np.loadtxt(place / "vectors.tsv", delimiter="\t").shape == (7, 4)
