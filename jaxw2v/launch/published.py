"""Where published test sets come from: what a reproduction that is started without them says.

A file of conf/sweep/reproduce/ names the test sets that it needs where a user may name files of their own:

    eval:
      similarity: ${published:wordsim353.tsv,simlex999.tsv}

The line stands for itself until it is resolved, after all words of the user were read, before the first job begins.
"""

from typing import NamedTuple

from jaxw2v.errors import InputError


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
_WORD2VEC = "questions-words.txt of https://github.com/tmikolov/word2vec"
TEST_SETS = {
    "wordsim353.tsv": TestSet("eval.similarity", _PAIRS, "http://www.gabrilovich.com/resources/data/wordsim353"),
    "wordsim353-sim.tsv": TestSet("eval.similarity", _PAIRS, "http://alfonseca.org/eng/research/wordsim353.html"),
    "wordsim353-rel.tsv": TestSet("eval.similarity", _PAIRS, "http://alfonseca.org/eng/research/wordsim353.html"),
    "simlex999.tsv": TestSet("eval.similarity", _PAIRS, "https://fh295.github.io/simlex.html"),
    "google-analogies.txt": TestSet("eval.analogies", _QUESTIONS, _WORD2VEC),
    "google-semantic.txt": TestSet(
        "eval.analogies", _QUESTIONS, f"""awk '/^:/ {{s = /gram/}} !s' {_WORD2VEC.partition(" ")[0]}, as above"""
    ),
    "google-syntactic.txt": TestSet(
        "eval.analogies", _QUESTIONS, f"""awk '/^:/ {{s = /gram/}} s' {_WORD2VEC.partition(" ")[0]}, as above"""
    ),
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
