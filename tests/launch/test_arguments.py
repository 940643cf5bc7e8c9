"""What Hydra is given of a command line, and how values of Python are written on one."""

import os
from pathlib import Path

import numpy as np
import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from hypothesis import example, given
from hypothesis import strategies as st
from omegaconf import OmegaConf

from jaxw2v.errors import InputError
from jaxw2v.launch.arguments import arranged, as_word, read


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], ["name=x"]),
        (["seed=1", "-m", "~figures"], ["name=x", "seed=1", "~figures", "--multirun"]),
        (
            ["seed=1", "--config-dir", "k=2/conf", "seed=2"],
            ["name=x", "seed=1", "seed=2", "--config-dir=HERE/k=2/conf"],
        ),
        (["seed=1", "-cd=k=2/conf"], ["name=x", "seed=1", "--config-dir=HERE/k=2/conf"]),
        (["seed=1", "-cp", "k=2/.hydra"], ["name=x", "seed=1", "--config-path=HERE/k=2/.hydra"]),
        (["--config-path=k=2/.hydra"], ["name=x", "--config-path=HERE/k=2/.hydra"]),
        (["--config-p", "k=2/.hydra/"], ["name=x", "--config-path=HERE/k=2/.hydra"]),
        (["--cfg", "job", "seed=1", "--info"], ["name=x", "seed=1", "--cfg=job", "--info"]),
        (["--info", "config", "seed=1"], ["name=x", "seed=1", "--info=config"]),
        (["--multi", "seed=1"], ["name=x", "seed=1", "--multirun"]),
    ],
)
def test_overrides_are_in_one_group_and_flags_stay_with_their_values(tmp_path, monkeypatch, words, expected):
    (tmp_path / "k=2" / "conf").mkdir(parents=True)
    (tmp_path / "k=2" / ".hydra").mkdir()
    monkeypatch.chdir(tmp_path)
    assert arranged(read(words), ["name=x"]) == [word.replace("HERE", os.getcwd()) for word in expected]


def test_a_folder_of_presets_may_be_in_the_home_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "conf").mkdir()
    assert read(["--config-dir", "~/conf"]) == [f"--config-dir={tmp_path}/conf"]


names = st.text(min_size=1).filter(lambda text: text != "???")
numbers = st.integers(-(10**15), 10**15) | st.floats(allow_nan=False) | st.booleans() | st.none()
keys = st.from_regex(r"[a-z][a-z_0-9]{0,5}", fullmatch=True).filter(lambda key: key not in ("null", "true", "false"))
leaves = names | numbers | st.just("")
values = st.recursive(
    leaves, lambda each: st.lists(each, max_size=4) | st.dictionaries(keys, each, max_size=3), max_leaves=8
)


@given(values)
@example("a,b=c.txt")
@example("${x}")
@example("\\${x}\\")
@example('it\'s "so"')
@example("null")
@example("caf\udce9.txt")
@example("a\nb\u00a0c")
@example(["on", "1_000", "1e5", "", "[", "}", "\\"])
def test_a_value_of_python_comes_back_through_hydra(value):
    override = OverridesParser.create().parse_override(as_word("optimizer.options", value))
    assert override.key_or_group == "optimizer.options"
    assert not override.is_sweep_override()
    made = OmegaConf.to_container(OmegaConf.create({"value": override.value()}), resolve=True)["value"]
    assert made == value
    assert type(made) is type(value)


@given(names)
def test_a_name_as_it_is_on_the_command_line_and_from_python_is_the_same_setting(name):
    word = as_word("name", name)
    assert read([word]) == [word]


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("corpus.path", Path("a/b.txt"), "corpus.path=a/b.txt"),
        ("model.dim", np.int64(50), "model.dim=50"),
        ("figures", np.bool_(True), "figures=true"),
        ("seed", 3, "seed=3"),
        ("eval.similarity", "2023.tsv", "eval.similarity=[2023.tsv]"),
        ("eval.neighbors", ("on", "007"), "eval.neighbors=[on,007]"),
        ("subsample.threshold", 1e-05, "subsample.threshold=1e-05"),
        ("vocab.max_size", None, "vocab.max_size=null"),
        ("experiment", "2024", "experiment='2024'"),
    ],
)
def test_values_are_written_as_a_person_would(name, value, expected):
    assert as_word(name, value) == expected


@pytest.mark.parametrize(
    ("name", "value"),
    [("seed", object()), ("a=b", 1), ("name", "???"), ("optimizer.options", {"b 1": 1}), ("seed", {1}), ("", 1)],
)
def test_what_cannot_be_written_is_refused(name, value):
    with pytest.raises(InputError):
        as_word(name, value)
