"""Compiled programs on disk: found again, by the same machine alone, and no reason for a run to end."""

import os
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxw2v.launch.python import compose
from jaxw2v.runs import compilation_cache

CPUINFO = "processor\t: 0\nmodel name\t: one\ncpu MHz\t\t: 2000.1\nflags\t\t: fpu avx2\n"
NAMES = ("jax_compilation_cache_dir", "jax_compilation_cache_max_size", "jax_persistent_cache_min_compile_time_secs")


@pytest.fixture
def unset():
    """As on a person's machine: JAX has not been told where to keep programs."""
    before = {name: getattr(jax.config, name) for name in NAMES}
    compilation_cache._set({NAMES[0]: None, NAMES[1]: -1, NAMES[2]: 1.0})
    yield
    compilation_cache._set(before)


@pytest.fixture
def config(tmp_path):
    return compose("corpus.path=text", f"cache={tmp_path}")


def twice_and_one(config) -> list[str]:
    """What a process says that compiles a program, or finds it."""
    lines: list[str] = []
    jax.clear_caches()
    with compilation_cache.kept(config, lines.append):
        result = np.asarray(jax.jit(lambda x: 2 * x + 1)(jnp.arange(3.0)))
    np.testing.assert_array_equal(result, [1, 3, 5])
    return lines


def entries(config, kind="cache"):
    return {path: path.read_bytes() for path in Path(config.cache).glob(f"compiled/*/*-{kind}")}


def test_a_second_process_finds_the_program(unset, config):
    before = [getattr(jax.config, name) for name in NAMES]
    assert twice_and_one(config) == []
    made, used = entries(config), entries(config, "atime")
    assert len(made) >= 1
    assert twice_and_one(config) == []
    assert entries(config) == made
    assert entries(config, "atime") != used  # jax notes each use
    assert [getattr(jax.config, name) for name in NAMES] == before


def test_by_source_a_program_has_the_names_of_its_own_parts(unset, config):
    def text(scope, by_source):
        def twice(x):
            with jax.named_scope(scope):
                return 2 * x

        jax.clear_caches()
        with compilation_cache.kept(config, pytest.fail, by_source):
            return jax.jit(twice).lower(np.ones(5, np.float32)).compile().as_text()

    assert "before" in text("before", by_source=False)
    assert "before" in text("after", by_source=False)  # the same computation
    for scope in ("before", "after", "before", "after"):
        assert scope in text(scope, by_source=True)
    assert len([path for path in entries(config) if "twice" in path.name]) == 3  # two of them by source


def test_a_damaged_entry_is_told_once_and_replaced(unset, config):
    twice_and_one(config)
    made = entries(config)
    for path, data in made.items():
        path.write_bytes(data[: len(data) // 2])  # as a full disk or a kill leaves it
    (line,) = twice_and_one(config)
    assert str(next(iter(made)).parent) in line
    assert twice_and_one(config) == []
    assert entries(config)


def test_half_of_an_entry_does_not_keep_others_from_being_written(unset, config):
    twice_and_one(config)
    for path in entries(config, "atime"):
        path.unlink()
    jax.clear_caches()
    lines: list[str] = []
    with compilation_cache.kept(config, lines.append):
        jax.jit(lambda x: 3 * x)(np.ones(3, np.float32))
    assert len(lines) == 1
    jax.clear_caches()
    with compilation_cache.kept(config, lines.append):
        jax.jit(lambda x: 4 * x)(np.ones(3, np.float32))
    assert len(lines) == 1
    assert entries(config)


def test_a_folder_that_cannot_be_made_is_told(unset, config, tmp_path):
    (tmp_path / "compiled").write_text("a file")
    (line,) = twice_and_one(config)
    assert str(tmp_path / "compiled") in line
    assert "goes on without it" in line


def test_what_a_person_has_set_stays(config, tmp_path):
    theirs = jax.config.jax_compilation_cache_dir
    assert theirs is not None  # of the tests
    with compilation_cache.kept(config, print):
        assert jax.config.jax_compilation_cache_dir == theirs
    assert not (tmp_path / "compiled").exists()


def test_turned_off_nothing_is_kept(unset, tmp_path):
    twice_and_one(compose("corpus.path=text", f"cache={tmp_path}", "compilation_cache=false"))
    assert not (tmp_path / "compiled").exists()


def test_another_processor_has_another_folder(tmp_path, monkeypatch):
    def folder(text):
        (tmp_path / "cpuinfo").write_text(text)
        return compilation_cache.environment(tmp_path / "cpuinfo")

    one = folder(CPUINFO)
    assert folder(CPUINFO.replace("2000.1", "1999.7")) == one  # its speed at a moment
    assert folder(CPUINFO.replace(" avx2", "")) != one
    assert folder(CPUINFO.replace("one", "two")) != one
    monkeypatch.setattr("jaxlib.__version__", "0.0.1")
    assert folder(CPUINFO) != one
    where = compilation_cache.environment(tmp_path / "nothing")
    monkeypatch.setattr("platform.node", lambda: "elsewhere")
    assert compilation_cache.environment(tmp_path / "nothing") != where


def test_folders_of_other_versions_go_after_a_while(unset, config, tmp_path):
    old, recent = tmp_path / "compiled" / "old", tmp_path / "compiled" / "recent"
    old.mkdir(parents=True)
    recent.mkdir()
    os.utime(old, (0, 0))
    twice_and_one(config)
    assert not old.exists()
    assert recent.exists()
