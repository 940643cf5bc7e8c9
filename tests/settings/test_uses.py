"""The table of what reads which setting, walked as a whole: completeness, refusals, comments, the page, the help."""

import re

import pytest
import yaml

from jaxw2v.errors import InputError
from jaxw2v.launch import given, reference
from jaxw2v.launch.mistakes import setting_names
from jaxw2v.settings import uses
from jaxw2v.settings.choices import GROUPS
from tests.command_line import REPOSITORY, command
from tests.configs import compose

SEQUENTIAL = ["optimizer=sgd", "negatives.shared_by=pair", "train.order=sequential"]
ALSO = {  # words that a choice needs
    "train.order=sequential": SEQUENTIAL,
    "phrases=list": ["phrases.path=list.txt"],
    "train.hosts.coordinator=10.0.0.1:12345": ["train.hosts.processes=2", "train.hosts.process=1"],
}
CONDITIONAL = [name for name, choices in uses.USES.items() if choices]
FAST = {"pword2vec": []}  # bundles of semantics that have no sequential order
OTHERWISE = {  # words that make some other choice than one of the table
    "baseline.method": (["baseline=ppmi"], ["baseline=svd"], ["baseline=none"]),
    "corpus.source": (["corpus=text8"], ["corpus=docstrings"], ["corpus=pairs", "negatives.shared_by=pair"]),
    "corpus.resample.seed": (["corpus.resample.seed=null"],),
    "phrases.method": (["phrases=none"], ["phrases=npmi"]),
    "figures": (["figures=false"],),
    "vocab.path": (["vocab.path=FILE"],),
    "train.init_from": (["train.init_from=null"],),
    "subsample.threshold": (["subsample.threshold=0"],),
    "windows.window": (["windows.window=1"],),
    "model.architecture": (["model.architecture=cbow"], ["model.architecture=skipgram"]),
    "model.objective": (["model.objective=hierarchical_softmax"], ["model.objective=softmax"]),
    "model.tied": (["model.tied=true"],),
    "negatives.k": (["negatives.k=0"],),
    "negatives.shared_by": (["negatives.shared_by=pair"],),
    "optimizer.name": (["optimizer=sgd"],),
    "optimizer.accumulator_power": (["optimizer.accumulator_power=0"],),
    "optimizer.schedule": (["optimizer.schedule=constant"],),
    "train.heldout_fraction": (["train.heldout_fraction=0"],),
    "train.checkpoint_every": (["train.checkpoint_every=0"],),
    "train.hosts.coordinator": (["train.hosts.coordinator=null"],),
    "train.device": (["train.device=cpu"],),
    "heldout.method": (["heldout.method=expected"],),
    "heldout.window": (["heldout.window=1"],),
    "heldout.threshold": (["heldout.threshold=0"],),
    "eval.analogies": (["eval.analogies=[]"],),
    "eval.similarity": (["eval.analogies=[]"],),
    "train.order": (["train.order=step"], [*SEQUENTIAL]),
    "vocab.sentence_end": (["vocab.sentence_end=false"],),
    "model.init": (["model.init=word2vec_c", *SEQUENTIAL, "train.generator=word2vec_c"],),
}
VALUES = {  # such as a user would give
    "corpus.path": "text.txt", "corpus.packages": "[numpy]", "corpus.url": "http://localhost/text8.zip",
    "phrases.path": "list.txt", "vocab.path": "counts.txt", "train.init_from": "run", "vocab.grow": "false",
    "corpus.resample.seed": "1", "train.hosts.processes": "3", "train.hosts.process": "0",
    "optimizer.options": "{}", "phrases.thresholds": "[0.5]", "phrases.connectors": "[of]", "cache": "somewhere",
    "corpus.normalize.word_pattern": "x", "phrases.normalize.word_pattern": "x",
}  # fmt: skip


def word_for(name: str) -> str:
    """The setting with a value of a user, or else with the one that it has anyway."""
    return f"{name}={VALUES.get(name) or reference.remarks()[name][0]}"


def needed(name: str) -> list[str]:
    """Words that make every choice that a setting needs, and those that these need."""
    words: list[str] = []
    for choice in uses.USES[name]:
        words += [*needed(choice.settings[0]), choice.examples[0], *ALSO.get(choice.examples[0], [])]
    return list(dict.fromkeys(words))


def test_every_setting_is_in_the_table_and_nothing_else():
    assert sorted(uses.USES) == sorted(setting_names())
    for choices in (*uses.USES.values(), *uses.SECTIONS.values()):
        for choice in choices:
            assert set(choice.settings) <= set(setting_names())


@pytest.mark.parametrize("name", uses.USES)
def test_a_setting_is_accepted_with_the_choices_that_read_it(name):
    word = word_for(name)
    given.refuse_unused(compose(*needed(name)), [word])


@pytest.mark.parametrize(("name", "at"), [(name, at) for name in CONDITIONAL for at in range(len(uses.USES[name]))])
def test_a_setting_is_refused_without_each_of_them(name, at):
    choice, word = uses.USES[name][at], word_for(name)
    others = [each for each in needed(name) if each not in choice.examples]
    for wrong in OTHERWISE[choice.settings[0]]:
        try:
            config = compose(*others, *wrong)
        except InputError:  # these choices do not go together
            continue
        if choice.made(given.values_of(config)):
            continue
        with pytest.raises(InputError) as refused:
            given.refuse_unused(config, [word])
        message = str(refused.value)
        assert message.startswith(f"{word}: not used with ")
        assert "; choose " in message
        return
    pytest.fail("no configuration leaves it unread")


PRESETS = sorted(REPOSITORY.glob("conf/*/**/*.yaml"))


@pytest.mark.parametrize("path", PRESETS, ids=lambda path: str(path.relative_to(REPOSITORY / "conf")))
def test_what_a_preset_of_conf_sets_is_read(path):
    group = path.relative_to(REPOSITORY / "conf").parts[0]
    if group in ("hydra", "launcher"):
        return
    choice = str(path.relative_to(REPOSITORY / "conf" / group).with_suffix(""))
    more = {"pairs": ["corpus=pairs", "negatives.shared_by=pair"], "quick": ["corpus=docstrings"]}.get(choice, [])
    more = more if group != "eval" else []
    listed = ["phrases.path=list.txt"] if choice == "list" else []
    chosen = [*more, *([] if group == "sweep" else [f"{group}={choice}"]), *listed]
    models: list[list[str]] = [[]]
    if group == "semantics":  # a bundle of these is for several models, a reproduction may be for several methods
        models += [["model.architecture=cbow", *FAST.get(choice, SEQUENTIAL)]]
    elif choice.startswith("reproduce/levy"):
        models += [["baseline=svd"]]
    configs = [compose(*chosen, *model) for model in models]
    body = {
        key: value
        for key, value in (yaml.safe_load(path.read_text()) or {}).items()
        if key not in ("defaults", "hydra")
    }
    body = body if "@package _global_" in path.read_text() else {group: body}
    words = [f"{name}={value}" for name, value in given.results.flatten(body).items()]
    taken_back = {"habits/no_sentence_end": {"negatives.sentence_end"}}.get(choice, set())  # set by its semantics
    names = [each.name for each in given.settings_given(words) if each.name not in taken_back]
    unread = [name for name in names if all(uses.missing(name, given.values_of(config)) for config in configs)]
    assert unread == [], unread


def test_comments_in_conf_say_what_reads_a_setting():
    for name, (_, comment) in reference.remarks().items():
        section = name.rpartition(".")[0]
        for choice in uses.USES[name]:
            if choice in uses.SECTIONS.get(section, ()):
                continue
            if choice.among and all(isinstance(value, str) for value in choice.values):
                *most, last = choice.values
                named = f"{', '.join(most)} and {last}" if most else last
                known = (f"of {named}", f"of {GROUPS.get(choice.settings[0])}={named}")
                assert any(each in comment for each in known), (name, comment)
            else:
                parts = [setting.removeprefix(f"{section}.") for setting in choice.settings]
                assert any(each in comment for each in [*parts, parts[0].rpartition(".")[2]]), (name, comment)


def test_no_comment_in_conf_claims_more():
    words = {str(value) for choices in uses.USES.values() for choice in choices for value in choice.values}
    for name, (_, comment) in reference.remarks().items():
        if (opening := re.match(r"of ([\w, ]+?)(?:[:;]|, (?:with|of)|$)", comment)) is None:
            continue
        listed = re.split(r"[ ,]+(?:and )?", opening[1])
        if set(listed) <= words:
            choices = [choice for choice in uses.USES[name] if set(choice.values) == set(listed)]
            assert choices, (name, comment)


def test_the_comment_on_a_section_names_what_reads_it():
    comments = reference.comments()
    for section, choices in uses.SECTIONS.items():
        comment = comments[section][1]
        for choice in choices:
            shown = {"baseline.method": r"train|baseline"}.get(choice.settings[0])
            values = [str(value) for value in choice.values if choice.among] or [choice.settings[0]]
            assert re.search(shown or "|".join(map(re.escape, values)), comment), (section, comment)


def test_the_page_and_the_help_are_made_from_the_table(tmp_path):
    page = (REPOSITORY / "docs" / "settings.md").read_text()
    assert page == reference.page(), "make it anew: python -m experiments.reference"
    done = command(tmp_path, "--help")
    assert done.returncode == 0, done.stderr
    for line in reference.by_choice().splitlines():
        assert line.strip() in done.stdout
