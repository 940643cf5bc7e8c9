"""Imports point down only: the table of who may import whom, from the top of the house to its ground."""

import ast
import functools
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]
PACKAGE = REPOSITORY / "jaxw2v"
GROUND = {"files", "errors"}
MAY_IMPORT = {  # wing: those below it that it may import, the ground apart
    "commands": {"launch", "runs", "checkpoints", "study", "theory", "vectors", "text"},
    "launch": {"runs", "checkpoints", "study", "vectors", "text", "hosts", "settings"},
    "runs": {"checkpoints", "study", "theory", "vectors", "text", "training", "hosts", "settings"},
    "checkpoints": {"vectors", "text", "training", "settings"},
    "study": set(),
    "theory": {"training"},
    "vectors": set(),
    "text": {"settings"},
    "training": {"settings"},
    "hosts": {"settings"},
    "settings": set(),
    "files": set(),
}
TRAINING = [
    "row_sums",
    "mesh",
    "collectives",
    "storage",
    "streams",
    "subsample",
    "windows",
    "negatives",
    "model",
    "sigmoids",
    "blocks",
    "parts",
    "loss",
    "dense",
    "cbow",
    "huffman",
    "softmax",
    "pairs",
    "hyperparameters",
    "task",
    "rows",
    "schedules",
    "loops",
    "segment",
    "layout",
    "rules",
    "sequential",
    "pair_losses",
    "trainer",
    "population",
    "replicas",
]
WITHOUT_JAX = {"text", "vectors", "study", "settings", "files"}
FILES = sorted(PACKAGE.rglob("*.py"))


@functools.cache
def imported(path: Path) -> set[str]:
    """Modules and names that a file imports, dotted."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def wings(names: set[str]) -> set[str]:
    """The wings of jaxw2v among dotted names."""
    return {name.split(".")[1] for name in names if name.startswith("jaxw2v.")}


def test_the_package_is_wings_and_errors():
    assert {path.stem for path in PACKAGE.glob("*.py")} == {"__init__", "__main__", "errors"}
    assert {path.parent.name for path in FILES if path.parent != PACKAGE} == set(MAY_IMPORT)


def test_the_table_has_no_circle():
    order = list(MAY_IMPORT)
    assert not [
        (wing, below) for wing in order for below in MAY_IMPORT[wing] if order.index(below) <= order.index(wing)
    ]


@pytest.mark.parametrize("wing", MAY_IMPORT)
def test_a_wing_imports_what_is_below_it(wing):
    for path in (PACKAGE / wing).glob("*.py"):
        names = imported(path)
        assert wings(names) <= MAY_IMPORT[wing] | GROUND | {wing}, path.name
        tops = {name.split(".")[0] for name in names}
        assert "experiments" not in tops, path.name
        assert wing in ("commands", "launch") or not tops & {"hydra", "omegaconf"}, path.name
        assert wing not in WITHOUT_JAX or not tops & {"jax", "optax"}, path.name


def test_the_table_allows_no_more_than_is_used():
    used = {
        wing: set().union(*(wings(imported(path)) for path in (PACKAGE / wing).glob("*.py"))) for wing in MAY_IMPORT
    }
    print("\n".join(f"{wing:12} {', '.join(sorted(used[wing] - {wing}))}" for wing in MAY_IMPORT))  # pytest -s shows it
    assert {wing: used[wing] - {wing} - GROUND for wing in MAY_IMPORT} == MAY_IMPORT


def test_inside_a_wing_no_file_imports_itself_through_others():
    for wing in MAY_IMPORT:
        files = {path.stem: path for path in (PACKAGE / wing).glob("*.py")}
        needs = {name: {part for part in files if f"jaxw2v.{wing}.{part}" in imported(files[name])} for name in files}
        while leaves := {name for name, needed in needs.items() if not needed & needs.keys()}:
            needs = {name: needed for name, needed in needs.items() if name not in leaves}
        assert not needs, wing


def test_inside_training_nothing_imports_to_its_right():
    files = {path.stem for path in FILES if path.parent.name == "training"} - {"__init__"}
    assert files == set(TRAINING)
    for at, name in enumerate(TRAINING):
        names = imported(PACKAGE / "training" / f"{name}.py")
        used = {part for part in TRAINING if f"jaxw2v.training.{part}" in names}
        assert used <= set(TRAINING[:at]), name
