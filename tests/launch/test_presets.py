"""Presets and sweeps of a user's own, in --config-dir."""

import pytest

from tests.command_line import command, train, wrong


@pytest.fixture
def conf(tmp_path):
    """A folder for presets; `conf(group/name, text)` writes one and returns the flag and its choice."""

    def write(name: str, text: str | bytes) -> list[str]:
        path = tmp_path / "my conf" / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        group, _, choice = name.partition("/")
        return ["--config-dir", str(tmp_path / "my conf"), f"{group}={choice}"]

    return write


GLOBAL = "# @package _global_\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{GLOBAL}windows:\n  windw: 3\n", "'experiment/mine': windows.windw: there is no such setting; did you"),
        ("windows:\n  window: 3\n", "'experiment/mine': its settings would be those of experiment; begin"),
        ("", "begin the file with the line # @package _global_"),
        (f"{GLOBAL}windows: [3\n", "mine.yaml, line 3: cannot be read as YAML"),
        (f"{GLOBAL}seed: 1\nseed: 2\n", "mine.yaml, line 3: cannot be read as YAML (found duplicate key seed)"),
        (f"{GLOBAL}name: caf\xe9\n".encode("latin-1"), "mine.yaml: not UTF-8"),
        (f"{GLOBAL}phrases:\n  connectors: [of, on]\n", 'line 3: phrases.connectors: YAML reads on as true or false'),
        (f"{GLOBAL}eval:\n  neighbors:\n  - 1e5\n", "line 4: eval.neighbors: YAML reads 1e5 as a number"),
        (f"{GLOBAL}eval.neighbors: [a]\n", "a point in a key means nothing in a file; write eval: {neighbors: VALUE}"),
        (f"{GLOBAL}corpus:\n  path: 2024_02_01\n", 'YAML reads 2024_02_01 as a number; quote it, "2024_02_01"'),
        (f"{GLOBAL}hydra:\n  run:\n    dir: ~/out\n", "hydra.run.dir=~/out: in a preset, write ${oc.env:HOME}"),
        (
            f"{GLOBAL}hydra:\n  mode: MULTIRUN\n  sweeper:\n    params:\n      corpus.path: 2023,a\n",
            "line 6: corpus.path: a sweep would read 2023,a as something else; write \"'2023',a\"",
        ),
    ],
)  # fmt: skip
def test_a_mistake_in_a_preset(place, tmp_path, conf, text, expected):
    done = command(
        place, "corpus=file", f"corpus.path={place / 'text.txt'}", *conf("experiment/mine", text), cwd=tmp_path
    )
    wrong(done, expected)
    assert not [path for path in tmp_path.rglob("*") if path.name in ("~", ".hydra") or path.suffix == ".log"]


def test_words_in_quotes_are_fine(place, tmp_path, conf):
    mine = conf("experiment/mine", f'{GLOBAL}eval:\n  neighbors: ["on", "1e5", w0]\n')
    done = train(place, tmp_path / "run", *mine)
    assert done.returncode == 0, done.stderr
    assert "  on: not among the words\n  1e5: not among the words\n" in done.stdout


def test_a_preset_whose_name_looks_like_a_number(place, conf):
    wrong(command(place, *conf("experiment/2024_02", f"{GLOBAL}seed: -1\n")), "seed=-1")


def test_choices_of_the_users_own_are_listed(place, conf):
    mine = [*conf("corpus/mine", "source: file\n"), *conf("sweep/my_sweep", GLOBAL)][:2]
    wrong(command(place, *mine, "corpus=yours"), "corpus/yours: there is no such choice", "mine")
    wrong(command(place, *mine, "sweep=your_sweep"), "my_sweep")
    wrong(command(place, *mine, "corpus=null"), "mine")
    wrong(command(place, *mine, "nonsense=mine"), "did you mean corpus=mine")
    wrong(command(place, "eval=nothere"), "eval/nothere: there is no such choice; use docstrings")
