"""Values of settings that are text, as typed."""

import os

import pytest
from omegaconf import OmegaConf

from jaxw2v.launch.arguments import read
from jaxw2v.launch.kinds import OF_HYDRA, kinds, lists
from jaxw2v.launch.words import parser


def understood(word):
    """What the program gets of a word of the command line: a list of the values of a sweep, or one value."""
    [given] = read([word])
    override = parser().parse_override(given)
    swept = override.is_sweep_override()
    words = [f"x={each}" for each in override.sweep_string_iterator()] if swept else [given]
    found = OmegaConf.create([parser().parse_override(each).value() for each in words])
    values = OmegaConf.to_container(found, resolve=True)
    return values if swept else values[0]


@pytest.mark.parametrize(
    "value",
    [
        "2024_02_01", "2024_01_15", "2023", "007",
        "1e5", "1.50", "1_0", "true", "False", "nan", "inf", "-1", "+1", "a=b",
        "a#b", "a!b", "a;b", "könig", "王", "a b", "a(b)", "a]b", "it's", "l'eau", 'a"b', "'tis", "a:b", "C:\\Users\\x",
        "~user", "new\u00a0york", "caf\udce9.txt", "(", "[ab]*.txt", "data/[a,b].txt", "{a,b}.txt", "@", "$", "%", "^",
        "a\nb", "\u200b", "👑", "-", "--", "0x10", "1:30", "12:30:45", "yes", "no", "on",
    ],
)  # fmt: skip
def test_a_name_is_what_was_typed(value):
    for name in ("name", "corpus.path", "vocab.path", "phrases.joiner", "train.init_from", "eval.objective"):
        assert understood(f"{name}={value}") == value
    if "," not in value and "]" not in value:
        assert understood(f"eval.neighbors={value}") == [value]
        assert understood(f"eval.neighbors=[{value},x]") == [value, "x"]
        assert understood(f"phrases.connectors=[x, {value} ]") == ["x", value]


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("corpus.path=null", None),
        ('corpus.path="null"', "null"),
        ("eval.neighbors=[null]", ["null"]),
        ("eval.neighbors=[]", []),
        ("corpus.path=2023,2024", ["2023", "2024"]),
        ("corpus.path=[2023,b],c", [["2023", "b"], "c"]),
        ("corpus.path=choice(2023,x)", ["2023", "x"]),
        ("eval.neighbors=[1_0],[b,'c,d']", [["1_0"], ["b", "c,d"]]),
        ("eval.similarity=2023.tsv,b.tsv", [["2023.tsv"], ["b.tsv"]]),
        ('eval.neighbors=["a,b",c\\,d]', ["a,b", "c,d"]),
        ("corpus.path='a,b'", "a,b"),
        ("corpus.path= T ", "T"),
        ("corpus.path=T\n", "T"),
        ("hydra.run.dir=a,b", "a,b"),
        ("hydra.run.dir=2024_02_01", "2024_02_01"),
        ("hydra.sweep.subdir=1_0", "1_0"),
        ("corpus.normalize.word_pattern=\\w{2,5}|\\[x\\]", "\\w{2,5}|\\[x\\]"),
        ("experiment=2024_01", "2024_01"),
        ("corpus.path=${oc.decode:abc}é", "abcé"),
        ("+corpus.path=2023", "2023"),
    ],
)
def test_lists_sweeps_quotes_and_null(word, expected):
    assert understood(word) == expected


@pytest.mark.parametrize(
    "name",
    ["a,b.txt", "a${x}.txt", "[draft] a.txt", "null", "range(1)", " a ", "a\n", "it's, so.txt", "'q'", "${", "a\\,b"],
)
def test_the_name_of_a_file_that_exists_is_that_file(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).touch()
    assert understood(f"corpus.path={name}") == name
    assert understood(f"eval.similarity={name}") == [name]
    if name.strip() == name and name not in ("'q'",):
        assert understood(f"corpus.path=[{name},2023]") == [name, "2023"]
    (tmp_path / "2023").touch()
    if name.strip() == name and name not in ("null", "'q'"):
        assert understood(f"corpus.path={name},2023") == [name, "2023"]


def test_what_hydra_reads_as_typed_stays_as_typed():
    for word in ("corpus.path=a/b.txt", "eval.similarity=[a.tsv, b.tsv]", "seed=1,2", "name=train", "cache=/x/y-1"):
        assert read([word]) == [word]


def test_the_home_folder_where_hydra_makes_the_folder():
    home = os.path.expanduser("~")
    assert read(["hydra.run.dir=~/out"]) == [f"hydra.run.dir={home}/out"]
    assert understood('hydra.sweep.dir="~/a=b"') == f"{home}/a=b"


def test_kinds_are_those_of_the_dataclasses():
    found = kinds()
    assert {name for name, kind in found.items() if kind.text and kind.path} == {
        "cache", "corpus.path", "vocab.path", "phrases.path", "train.init_from", "eval.similarity", "eval.analogies",
        "hydra.run.dir", "hydra.sweep.dir", "hydra.sweep.subdir",
    }  # fmt: skip
    assert {name for name in found if name.rpartition(".")[2] in ("path", "dir", "folder", "cache", "init_from")} <= {
        name for name, kind in found.items() if kind.path
    }
    assert found["model.dim"].number is int
    assert found["figures"].number is bool
    assert found["subsample.threshold"].number is float
    assert found["eval.neighbors"].listed
    assert "phrases.thresholds" in lists()
    assert "corpus.path" not in lists()
    assert set(OF_HYDRA) <= found.keys()


@pytest.mark.parametrize("word", ['"{}"', "'{}'", '["{}"]'])
def test_a_file_that_exists_is_itself_in_quotes_too(tmp_path, word):
    path = tmp_path / "a${x}.txt"
    path.write_text("a b")
    assert understood(f"corpus.path={word.format(path)}") in (str(path), [str(path)])
