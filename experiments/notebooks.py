"""Executes the notebooks and writes them with their outputs, which hold no times and no places, and docs/notebooks.md.

python -m experiments.notebooks
python -m experiments.notebooks notebooks/02_what_negatives_are_for.ipynb
python -m experiments.notebooks --list                                      # only docs/notebooks.md
"""

import os
import re
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import nbclient
import nbformat

from jaxw2v.errors import InputError
from jaxw2v.launch import command
from jaxw2v.launch.places import REPOSITORY

SECONDS = 180  # of one cell; whole notebooks take less
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}  # what JupyterLab starts
OPENING = re.compile(r"# (?P<question>[^\n]+\?)\n\n(?P<answer>(?:> [^\n]+\n){3})(?:\n|$)")
PAGE = REPOSITORY / "docs" / "notebooks.md"
HEAD = """# Notebooks, by question

Each opens with its question and an answer in three lines, whose numbers its last run shows; then the claim and its
source, and last the assertions, which fail where the claim does not hold (`tests/broken_claims.py` breaks every one).
`python -m experiments.notebooks` executes them anew; with `--list` it only writes this page, from their first cells.

A new one opens with `# A question?`, an empty line and three lines `> ...` with the answer, whose numbers are bold and
stand in the outputs as they are written; its cells call the library or read a table of `notebooks/results/`; titles of
panels say what is found; all assertions are in its last cell, and `tests/broken_claims.py` has a break for each.

"""


class Opening(NamedTuple):
    """The first cell of a notebook.

    Attributes:
      question: its title.
      answer: three lines, as Markdown.
      numbers: what of the answer is bold; its outputs show each.
    """

    question: str
    answer: tuple[str, ...]
    numbers: tuple[str, ...]


def opening(path: Path) -> Opening:
    """How a notebook opens.

    Raises:
      InputError: not with a question as its title and an answer of three quoted lines with a bold number.
    """
    first = nbformat.read(path, as_version=4).cells[0]
    found = OPENING.match(first.source + "\n") if first.cell_type == "markdown" else None
    numbers = re.findall(r"\*\*(.+?)\*\*", found["answer"]) if found else []
    if found is None or not numbers:
        raise InputError(
            f"{path}: begin with '# A question?', an empty line and three lines '> ...' of an answer with a **number**"
        )
    lines = (line.removeprefix("> ").removesuffix("\\") for line in found["answer"].splitlines())
    return Opening(found["question"], tuple(lines), tuple(numbers))


def page(paths: Sequence[Path]) -> str:
    """docs/notebooks.md: each notebook's question, with a link, and its answer."""
    openings = {path: opening(path) for path in paths}
    return HEAD + "".join(
        f"- **[{each.question}](../notebooks/{path.name})**\n  {' '.join(each.answer)}\n"
        for path, each in openings.items()
    )


def execute(path: Path, folder: Path) -> nbformat.NotebookNode:
    """The notebook with the outputs that it has now.

    Args:
      path: the notebook, which stays as it is.
      folder: the working directory of its cells.

    Raises:
      InputError: a cell failed, or warned.
    """
    notebook = nbformat.read(path, as_version=4)
    notebook.metadata = nbformat.from_dict({"kernelspec": KERNEL})
    for number, cell in enumerate(notebook.cells, 1):
        cell.id, cell.metadata = f"cell-{number:02}", nbformat.from_dict({})
    client = nbclient.NotebookClient(
        notebook, timeout=SECONDS, resources={"metadata": {"path": str(folder)}}, record_timing=False
    )
    place = os.pathsep.join([str(REPOSITORY), *filter(None, [os.environ.get("PYTHONPATH")])])  # this program, no other
    try:
        client.execute(env=os.environ | {"PYTHONPATH": place})
    except nbclient.exceptions.CellExecutionError as error:
        raise InputError(f"{path}: {error}") from error
    notebook.metadata = nbformat.from_dict({"kernelspec": KERNEL, "language_info": {"name": "python"}})
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if output.get("name") == "stderr":
                raise InputError(f"{path}: {cell.id} warns: {output.text}")
    return notebook


def write(paths: Sequence[Path]) -> None:
    """Executes the notebooks in an empty folder and writes them anew."""
    for path in paths:
        with tempfile.TemporaryDirectory() as folder:
            nbformat.write(execute(path, Path(folder)), path)
        print(f"{path}: {path.stat().st_size / 1000:.0f} kB")


def main() -> None:
    """The command."""
    every = sorted((REPOSITORY / "notebooks").glob("*.ipynb"))
    if sys.argv[1:] != ["--list"]:
        write([Path(word) for word in sys.argv[1:]] or every)
    PAGE.write_text(page(every), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(command.run(main))
