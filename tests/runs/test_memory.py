"""The estimate of memory: what it counts, where it looks, what it says; and memory that runs out nevertheless."""

import resource

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxw2v.errors import InputError
from jaxw2v.runs import memory
from jaxw2v.training.mesh import make_mesh
from tests.command_line import train, wrong
from tests.configs import compose

DEVICE = jax.devices()[0]
STATE = {"table": jax.ShapeDtypeStruct((10_000, 100), jnp.float32), "sum": jax.ShapeDtypeStruct((10_000,), jnp.float32)}


def test_it_grows_with_the_tables_and_is_more_where_replicas_join():
    twice = {"one": STATE, "other": STATE}
    bytes_of_state = 10_000 * 101 * 4
    assert memory.estimate(twice, DEVICE, 1, 0, 1) == 2 * memory.estimate(STATE, DEVICE, 1, 0, 1)
    assert memory.estimate(STATE, DEVICE, 1, 0, 1) >= bytes_of_state
    # with two replicas itself, half of it before, a part of each other
    assert memory.estimate(STATE, DEVICE, 2, 0, 1) >= 2.5 * bytes_of_state
    assert memory.estimate(STATE, DEVICE, 1, 2**20, 1) > memory.estimate(STATE, DEVICE, 1, 2**10, 1)


@pytest.fixture
def root(tmp_path):
    """A file system of Linux with 4 MB free."""
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/meminfo").write_text("MemTotal: 9 kB\nMemAvailable:    4000 kB\nHugePages_Total: 0\n")
    (tmp_path / "proc/self/statm").write_text("100 9 9 9 0 9 0\n")
    return tmp_path


def group(root, path, names, most, used, stat=""):
    (root / path).mkdir(parents=True, exist_ok=True)
    for name, value in zip(names, (most, used)):
        (root / path / name).write_text(f"{value}\n")
    (root / path / "memory.stat").write_text(stat)


def test_it_takes_the_lesser_of_the_machine_and_the_control_group(root, tmp_path):
    assert memory.available(DEVICE, tmp_path / "nowhere") is None
    assert memory.available(DEVICE, root) == 4_096_000
    names = ("memory.max", "memory.current")
    group(root, "sys/fs/cgroup", names, "max", 1000)
    assert memory.available(DEVICE, root) == 4_096_000
    group(root, "sys/fs/cgroup", names, 3000, 1000)
    assert memory.available(DEVICE, root) == 2000


@pytest.mark.parametrize(
    ("line", "top", "names", "cache"),
    [
        ("0::/a.slice/b", "sys/fs/cgroup", ("memory.max", "memory.current"), "inactive_file"),
        (
            "9:name=systemd:/\n4:cpu,memory:/a.slice/b",
            "sys/fs/cgroup/memory",
            ("memory.limit_in_bytes", "memory.usage_in_bytes"),
            "total_inactive_file",
        ),
    ],
    ids=["v2", "v1"],
)
def test_it_sees_the_group_of_the_process_and_those_above(root, line, top, names, cache):
    (root / "proc/self/cgroup").write_text(f"{line}\n")
    group(root, f"{top}/a.slice/b", names, 9000, 1000)
    assert memory.available(DEVICE, root) == 8000
    group(root, f"{top}/a.slice", names, 8000, 2000)
    assert memory.available(DEVICE, root) == 6000
    group(
        root, f"{top}/a.slice", names, 8000, 2000, f"anon 7\n{cache} 400\n{cache.replace('inactive', 'active')} 100\n"
    )  # files that were read make room
    assert memory.available(DEVICE, root) == 6500
    group(root, top, names, 5000, 1000)
    assert memory.available(DEVICE, root) == 4000
    group(root, f"{top}/other", names, 10, 10)
    assert memory.available(DEVICE, root) == 4000


def test_it_sees_the_limit_of_addresses(root, monkeypatch):
    page = resource.getpagesize()
    monkeypatch.setattr(resource, "getrlimit", lambda kind: (300 * page, 400 * page))
    assert memory.available(DEVICE, root) == 200 * page  # of 100 pages in use
    monkeypatch.setattr(resource, "getrlimit", lambda kind: (resource.RLIM_INFINITY,) * 2)
    assert memory.available(DEVICE, root) == 4_096_000


def test_too_much_is_refused_before_it_is_taken(monkeypatch):
    config = compose("model.dim=100")
    memory.refuse_too_much(STATE, make_mesh([DEVICE]), 1000, 10_000, config, 5, 1)
    monkeypatch.setattr(memory, "available", lambda device: 1e6)
    with pytest.raises(InputError, match=r"0\.0 GB are free: .*10,000 words, model.dim=100.*lower model.dim.*replicas"):
        memory.refuse_too_much(STATE, make_mesh(jax.devices(), replicas=2), 1000, 10_000, config, 5, 1)


def test_devices_that_share_hold_less_each(monkeypatch):
    """Columns are divided, and of a population the runs; a step that devices share is held by each."""
    config, shared = compose(), compose("train.mesh.data=2", "train.mesh.column=2")
    step = compose("train.step_tokens=512")
    assert memory.buffers(shared, 5) < memory.buffers(step, 5)
    assert memory.buffers(shared, 5) == memory.buffers(config, 5)  # twice the rows of half the length
    monkeypatch.setattr(memory, "available", lambda device: 1e6)
    mesh = make_mesh(jax.devices(), data=2, column=2)
    with pytest.raises(
        InputError, match=r"train.replicas=1, train.mesh.data=2, train.mesh.column=2\).*train.mesh.data$"
    ):
        memory.refuse_too_much(STATE, mesh, 1000, 10_000, shared, 5, 1)
    needed = []
    for runs in (1, 2):
        with pytest.raises(InputError, match="GB are free") as caught:
            memory.refuse_too_much(STATE, make_mesh(jax.devices(), runs=runs), 10**7, 10_000, config, 5, 2)
        needed.append(float(str(caught.value).split()[4]))
    assert needed[1] > needed[0]  # on CPUs, whose devices share the memory, each has the text


SHARED = {
    "span": ["negatives.shared_samples=200"],
    "wide": ["windows.window=20", "train.chunk_tokens=20000"],
    "large steps": ["train.step_tokens=4096"],
    "pair": ["negatives.shared_by=pair", "negatives.k=20"],
    "window": ["negatives.shared_by=window", "negatives.k=20"],
    "cbow": ["experiment=cbow", "negatives.shared_by=pair", "negatives.k=50"],
}


SLOW = {"wide", "large steps", "window", "cbow"}  # seconds of compilation each


@pytest.mark.parametrize("name", [pytest.param(name, marks=[pytest.mark.slow] * (name in SLOW)) for name in SHARED])
def test_what_a_chunk_draws_is_about_what_the_program_says(place, tmp_path, monkeypatch, name):
    seen, refuse = [], memory.refuse_program

    def spy(program, mesh, config):
        says = program.memory_analysis().temp_size_in_bytes
        of_text = memory.estimate((), DEVICE, 1, config.train.segment_tokens, 1)
        seen.append((says, memory.buffers(config, config.windows.window) + of_text))
        with monkeypatch.context() as patched:
            patched.setattr(memory, "available", lambda device: says)
            refuse(program, mesh, config)
            patched.setattr(memory, "available", lambda device: says - 1)
            refuse(program, mesh, config)

    monkeypatch.setattr(memory, "refuse_program", spy)
    words = ["model.dim=64", "train.step_tokens=256", "train.chunk_tokens=4096", "train.replicas=1", *SHARED[name]]
    done = train(place, tmp_path / "run", *words)
    wrong(done, "besides the tables training takes", "GB are free; lower train.chunk_tokens", "model.dim")
    says, estimated = seen[0]  # of the command; the same call in Python comes after it
    assert says / 2 < estimated < 2 * says


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["train.chunk_tokens=1000000000"], ["lower train.chunk_tokens"]),
        (["negatives.shared_samples=100000000"], ["lower", "negatives.shared_samples"]),
        (
            ["windows.window=1000", "train.segment_tokens=9999", "negatives.shared_by=pair", "negatives.k=100000"],
            ["negatives.k"],
        ),
        (["negatives.shared_samples=1000000000000"], ["negatives.shared_samples=1000000000000", "2147483647 at most"]),
        (["negatives.k=1000000000000"], ["negatives.k=1000000000000", "2147483647 at most"]),
        (["heldout.samples=1000000000000"], ["heldout.samples=1000000000000", "2147483647 at most"]),
        (["train.chunk_tokens=1000000000000"], ["train.chunk_tokens=1000000000000", "2147483647 at most"]),
        (["train.replicas=1048576"], ["train.replicas=1048576", "1024"]),
    ],
)
def test_settings_that_no_machine_holds(place, tmp_path, monkeypatch, words, expected):
    monkeypatch.setattr(memory, "available", lambda device: 12e9)
    wrong(train(place, tmp_path / "run", *words), *expected)


@pytest.mark.parametrize(
    "raised", [MemoryError(), jax.errors.JaxRuntimeError("RESOURCE_EXHAUSTED: Out of memory allocating\n9 bytes.")]
)
def test_memory_that_runs_out_is_one_line(place, tmp_path, monkeypatch, raised):
    def out(*args, **kwargs):
        raise raised

    monkeypatch.setattr("jaxw2v.runs.session.train", out)
    wrong(train(place, tmp_path / "run"), "out of memory", "lower model.dim")


def test_other_errors_stay_what_they_are():
    other = jax.errors.JaxRuntimeError("INTERNAL: something else")
    assert memory.ran_out(other) is None
    assert memory.ran_out(ValueError("Out of memory")) is None
    with pytest.raises(jax.errors.JaxRuntimeError, match="something else"), memory.one_line():
        raise other
    with pytest.raises(InputError, match=r"out of memory \(Unable to allocate"), memory.one_line():
        np.empty(2**50, np.uint8)[:] = 1
