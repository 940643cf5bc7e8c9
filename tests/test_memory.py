"""The estimate of memory: what it counts, where it looks, what it says."""

import jax
import jax.numpy as jnp
import pytest

from jaxw2v import memory
from jaxw2v.errors import InputError

DEVICE = jax.devices()[0]
STATE = {"table": jax.ShapeDtypeStruct((10_000, 100), jnp.float32), "sum": jax.ShapeDtypeStruct((10_000,), jnp.float32)}


def test_it_grows_with_the_tables_and_is_more_where_replicas_join():
    twice = {"one": STATE, "other": STATE}
    bytes_of_state = 10_000 * 101 * 4
    assert memory.estimate(twice, 1, 0, 1) == 2 * memory.estimate(STATE, 1, 0, 1)
    assert memory.estimate(STATE, 1, 0, 1) >= bytes_of_state
    assert memory.estimate(STATE, 2, 0, 1) >= 3 * bytes_of_state  # before, after and what changed
    assert memory.estimate(STATE, 1, 2**20, 1) > memory.estimate(STATE, 1, 2**10, 1)


def test_it_takes_the_lesser_of_the_machine_and_the_control_group(tmp_path):
    assert memory.available(DEVICE, tmp_path) is None
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc/meminfo").write_text("MemTotal: 9 kB\nMemAvailable:    4000 kB\n")
    assert memory.available(DEVICE, tmp_path) == 4_096_000
    group = tmp_path / "sys/fs/cgroup"
    group.mkdir(parents=True)
    (group / "memory.current").write_text("1000\n")
    (group / "memory.max").write_text("max\n")
    assert memory.available(DEVICE, tmp_path) == 4_096_000
    (group / "memory.max").write_text("3000\n")
    assert memory.available(DEVICE, tmp_path) == 2000


def test_too_much_is_refused_before_it_is_taken(monkeypatch):
    memory.refuse_too_much(STATE, [DEVICE], 1000, 10_000, 100, 1)
    monkeypatch.setattr(memory, "available", lambda device: 1e6)
    with pytest.raises(InputError, match=r"0\.0 GB are free: 10,000 words, model.dim=100.*lower model.dim.*replicas"):
        memory.refuse_too_much(STATE, [DEVICE, DEVICE], 1000, 10_000, 100, 1)
