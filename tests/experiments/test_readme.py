"""What the README says, and what any page says can be typed."""

import importlib.util
import re
import shlex
from pathlib import Path

import pytest

import jaxw2v
from jaxw2v.commands.main import COMMANDS as OURS
from tests.command_line import REPOSITORY, command
from tests.experiments.test_docs import BLOCK, PAGES, blocks

README = (REPOSITORY / "README.md").read_text()
BLOCKS = re.findall(r"```bash\n(.*?)```", README, re.DOTALL)
LONGER = {"presets.md", "notebooks.md"}  # made, a paragraph a line
TYPED = re.compile(r"(?:python -m experiments\.|jaxw2v )(train|prepare) (.*)")


def lines(page: Path) -> list[str]:
    """What a page has in blocks that are not run and in `python -m ...`, line by line."""
    text = page.read_text()
    in_blocks = [each.text for each in blocks(page) if each.language == "bash" and not (each.runs and page in PAGES)]
    in_lines = [" ".join(each.split()) for each in re.findall(r"`((?:python -m experiments|jaxw2v )[^`]*)`", text)]
    found = "\n".join([*in_blocks, *in_lines]).replace("\\\n", " ").splitlines()
    return [line.partition(" #")[0].strip() for line in found]


OTHERS = [page for page in PAGES if page.name != "presets.md"]  # test_presets.py starts each
TYPED_LINES = sorted({line for page in [*OTHERS, REPOSITORY / "notebooks/results/README.md"] for line in lines(page)})


def test_the_readme_is_short():
    assert len(README.splitlines()) <= 180
    assert max(map(len, README.splitlines())) <= 120


def test_lines_of_prose_are_short():
    for page in PAGES:
        prose = BLOCK.sub("", page.read_text()).splitlines() if page.name not in LONGER else []
        assert not [(page, line) for line in prose if len(line) > 120 and line[0] != "|"]


def test_the_readme_opens_with_the_two_commands():
    assert BLOCKS[0].strip() == "pip install -e . && python -m experiments.train"
    assert BLOCKS[1].strip() == 'pip install -e ".[test,gensim]" && python -m pytest'


def test_the_readme_has_all_commands():
    rows = re.findall(r"^\| `jaxw2v (\w+)` \| (.*) \|$", README, re.MULTILINE)
    assert dict(rows) == OURS


def test_one_version_is_cited_described_and_installed():
    cited = re.search(r"^version: (.*)$", (REPOSITORY / "CITATION.cff").read_text(), re.MULTILINE)
    described = re.search(r"^## (\S+)", (REPOSITORY / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert cited[1] == described[1] == jaxw2v.__version__


@pytest.mark.parametrize("line", [line for line in TYPED_LINES if TYPED.fullmatch(line)])
def test_settings_of_the_pages_exist(tmp_path, line):
    if re.search(r"sweep=\S*\$", line):
        pytest.skip("a loop of the shell; each of its sweeps is tried in tests/launch/test_reproductions.py")
    if "--config-" in line or "--help" in line:
        pytest.skip("tried in test_train_script.py and test_docs.py")
    module, rest = TYPED.fullmatch(line).groups()
    words = [word for word in shlex.split(rest) if word != "-m" and word[0] != "$"]
    launcher = re.search(r"launcher=(joblib|submitit)", line)
    if launcher and importlib.util.find_spec(f"hydra_plugins.hydra_{launcher[1]}_launcher") is None:  # an extra
        words = [word for word in words if not word.startswith(("launcher=", "hydra.launcher."))]
    words = [word.split(",")[0] + ("]" if "[" in word else "") if "," in word else word for word in words]
    done = command(tmp_path, *words, "--cfg", "job", module=module)
    assert done.returncode == 0, done.stderr
