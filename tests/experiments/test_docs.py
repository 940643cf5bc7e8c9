"""The Python of the documentation is run, page by page."""

import re

import jax
import pytest

from tests.command_line import REPOSITORY

PAGES = sorted(
    path for path in [*(REPOSITORY / "docs").glob("*.md"), REPOSITORY / "README.md"] if "```python" in path.read_text()
)


def test_there_are_pages_with_python():
    assert {"python.md", "functions.md"} <= {page.name for page in PAGES}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_its_blocks_run_one_after_another(page, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("JAXW2V_CACHE", str(tmp_path / "cache"))
    names = {"__name__": "page"}
    with jax.numpy_dtype_promotion("standard"), jax.numpy_rank_promotion("allow"):
        for block in re.findall(r"```python\n(.*?)```", page.read_text(), re.DOTALL):
            exec(compile(block, str(page), "exec"), names)
