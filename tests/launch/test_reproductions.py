"""The sweeps of conf/sweep/reproduce: what they ask for, what is said without it, and that their jobs compose."""

import re

import pytest
import yaml

from jaxw2v.errors import InputError
from jaxw2v.launch import published
from tests.command_line import REPOSITORY, command, wrong

SWEEPS = sorted(path.stem for path in (REPOSITORY / "conf/sweep/reproduce").glob("*.yaml"))
PRESETS = sorted(
    path.relative_to(REPOSITORY / "conf/experiment").with_suffix("").as_posix()
    for path in (REPOSITORY / "conf/experiment/reproduce").rglob("*.yaml")
)


def text_of(name):
    return (REPOSITORY / f"conf/sweep/reproduce/{name}.yaml").read_text()


def needed(name):
    """The test sets that a sweep names."""
    return sorted(
        {each for names in re.findall(r"\$\{published:([^}]*)\}", text_of(name)) for each in names.split(",")}
    )


@pytest.mark.parametrize("name", SWEEPS)
def test_a_reproduction_has_a_question_a_command_a_time_and_several_seeds(name):
    text = text_of(name)
    assert f"#   python -m experiments.train sweep=reproduce/{name} " in text
    assert "?" in text.split("python")[0]
    assert "# Takes " in text
    assert f"dir: outputs/sweeps/reproduce/{name}\n" in text
    counts = "override /baseline: " in text  # nothing is drawn
    assert counts != bool(re.search(r"seed: 1,2", text))


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_of_a_reproduction_belongs_to_a_sweep(preset):
    text = (REPOSITORY / f"conf/experiment/{preset}.yaml").read_text()
    assert f"#   python -m experiments.train experiment={preset} " in text
    [sweep] = re.findall(r"One of the jobs of sweep=(reproduce/\w+)", text)
    swept = yaml.safe_load((REPOSITORY / f"conf/sweep/{sweep}.yaml").read_text())
    chosen = [each["override /experiment"] for each in swept.get("defaults", []) if "override /experiment" in each]
    assert preset in swept["hydra"]["sweeper"]["params"].get("experiment", ",".join(chosen)).split(",")


@pytest.mark.parametrize("name", [name for name in SWEEPS if needed(name)])
def test_started_without_its_test_sets_it_says_which_and_where_from(place, tmp_path, name):
    words = [f"sweep=reproduce/{name}", f"corpus.path={place / 'text.txt'}", f"hydra.sweep.dir={tmp_path / 'sweep'}"]
    parts = [part for each in needed(name) for part in (each, *published.TEST_SETS[each])]
    wrong(command(place, *words), "this reproduction needs its test sets", *parts)
    assert not list(tmp_path.iterdir())


def test_some_reproduction_needs_test_sets_and_every_one_that_it_names_is_known():
    assert {"mikolov_2013", "caselles_dupre_2018", "stability"} <= {name for name in SWEEPS if needed(name)}
    assert {each for name in SWEEPS for each in needed(name)} <= published.TEST_SETS.keys()
    with pytest.raises(InputError, match=r"other\.tsv: not in jaxw2v/launch/published\.py"):
        published.needed("wordsim353.tsv", "other.tsv")


def test_test_sets_that_are_given_take_their_place(place, tmp_path):
    """Both kinds are given, so nothing is asked for: what is wrong is found next."""
    sets = [f"eval.similarity=[{place / 'pairs.tsv'}]", f"eval.analogies=[{place / 'none.txt'}]"]
    one = ["seed=1", "negatives.exponent=0", "windows.window=3", "subsample.threshold=1e-3"]
    words = [f"corpus.path={place / 'text.txt'}", f"hydra.sweep.dir={tmp_path}", *sets, *one, "+windows.reach=1"]
    wrong(command(place, "sweep=reproduce/caselles_dupre_2018", *words), "windows.reach")


def test_without_a_text_it_asks_for_one(place, tmp_path):
    sets = [f"eval.similarity=[{place / 'pairs.tsv'}]", f"hydra.sweep.dir={tmp_path}"]
    done = command(place, "sweep=reproduce/stability", *sets, "seed=1", "experiment=reproduce/stability/sgns")
    assert done.returncode == 2
    assert "corpus.path" in done.stderr.splitlines()[0] + done.stderr.splitlines()[-1]
