"""The blocks of the documentation are run, page by page, or say why they are not.

A comment on the line above a block says so, and is not seen on the page: `<!-- not run: needs two GPUs -->`. A block of
YAML under `<!-- file: my_conf/sweep/reach.yaml -->` is written to that file first.
`python -m tests.experiments.test_docs` counts the blocks. The folder of a page has a text, test sets and vectors, named
as the pages name a reader's own.
"""

import collections
import importlib
import importlib.util
import json
import re
import shlex
import sys
from pathlib import Path
from typing import NamedTuple

import jax
import numpy as np
import pytest

import jaxw2v
from jaxw2v.files import results
from jaxw2v.launch import presets_page, reference
from jaxw2v.vectors import formats
from jaxw2v.vectors.table import Table
from tests.command_line import REPOSITORY, command

DOCS = REPOSITORY / "docs"
PAGES = [REPOSITORY / "README.md", *sorted(p for p in DOCS.rglob("*.md") if "_copied" not in p.parts)]
BLOCK = re.compile(r"^(?:<!-- (.*?) -->\n)?```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
WORDS = ["king", "queen", "paris", "france", "rome", "italy", "cat", "dog", "river", "lake", "red", "blue"]


class Block(NamedTuple):
    """A block of a page.

    Attributes:
      mark: of the comment above it; empty: there is none.
      language: bash, python, yaml, text.
      text: its lines.
    """

    mark: str
    language: str
    text: str

    @property
    def runs(self) -> bool:
        return self.language in ("bash", "python") and not self.mark


def blocks(page: Path) -> list[Block]:
    return [Block(mark or "", *rest) for mark, *rest in BLOCK.findall(page.read_text())]


def commands(text: str) -> list[list[str]]:
    """The words of each command of a block, without comments."""
    lines = (shlex.split(line, comments=True) for line in text.replace("\\\n", " ").splitlines())
    return [words for words in lines if words]


def counted() -> collections.Counter[str]:
    """How many blocks of bash and Python are run and are not."""
    kinds = [each for page in PAGES for each in blocks(page) if each.language in ("bash", "python")]
    return collections.Counter(f"{each.language}, {'run' if each.runs else 'not run'}" for each in kinds)


def _named(page: Path) -> str:
    return page.relative_to(REPOSITORY).with_suffix("").as_posix()


@pytest.fixture(scope="module")
def cache(tmp_path_factory) -> Path:
    """For all pages, so that texts are read once."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def reader(tmp_path, monkeypatch) -> Path:
    """The reader's folder: words 2i and 2i + 1 stand together in the text."""
    rng = np.random.default_rng(0)
    pairs = rng.integers(0, len(WORDS) // 2, (400, 4))
    lines = (" ".join(f"{WORDS[2 * p]} {WORDS[2 * p + 1]}" for p in line) for line in pairs)
    (tmp_path / "text.txt").write_text("\n".join(lines) + "\n")
    (tmp_path / "pairs.tsv").write_text("king\tqueen\t9\nparis\tfrance\t8\nking\tfrance\t1\nred\tcat\t2\ncat\tdog\t7\n")
    (tmp_path / "questions.txt").write_text(": pairs\nparis france rome italy\nking queen cat dog\nred blue cat dog\n")
    formats.save(Table(WORDS, rng.normal(size=(len(WORDS), 7)).astype(np.float32)), tmp_path / "vectors.bin", "bin")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_every_block_is_run_or_says_why_not():
    for page in PAGES:
        for each in blocks(page):
            said = f"{page}: {each.mark}\n{each.text}"
            if each.language in ("bash", "python"):
                assert each.runs or re.match(r"not run: \w", each.mark), said
            elif each.language == "yaml":
                assert re.match(r"(file|not run): \w", each.mark), said
            assert each.text.count("```") == 0, said
    assert counted()["python, run"] > 15
    assert counted()["bash, run"] > 12


@pytest.mark.parametrize("page", [page for page in PAGES if any(b.runs for b in blocks(page))], ids=_named)
def test_its_blocks_run_one_after_another(page, reader, cache, monkeypatch, capsys):
    monkeypatch.setenv("JAXW2V_CACHE", str(cache / "cache"))
    names = {"__name__": "page"}
    for each in blocks(page):
        if each.mark.startswith("file: "):
            path = reader / each.mark.removeprefix("file: ")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(each.text)
        elif each.runs and each.language == "bash":
            for words in commands(each.text):
                _run(words, reader, cache)
        elif each.runs and ("gensim" not in each.text or importlib.util.find_spec("gensim")):
            with jax.numpy_dtype_promotion("standard"), jax.numpy_rank_promotion("allow"):
                exec(compile(each.text, str(page), "exec"), names)


def _run(words: list[str], folder: Path, cache: Path) -> None:
    """A command of ours, in the process of the tests."""
    module, rest = (words[2], words[3:]) if words[:2] == ["python", "-m"] else (f"experiments.{words[1]}", words[2:])
    assert words[0] == "jaxw2v" or module.startswith("experiments."), f"not a command of ours: {words}"
    done = command(cache, *rest, module=module.removeprefix("experiments."), cwd=folder)
    assert done.returncode == 0, (words, done.stderr)


def test_the_links_of_every_page_lead_somewhere():
    for page in PAGES:
        text = BLOCK.sub("", page.read_text())
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", re.sub(r"`[^`]*`", "", text)):
            assert target.startswith("http") or (page.parent / target).exists(), (page, target)


def test_every_page_can_be_reached_from_the_first():
    reached, ahead = set(), [DOCS / "index.md"]
    while ahead:
        page = ahead.pop()
        if page in reached or page.suffix != ".md":
            continue
        reached.add(page)
        ahead += [(page.parent / link).resolve() for link in re.findall(r"\]\(([^)#\s]+\.md)", page.read_text())]
    assert not set(PAGES) - reached


def test_the_page_of_presets_is_current():
    assert (DOCS / "presets.md").read_text() == presets_page.page(), "make it anew: python -m experiments.reference"
    said = presets_page.header("# @package _global_\n# Is it?\n# Is it not?\n#   python -m a\n# Takes b.\nc: 1 # d\n")
    assert said == ("Is it? Is it not?", "python -m a", "Takes b.")


def test_the_glossary_has_the_tables_of_the_package():
    page = (DOCS / "glossary.md").read_text()
    tables = re.findall(r"(?:^\|.*\n)+", jaxw2v.__doc__, re.MULTILINE)
    assert len(tables) == 3
    for table in tables:
        assert table in page, "copy the table of jaxw2v/__init__.py to docs/glossary.md"


def test_the_keys_of_a_result_are_explained(reader, cache):
    page = DOCS / "result_files.md"
    for words in commands(blocks(page)[0].text):
        _run(words, reader, cache)
    explained, section = set(), ""
    for name in re.findall(r"`([\w.]+)`", page.read_text()):  # `.cpus` after `machine.cpu` is machine.cpus
        section = section if name.startswith(".") else name.rpartition(".")[0]
        explained.add(section + name if name.startswith(".") else name)
    settings = reference.remarks()
    result = results.read_result(reader / "run" / "result.json")
    metrics = json.loads((reader / "run" / "metrics.jsonl").read_text().splitlines()[0])
    for key in {*result, *metrics} - settings.keys() - explained:
        assert key.startswith(("scores.", "corpus.record.")), key
    assert explained > {"seconds.checkpoints", "machine.arithmetic", "segment_loss"}


def test_the_api_names_modules_that_exist():
    for kind, name in re.findall(r"<!-- auto(\w+): ([\w.]+) -->", (DOCS / "api.md").read_text()):
        if kind == "module":
            assert importlib.import_module(name).__doc__, name
        else:
            module, _, attribute = name.rpartition(".")
            assert getattr(importlib.import_module(module), attribute).__doc__, name


if __name__ == "__main__":
    sys.stdout.write("".join(f"{kind}: {number}\n" for kind, number in sorted(counted().items())))
