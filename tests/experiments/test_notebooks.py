"""The notebooks: they run from anywhere, they are committed as they run, and what they assert can fail."""

import ast
import contextlib
import functools
import io
import re
from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
import nbformat
import pytest

import jaxw2v
from experiments import notebooks
from jaxw2v.errors import InputError
from jaxw2v.runs import snapshots
from tests.broken_claims import BROKEN

matplotlib.use("agg")

REPOSITORY = Path(__file__).parents[2]
PATHS = sorted((REPOSITORY / "notebooks").glob("*.ipynb"))
LARGEST = 150_000  # bytes
PLACE = re.compile(r"(?<![\w.<])/(?:home|root|tmp|usr|opt|work|mnt|var|Users|srv|data)/|[A-Z]:\\\\|site-packages")
TIME = re.compile(r"20\d\d-\d\d-\d\d|\d\d:\d\d:\d\d")
LOGIC = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.While, ast.Try)

every = pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)


def code(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def texts(notebook):
    """What a reader sees of the outputs, but for pictures."""
    for cell in code(notebook):
        for output in cell.outputs:
            yield output.get("text", "")
            yield from (value for kind, value in output.get("data", {}).items() if not kind.startswith("image/"))


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@every
def test_it_is_committed_as_it_ran(path):
    assert path.stat().st_size < LARGEST
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec.name == "python3"
    assert [cell.id for cell in notebook.cells] == [f"cell-{n:02}" for n in range(1, len(notebook.cells) + 1)]
    assert not any(cell.metadata for cell in notebook.cells)
    assert [cell.execution_count for cell in code(notebook)] == list(range(1, len(code(notebook)) + 1))
    outputs = [output for cell in code(notebook) for output in cell.outputs]
    assert outputs
    assert not [output for output in outputs if output.output_type == "error" or output.get("name") == "stderr"]
    assert any("image/png" in output.get("data", {}) for output in outputs)
    for text in texts(notebook):
        assert not PLACE.search(text), text
        assert not TIME.search(text), text


@every
def test_it_asks_and_answers_with_numbers_of_its_own_run(path):
    asked = notebooks.opening(path)
    shown = "\n".join(texts(nbformat.read(path, as_version=4)))
    assert any(character.isdigit() for number in asked.numbers for character in number)
    assert [number for number in asked.numbers if number not in shown] == []


def test_the_page_of_notebooks_has_their_answers():
    assert notebooks.PAGE.read_text(encoding="utf-8") == notebooks.page(PATHS)  # python -m experiments.notebooks --list


@pytest.mark.parametrize(
    "first",
    ["# A claim\n\n> 1 **2**\\\n> 3\\\n> 4", "# Why?\n\n> **2**\\\n> 3", "# Why?\n\n> 1\\\n> 2\\\n> 3", "> **1**"],
)
def test_a_notebook_that_asks_nothing_or_answers_without_a_number_is_named(tmp_path, first):
    path = tmp_path / "one.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(first)]), path)
    with pytest.raises(InputError, match=r"one\.ipynb: begin with"):
        notebooks.opening(path)


@every
def test_it_asserts_in_its_last_cell_and_holds_no_logic(path):
    notebook = nbformat.read(path, as_version=4)
    trees = [ast.parse(cell.source) for cell in code(notebook)]  # plain Python: no magic, no shell
    asserts = [any(isinstance(node, ast.Assert) for node in ast.walk(tree)) for tree in trees]
    assert asserts == [False] * (len(trees) - 1) + [True]
    assert not [node for tree in trees for node in ast.walk(tree) if isinstance(node, LOGIC)]


LONG = (  # half a minute to a minute each
    "01_softmax_to_negative_sampling",
    "06_what_sgns_factorizes",
    "07_k_window_exponent",
    "08_phrases",
)


@pytest.mark.parametrize(
    "path", [pytest.param(p, id=p.stem, marks=[pytest.mark.slow] * (p.stem in LONG)) for p in PATHS]
)
def test_it_runs_in_an_empty_folder(path, tmp_path, cache, monkeypatch):
    monkeypatch.setenv("JAXW2V_CACHE", str(cache))
    notebooks.execute(path, tmp_path)
    assert not list(tmp_path.iterdir())


def save(path, *sources):
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources]), path)


def test_a_notebook_is_written_with_its_outputs_and_nothing_of_the_day(tmp_path):
    path = tmp_path / "one.ipynb"
    save(path, "import os, jaxw2v", "os.listdir(), jaxw2v.__file__")
    notebooks.write([path])
    written = path.read_bytes()
    assert nbformat.read(path, as_version=4).cells[1].outputs[0].data["text/plain"].startswith(f"([], '{REPOSITORY}/")
    notebooks.write([path])
    assert path.read_bytes() == written


@pytest.mark.parametrize(
    ("source", "message"), [("1 / 0", "ZeroDivisionError"), ("import warnings; warnings.warn('old')", "warns: .*old")]
)
def test_a_notebook_that_fails_or_warns_is_not_written(tmp_path, source, message):
    path = tmp_path / "one.ipynb"
    save(path, source)
    before = path.read_bytes()
    with pytest.raises(InputError, match=rf"(?s){message}"):
        notebooks.write([path])
    assert path.read_bytes() == before


@pytest.mark.slow
@pytest.mark.parametrize("stem", BROKEN)
def test_each_assertion_fails_where_its_claim_is_broken(stem, cache, tmp_path, monkeypatch):
    """Cell by cell in this process; every break fails an assertion of the last cell, and every assertion fails once."""
    monkeypatch.setenv("JAXW2V_CACHE", str(cache))
    monkeypatch.chdir(tmp_path)
    for name in ("train", "sweep"):  # no break changes training itself
        monkeypatch.setattr(jaxw2v, name, functools.cache(getattr(jaxw2v, name)))
    monkeypatch.setattr(snapshots, "take", once(snapshots.take))
    sources = [cell.source for cell in code(nbformat.read(REPOSITORY / "notebooks" / f"{stem}.ipynb", as_version=4))]
    assertions = {ast.unparse(node) for node in ast.parse(sources[-1]).body if isinstance(node, ast.Assert)}
    seen = set()
    for what, change in BROKEN[stem].items():
        with monkeypatch.context() as patch, plt.ioff():
            failed = failing(stem, broken(sources, change, patch))
        plt.close("all")
        assert failed, what
        seen |= failed
    assert assertions - seen == set()


def once(take):
    """`snapshots.take` that trains once for the same settings and epochs."""
    taken = {}

    def again(config, corpus, epochs, *rest):
        key = repr(config)
        if key not in taken or not set(epochs) <= taken[key].keys():
            taken[key] = take(config, corpus, epochs, *rest)
        return {epoch: taken[key][epoch] for epoch in epochs}

    return again


def broken(sources, change, monkeypatch):
    """The cells with another text in one of them, or as they are with something else in the library."""
    if callable(change):
        change(monkeypatch)
        return sources
    assert sum(source.count(change[0]) for source in sources) == 1, change[0]
    return [source.replace(*change) for source in sources]


def failing(stem, sources):
    """The assertions of the last cell that fail, each tried."""
    names, failed = {"__name__": "__main__"}, set()
    with contextlib.redirect_stdout(io.StringIO()):
        for number, source in enumerate(sources[:-1]):
            exec(compile(source, f"{stem}, cell {number}", "exec"), names)
    for node in ast.parse(sources[-1]).body:
        try:
            exec(compile(ast.Module([node], []), stem, "exec"), names)
        except AssertionError:
            failed.add(ast.unparse(node))
    return failed


def test_every_notebook_has_been_broken():
    assert set(BROKEN) == {path.stem for path in PATHS}


def test_every_table_says_how_it_was_made_and_is_read():
    folder = REPOSITORY / "notebooks" / "results"
    made = set(re.findall(r" notebooks/results/(\w+)\.csv\n", (folder / "README.md").read_text()))
    reads = re.compile(r"export\.load\(\\\"(\w+)|(\w+)\.csv\\\"")
    read = {first or second for path in PATHS for first, second in reads.findall(path.read_text())}
    there = {path.stem for path in folder.glob("*.csv")}
    assert there
    assert there == made == read
