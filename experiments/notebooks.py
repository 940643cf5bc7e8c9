"""Executes the notebooks and writes them with their outputs, which hold no times and no places.

python -m experiments.notebooks
python -m experiments.notebooks notebooks/02_what_negatives_are_for.ipynb
"""

import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import nbclient
import nbformat

from jaxw2v.errors import InputError
from jaxw2v.launch import command
from jaxw2v.launch.places import REPOSITORY

SECONDS = 180  # of one cell; whole notebooks take less
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}  # what JupyterLab starts


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
    write([Path(word) for word in sys.argv[1:]] or sorted((REPOSITORY / "notebooks").glob("*.ipynb")))


if __name__ == "__main__":
    sys.exit(command.run(main))
