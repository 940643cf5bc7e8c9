"""What the README says can be typed."""

import re
import shlex

import pytest

from tests.command_line import REPOSITORY, command

README = (REPOSITORY / "README.md").read_text()
BLOCKS = re.findall(r"```bash\n(.*?)```", README, re.DOTALL)
TABLES = (REPOSITORY / "notebooks" / "results" / "README.md").read_text()
COMMANDS = [
    line.split("#")[0].strip()
    for text in [
        *(block.replace("\\\n", " ") for block in BLOCKS + re.findall(r"```bash\n(.*?)```", TABLES, re.DOTALL)),
        *re.findall(r"`(python -m experiments[^`]*)`", README),
    ]
    for line in text.splitlines()
]


def test_the_readme_opens_with_the_two_commands():
    assert BLOCKS[0].strip() == "pip install -e . && python -m experiments.train"
    assert BLOCKS[1].strip() == 'pip install -e ".[test,gensim]" && python -m pytest'


@pytest.mark.parametrize(
    "line",
    sorted({c for c in COMMANDS if c.startswith(("python -m experiments.train", "python -m experiments.prepare"))}),
)
def test_settings_of_the_readme_exist(tmp_path, line):
    if "--config-path" in line or "--help" in line:
        pytest.skip("tried in test_train_script.py")
    words = [word for word in shlex.split(line)[3:] if word not in ("-m", "$TESTS")]
    words = [word.split(",")[0] + ("]" if "[" in word else "") if "," in word else word for word in words]
    module = shlex.split(line)[2].removeprefix("experiments.")
    done = command(tmp_path, *words, "--cfg", "job", module=module)
    assert done.returncode == 0, done.stderr


def test_files_and_pictures_of_the_readme_exist():
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert target.startswith("http") or (REPOSITORY / target).exists(), target
    for path in re.findall(r"^\| `((?:jaxw2v|experiments|conf|testsets)/[\w/.]*)`", README, re.MULTILINE):
        assert (REPOSITORY / path).exists(), path
