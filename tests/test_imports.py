"""Imports point down only (README, file map)."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "jaxw2v"
WINGS = {"text", "training", "vectors", "study"}
EVERYWHERE = {"jaxw2v", "jaxw2v.blas", "jaxw2v.errors", "jaxw2v.npz"}
TRAINING = [
    "storage",
    "subsample",
    "windows",
    "negatives",
    "model",
    "blocks",
    "loss",
    "bags",
    "huffman",
    "softmax",
    "pairs",
    "task",
    "rows",
    "rates",
    "segment",
    "heldout",
    "trainer",
    "population",
    "replicas",
]
FORBIDDEN = {
    "text": {"jax", "optax", "hydra"},
    "vectors": {"jax", "optax", "hydra"},
    "study": {"jax", "optax", "hydra"},
}
THEORY = {"subsample", "windows", "loss"}  # what theory uses of training
FILES = sorted(PACKAGE.rglob("*.py"))


def imported(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_wing_imports_no_other(path):
    wing = path.parent.name
    names = imported(path)
    assert not any(name == "experiments" or name.startswith("experiments.") for name in names)
    if wing in WINGS:
        own = {name for name in names if name.startswith("jaxw2v")} - EVERYWHERE - {"jaxw2v.errors.InputError"}
        assert all(name.startswith(f"jaxw2v.{wing}") for name in own), own
        assert not {name.split(".")[0] for name in names} & FORBIDDEN.get(wing, {"hydra"})


def test_theory_uses_little_of_training_and_nothing_else():
    for path in FILES:
        if path.parent.name == "theory":
            own = {name for name in imported(path) if name.startswith("jaxw2v.")}
            allowed = {
                "jaxw2v.blas",
                "jaxw2v.theory",
                "jaxw2v.training",
                *(f"jaxw2v.training.{name}" for name in THEORY),
            }
            assert {".".join(name.split(".")[:3]) for name in own} <= allowed, path


def test_inside_training_nothing_imports_to_its_right():
    files = {path.stem for path in FILES if path.parent.name == "training"} - {"__init__"}
    assert files == set(TRAINING)
    for at, name in enumerate(TRAINING):
        names = imported(PACKAGE / "training" / f"{name}.py")
        used = {part for part in TRAINING if f"jaxw2v.training.{part}" in names}
        assert used <= set(TRAINING[:at]), name


def test_a_file_is_short():
    assert {path.name: n for path in FILES if (n := len(path.read_text().splitlines())) > 300} == {}
