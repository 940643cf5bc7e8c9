import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import jaxw2v
from jaxw2v.errors import InputError
from jaxw2v.files import results


def test_flatten_joins_keys_with_dots():
    nested = {"a": {"b": 1, "c": {"d": [1, 2]}}, "e": None, "empty": {}}
    assert results.flatten(nested) == {"a.b": 1, "a.c.d": [1, 2], "e": None}
    with pytest.raises(ValueError, match=r"two values for a\.b"):
        results.flatten({"a": {"b": 1}, "a.b": 2})


def strict(text):
    def refuse(name):
        raise ValueError(name)

    return json.loads(text, parse_constant=refuse)


VALUES = {
    "z": float("nan"),
    "a": [1.5, float("inf"), None],
    "scalar": np.float32(0.5),
    "count": np.int64(3),
    "array": np.array([1.0, np.nan]),
    "path": Path("x") / "y",
    "word": "日本",
    "flag": True,
}
PLAIN = {
    "z": None,
    "a": [1.5, None, None],
    "scalar": 0.5,
    "count": 3,
    "array": [1.0, None],
    "path": str(Path("x") / "y"),
    "word": "日本",
    "flag": True,
}


def test_a_result_is_strict_json_in_the_order_given(tmp_path):
    path = tmp_path / "result.json"
    results.write_result(path, {"old": 1})
    results.write_result(path, VALUES)
    read = strict(path.read_text(encoding="utf-8"))
    assert read == PLAIN
    assert list(read) == list(VALUES)
    assert list(tmp_path.iterdir()) == [path]


def test_a_failed_write_leaves_the_old_result(tmp_path):
    path = tmp_path / "result.json"
    results.write_result(path, {"old": 1})
    with pytest.raises(TypeError):
        results.write_result(path, {"new": object()})
    assert strict(path.read_text()) == {"old": 1}
    with pytest.raises(InputError, match="absent"):
        results.write_result(tmp_path / "absent" / "result.json", {})
    with pytest.raises(InputError, match="absent"):
        results.append(tmp_path / "absent" / "metrics.jsonl", {})


def test_metrics_are_one_strict_object_a_line(tmp_path):
    path = tmp_path / "metrics.jsonl"
    results.append(path, VALUES)
    results.append(path, {"loss": 1.0})
    lines = path.read_text(encoding="utf-8").splitlines()
    assert [strict(line) for line in lines] == [PLAIN, {"loss": 1.0}]


def test_provenance_without_a_checkout(tmp_path):
    found = results.provenance(tmp_path)
    assert found["code.version"] == jaxw2v.__version__
    assert found["code.commit"] is None
    assert found["code.dirty"] is None
    assert found["software.python"].split(".")[:2] == [str(part) for part in sys.version_info[:2]]
    assert found["software.numpy"] == np.__version__
    assert {"software.jax", "machine.platform", "machine.cpu", "machine.cpus"} < found.keys()
    json.dumps(found, allow_nan=False)


def test_provenance_without_git(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    found = results.provenance(Path(__file__).parents[2])
    assert (found["code.commit"], found["code.dirty"]) == (None, None)


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_provenance_knows_the_commit_and_whether_it_is_changed(tmp_path):
    def git(*words):
        user = [
            "-c",
            "user.name=a",
            "-c",
            "user.email=a@b",
            "-c",
            "commit.gpgsign=false",
            "-c",
            "core.hooksPath=/dev/null",
        ]
        command = ["git", "-C", str(tmp_path), *user, *words]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    git("init", "-q")
    assert results.provenance(tmp_path)["code.commit"] is None  # no commit yet
    (tmp_path / "file").write_text("1")
    git("add", "file")
    git("commit", "-q", "-m", "one")
    found = results.provenance(tmp_path)
    assert found["code.commit"] == git("rev-parse", "HEAD")
    assert found["code.dirty"] is False
    (tmp_path / "file").write_text("2")
    assert results.provenance(tmp_path)["code.dirty"] is True
    (tmp_path / "inner").mkdir()
    assert results.provenance(tmp_path / "inner")["code.commit"] is None  # another project's checkout


def test_importing_results_does_not_import_jax():
    code = "import sys, jaxw2v.files.results; sys.exit('jax' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[2], check=False).returncode == 0
