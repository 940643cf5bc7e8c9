"""Where published test sets come from: what a reproduction that is started without them says.

A file of conf/sweep/reproduce/ names the test sets that it needs where a user may name files of their own:

    eval:
      similarity: ${published:wordsim353.tsv,simlex999.tsv}

The line stands for itself until it is resolved, after all words of the user were read, before the first job begins.
"""

from typing import NamedTuple

from jaxw2v.errors import InputError
from jaxw2v.vectors import published


class TestSet(NamedTuple):
    """A published test set.

    Attributes:
      setting: which takes its file.
      format: of a line.
      source: where it is published, and how the file is made from what is there.
    """

    setting: str
    format: str
    source: str


_PAIRS, _QUESTIONS = "word, word, score in columns", "a line ': section', then lines 'a b c d'"
_OF_ANALOGIES = "google-analogies.txt, from which awk '/^:/ {{s = /gram/}} {}' makes it"
TEST_SETS = {
    each.file: TestSet(
        f"eval.{each.kind}",
        _PAIRS if each.kind == "similarity" else _QUESTIONS,
        f"jaxw2v data {name}, from {each.sources[0].url}",
    )
    for name, each in published.TEST_SETS.items()
} | {
    "google-semantic.txt": TestSet("eval.analogies", _QUESTIONS, _OF_ANALOGIES.format("!s")),
    "google-syntactic.txt": TestSet("eval.analogies", _QUESTIONS, _OF_ANALOGIES.format("s")),
}


def needed(*names: str) -> None:
    """The resolver `published`, which a user has not replaced by files.

    Args:
      names: of `TEST_SETS`, all that a reproduction needs.

    Raises:
      InputError: always: one line that names the files, their format and where they are published.
    """
    unknown = [name for name in names if name not in TEST_SETS]
    if unknown:
        raise InputError(f"{unknown[0]}: not in jaxw2v/launch/published.py; a preset can name {', '.join(TEST_SETS)}")
    sets = {name: TEST_SETS[name] for name in names}
    told = "; ".join(f"{name} ({each.format}; {each.source})" for name, each in sets.items())
    settings: dict[str, list[str]] = {}
    for name, each in sets.items():
        settings.setdefault(each.setting, []).append(name)
    given = " ".join(f'"{key}=[{",".join(files)}]"' for key, files in settings.items())
    raise InputError(f"this reproduction needs its test sets, {told}: give {given}, with your paths")
