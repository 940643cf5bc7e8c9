"""Where the time goes and how it grows: the instruments measure what they say."""

import json
from unittest import mock

import jax
import numpy as np
import pytest

from experiments.benchmarks import exchange, operations, profile, scaling
from jaxw2v.files.results import provenance
from jaxw2v.runs import compilation_cache
from jaxw2v.training.mesh import make_mesh
from tests.command_line import REPOSITORY, command, wrong


def test_parts_of_a_program_are_measured(tmp_path, monkeypatch):
    monkeypatch.setattr(profile, "NUMBERS", 2**20)
    monkeypatch.setattr(profile, "SIDE", 256)
    lines = np.random.default_rng(0).integers(0, 40, (3000, 20))
    text = tmp_path / "text.txt"
    text.write_text("\n".join(" ".join(f"w{word}" for word in line) for line in lines) + "\n")
    settings = [f"corpus.path={text}", "subsample.threshold=0", "model.dim=16", "train.replicas=2",
                f"hydra.run.dir={tmp_path / 'out'}"]  # fmt: skip
    monkeypatch.setattr(compilation_cache, "kept", kept := mock.Mock(side_effect=compilation_cache.kept))
    done = command(tmp_path, "--operations", 7, "corpus=file", *settings, module="benchmarks.profile")
    assert done.returncode == 0, done.stderr
    assert kept.call_args.kwargs == {"by_source": True}  # else lines could be those of another version of the source
    found = json.loads((tmp_path / "out" / "cost.json").read_text())
    shares = {part: found[f"share.{part}"] for part in profile.PARTS}
    assert sum(shares.values()) == pytest.approx(1)
    for part in ("subsample", "draw", "gather", "products", "activation", "update", "merge"):
        assert shares[part] > 0, part
    assert found["tokens"] == 60_000  # nothing is subsampled, and two replicas share the text
    assert found["operations_per_kept_token"] == 6 * 16 * (2 * 5 + 32)
    assert found["bytes_per_kept_token"] == 3 * 2.25 * 16 * 4  # 32 samples for 128 tokens
    assert 0 < found["share_of_limit"] < 1
    assert (tmp_path / "out" / "cost.md").read_text() in done.stdout
    rows = found["operations"]
    assert [row["share"] for row in rows] == sorted((row["share"] for row in rows), reverse=True)
    assert len(rows) == 7
    for row in rows:
        assert row["microseconds_per_kept_token"] == pytest.approx(row["share"] * found["microseconds_per_kept_token"])
        assert f"| {row['name']} | {row['kind']} |" in done.stdout
    sources = [line.rpartition(":") for row in rows for line in row["lines"][:1]]
    assert all((REPOSITORY / file).is_file() and int(number) > 0 for file, _, number in sources)
    assert any(file.startswith("jaxw2v/training/") for file, _, _ in sources)


def test_a_number_of_operations_that_is_none(tmp_path):
    wrong(command(tmp_path, "--operations", "0", module="benchmarks.profile"), "--operations 0: use 1 or more")
    wrong(command(tmp_path, "--operations", "all", module="benchmarks.profile"), "--operations", "'all'")


PROGRAM = """HloModule jit_f, is_scheduled=true

%fused (a: f32[8,4]) -> f32[8] {
  %a = f32[8,4]{1,0} parameter(0)
  %multiply.9 = f32[8,4]{1,0} multiply(%a, %a), metadata={op_name="jit(f)/while/body/gather/mul" LINE_1}
  %reduce.9 = f32[8]{0} reduce(%multiply.9, %zero), dimensions={1}, to_apply=%add
  %negate.9 = f32[8]{0} negate(%reduce.9)
  ROOT %bitcast.9 = f32[8]{0} bitcast(%negate.9)
}

%fused.1 (a: f32[8,4]) -> f32[8,4] {
  %a.1 = f32[8,4]{1,0} parameter(0)
  %multiply.8 = f32[8,4]{1,0} multiply(%a.1, %a.1), metadata={op_name="jit(f)/while/body/gather/mul" LINE_1}
  ROOT %add.8 = f32[8,4]{1,0} add(%multiply.8, %a.1), metadata={op_name="jit(f)/while/body/draw/add" LINE_3}
}

ENTRY %main (a: f32[8,4]) -> (s32[], f32[8]) {
  %gather.1 = f32[8,4]{1,0} gather(%a, %b), metadata={op_name="jit(f)/while/body/gather/gather" id=1 LINE_2}
  %dot.2 = f32[8] dot(%a, %b), metadata={op_name="jit(f)/while/body/transpose(jvp(products))/dot_general"}
  %while.4 = (s32[], /*index=1*/f32[8]{0}) while(%t), body=%b, metadata={op_name="jit(f)/while/body/add" LINE_3}
  %more = f32[8,4]{1,0} fusion(%a), kind=kLoop, calls=%fused.1
  ROOT %sum = f32[8]{0} fusion(%a), kind=kCustom, calls=%fused, backend_config={"fusion_config":{"kind":"__ynn_fusion"}}
}
"""
TABLES = """is_scheduled=true

FileNames
1 "REPOSITORY/jaxw2v/training/loss.py"
2 "/lib/optax/update.py"

FunctionNames
1 "loss"

FileLocations
1 {file_name_id=1 function_name_id=1 line=97 end_line=97 column=1 end_column=2}
2 {file_name_id=2 function_name_id=1 line=12 end_line=12 column=1 end_column=2}

StackFrames
1 {file_location_id=1 parent_frame_id=PARENT_0}
2 {file_location_id=2 parent_frame_id=PARENT_1}
3 {file_location_id=2 parent_frame_id=PARENT_0}
""".replace("REPOSITORY", str(REPOSITORY))


def test_an_instruction_has_a_kind_and_a_part_by_its_innermost_scope():
    found = operations.read(PROGRAM)
    assert {name: profile._part(each.scope) for name, each in found.items() if each.scope} == {
        "multiply.9": "gather", "gather.1": "gather", "dot.2": "products", "while.4": "other", "sum": "gather",
        "multiply.8": "gather", "add.8": "draw", "more": "draw",
    }  # fmt: skip
    kinds = {name: found[name].kind for name in ("gather.1", "dot.2", "while.4")}
    assert kinds == {"gather.1": "gather", "dot.2": "dot", "while.4": "while"}
    assert (found["sum"].kind, found["more"].kind) == ("ynn fusion: reduce", "fusion: add")


@pytest.mark.parametrize("first", [0, 1])
def test_lines_of_source_in_both_ways_of_printing(first):
    files = PROGRAM
    for number, line in enumerate((5, 6, 7), start=1):
        files = files.replace(f"LINE_{number}", f'source_file="{REPOSITORY}/jaxw2v/a.py" source_line={line}')
    assert {name: each.lines for name, each in operations.read(files).items() if each.lines} == {
        "multiply.9": ("jaxw2v/a.py:5",), "sum": ("jaxw2v/a.py:5",), "gather.1": ("jaxw2v/a.py:6",),
        "while.4": ("jaxw2v/a.py:7",), "multiply.8": ("jaxw2v/a.py:5",), "add.8": ("jaxw2v/a.py:7",),
        "more": ("jaxw2v/a.py:7",),
    }  # fmt: skip
    tables = TABLES.replace("PARENT_0", str(first)).replace("PARENT_1", str(first + 1))
    frames = PROGRAM.replace("is_scheduled=true\n", tables).replace("LINE_", "stack_frame_id=")
    found = operations.read(frames)
    assert found["sum"].lines == ("jaxw2v/training/loss.py:97",)
    assert found["gather.1"].lines == ("jaxw2v/training/loss.py:97",)  # of a library, called there
    assert found["while.4"].lines == ("optax/update.py:12",)  # of a library alone


def test_time_of_an_instruction_is_its_own():
    def event(name, begin, duration, tid=1, module="jit_f"):
        of = {"hlo_op": name, "hlo_module": module}
        return {"ph": "X", "pid": 1, "tid": tid, "ts": begin, "dur": duration, "args": of}

    events = [
        event("while", 0, 100), event("dot", 10, 20), event("dot", 30, 5), event("call", 40, 30), event("add", 41, 9),
        event("dot", 0, 7, tid=2), event("dot", 200, 11, module="jit_other"), {"ph": "M", "name": "a name"},
    ]  # fmt: skip
    own = operations.own_times(events, "jit_f")
    assert own == {"while": (45, 1), "dot": (32, 3), "call": (21, 1), "add": (9, 1), "": (11, 1)}
    first, second = operations.listed(own, operations.read(PROGRAM), 2, 59)
    assert (first["name"], first["times"], first["microseconds_per_kept_token"]) == ("while", 1, 59 * 45 / 118)
    assert second["microseconds_each"] == pytest.approx(32 / 3)


@pytest.mark.slow
def test_growth_of_two_axes(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(scaling.AXES, "runs", ("runs", (1, 2)))
    monkeypatch.setitem(scaling.AXES, "data", ("train.mesh.data", (1, 2)))
    small = ["--scale", "0.01", "--set", "train.segment_tokens=4096", "--out", str(tmp_path)]
    assert scaling.main(["--only", "k", "runs", "data", *small]) == 0
    found = json.loads((tmp_path / "growth.json").read_text())
    for k in scaling.AXES["k"][1]:
        assert found[f"k.{k}.words_per_second"] > 0
        assert found[f"k.{k}.megabytes_of_tables"] == pytest.approx(2 * 30_000 * 100 * 4 / 1e6)  # one copy
    assert found["runs.2.megabytes_of_tables"] == 2 * found["runs.1.megabytes_of_tables"]
    assert found["runs.2.words_per_second"] > 0
    assert found["data.2.megabytes_of_tables"] == 2 * found["data.1.megabytes_of_tables"]
    assert 0 < found["data.2.seconds_of_its_exchange"] < found["data.2.seconds_of_a_step"]
    assert found["data.1.seconds_of_its_exchange"] == 0
    assert found.keys() >= provenance(REPOSITORY).keys()
    assert (tmp_path / "growth.md").read_text() in capsys.readouterr().out


def test_what_a_step_sends_and_how_long_that_takes():
    """What each device has comes back to it after as many times as there are devices."""
    text = "%x = f32[5]{0} add(%a, %b)\n %y = f32[2,646,100]{2,1,0} all-gather(%z), channel_id=1, dimensions={0}"
    assert exchange.sent(text) == (646, 100)
    assert exchange.sent("%x = f32[1,2,646,100]{3,2,1,0} all-gather(%z)") == (646, 100)
    assert exchange.sent("%x = (f32[646,100]{1,0}, f32[2,646,100]{2,1,0}) all-gather-start(%z)") == (646, 100)
    assert exchange.sent("%x = f32[2,646,100]{2,1,0} add(%a, %b)") is None
    assert 0 < exchange.seconds(make_mesh(jax.devices(), data=2), 3, 5) < 1


def test_growth_refuses_a_wrong_setting(tmp_path, capsys):
    assert scaling.main(["--only", "k", "--scale", "0.01", "--set", "model.dim=0", "--out", str(tmp_path)]) == 2
    error = capsys.readouterr().err
    assert "negatives.k=1" in error
    assert "model.dim=0" in error


def test_zipf_counts_are_those_of_the_text():
    ids, counts = scaling._zipf(50, 5000)
    assert np.bincount(ids[ids >= 0], minlength=50).tolist() == counts.tolist()
    assert (ids < 0).sum() == 5000 // scaling.SENTENCE
    assert counts[0] > 8 * counts[9]
