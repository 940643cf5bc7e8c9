"""Traced programs on disk: found again without tracing, the same program, and no reason for a run to end."""

import re
from pathlib import Path
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxw2v.runs import compilation_cache, traced


class Pair(NamedTuple):
    one: jax.Array
    other: jax.Array


KEY, PAIR = jax.random.key(3), Pair(np.arange(7, dtype=np.float32), np.ones(5, np.float32))
TREE = jax.tree.structure((PAIR, 0))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(compilation_cache, "_folder", tmp_path)
    return tmp_path


class Noisy:
    """(key, pair, scale) -> (pair, sum), and how often Python has walked through it."""

    def __init__(self):
        self.traces = 0

    def __call__(self, key, pair, scale):
        self.traces += 1
        one = pair.one * scale + jax.random.uniform(key, pair.one.shape)
        return Pair(one, pair.other + one[:5]), one.sum()


def lowered(function, *made_from, scale=2.0):
    arguments = KEY, jax.tree.map(jnp.asarray, PAIR), jnp.float32(scale)
    return traced.lower(function, 1, arguments, TREE, made_from), arguments


def kept(folder: Path) -> list[Path]:
    return sorted(folder.glob("traced/*.stablehlo"))


def test_a_second_process_does_not_trace(folder):
    expected = Noisy()(KEY, PAIR, np.float32(2))
    for traces in (1, 0):
        function = Noisy()
        program, arguments = lowered(function)
        assert function.traces == traces
        found = program.compile()(*arguments)
        assert jax.tree.structure(found) == TREE
        jax.tree.map(np.testing.assert_array_equal, found, expected)
    assert len(kept(folder)) == 1


def test_it_compiles_to_the_program_that_is_traced_each_time(folder, monkeypatch):
    def text():
        return lowered(Noisy())[0].compile().as_text()

    lowered(Noisy())
    found = text()
    monkeypatch.setattr(compilation_cache, "_folder", None)
    direct = text()
    operations = [sorted(re.findall(r"= (\S+ [a-z-]+)\(", each)) for each in (found, direct)]
    assert operations[0] == operations[1]
    assert len(operations[0]) > 10
    assert "input_output_alias={ {0}: (1, {}, may-alias), {1}: (2, {}, may-alias) }" in found  # the pair is used up
    assert "input_output_alias={ {0}: (1, {}, may-alias), {1}: (2, {}, may-alias) }" in direct


def test_what_it_is_made_from_makes_another(folder):
    lowered(Noisy(), "window", 5)
    lowered(Noisy(), "window", 5)
    assert len(kept(folder)) == 1
    lowered(Noisy(), "window", 6)
    assert len(kept(folder)) == 2
    traced.lower(Noisy(), 1, (KEY, Pair(jnp.ones(8), jnp.ones(5)), jnp.float32(1)), TREE, ("window", 6))
    assert len(kept(folder)) == 3


@pytest.mark.parametrize(
    "damage", [lambda data: data[:-9], lambda data: data[:40] + b"?" + data[41:], lambda data: b""]
)
def test_what_is_damaged_is_made_anew(folder, damage):
    lowered(Noisy())
    (path,) = kept(folder)
    whole = path.read_bytes()
    path.write_bytes(damage(whole))
    function = Noisy()
    lowered(function)
    assert function.traces == 1
    assert len(path.read_bytes()) == len(whole)


def test_a_folder_that_cannot_be_written_costs_nothing(folder):
    (folder / "traced").write_text("a file")
    program, arguments = lowered(Noisy())
    assert program.compile()(*arguments)[1].shape == ()


def test_the_oldest_go_first(folder, monkeypatch):
    monkeypatch.setattr(traced, "LARGEST", 2)
    for number in range(4):
        lowered(Noisy(), number)
    assert len(kept(folder)) == 2


def test_another_line_of_the_package_makes_another(folder, tmp_path, monkeypatch):
    """Also in the settings, whose defaults a program is made of though their names and values are the same."""
    (tmp_path / "package/settings").mkdir(parents=True)
    monkeypatch.setattr(traced, "PACKAGE", tmp_path / "package")
    for line in ("SPAN = 64", "SPAN = 128"):
        (tmp_path / "package/settings/negatives.py").write_text(line)
        traced._code.cache_clear()
        lowered(Noisy())
    traced._code.cache_clear()
    assert len(kept(folder)) == 2
