"""Analogy test sets from files: Google's, Microsoft Research's, BATS, and tables of four words."""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from jaxw2v.errors import InputError
from jaxw2v.files import spaces
from jaxw2v.files.lines import PLAIN, Lines, Rules
from jaxw2v.files.paths import expanded
from jaxw2v.vectors import columns
from jaxw2v.vectors.analogies import Questions

_RELATION = re.compile(r"[A-Za-z]{1,4}\$?_[A-Za-z]{1,5}\$?")  # of MSR's questions: JJ_JJR, NN_NNPOS, VB_VBD
_ANSWERLESS = re.compile(r"(JJ|NN|VB|RB)[A-Z]*_(JJ|NN|VB|RB)[A-Z]*")  # the last field of MSR's file of questions
_NUMBERED = re.compile(r"([A-Za-z]+)([1-4])")
_NAMES = {"relation", "category", "section", "type", "label", "class", "group", "task"}
_INDEX = {"", "id", "index", "no", "number", "unnamed0"}
_CONTENT = "analogies: lines of four words"


class _Question(NamedTuple):
    """A question, its section ("" for that of the lines before) and, of BATS, its other right answers."""

    section: str
    words: tuple[str, str, str, str]
    also: tuple[str, ...] = ()


class _Reader:
    """What is asked in one file; `passed` counts what is passed over."""

    def __init__(self, path: str | os.PathLike, rules: Rules):
        self.passed, self._lines, self.path = {"remark": 0, "header": 0}, Lines(path, _CONTENT, rules), Path(path)
        self._section = section_of(path)
        self._relation: int | None = None  # the column that names a relation, or lines where `_index` says so
        self._index = False
        self._pairs: list[tuple[int, str, tuple[str, ...]]] = []  # of BATS: a word and its answers

    def read(self) -> Iterator[_Question]:
        asked = False
        for number, text in self._lines:
            if not text.strip():
                continue
            if text.lstrip().startswith(":"):
                yield from self._turned()
                self._section = spaces.strip(text.lstrip()[1:])
                if not self._section:
                    raise InputError(f"{self.path}: line {number}: the section has no name; write ': name'")
                continue
            fields = _fields(text)
            if _is_remark(text, fields):
                self.passed["remark"] += 1
            elif not asked and not self._pairs and not self.passed["header"] and self._is_header(text, fields):
                self.passed["header"] += 1
            elif len(fields) == 2 and not asked:
                self._pairs.append((number, fields[0], tuple(filter(None, map(spaces.strip, fields[1].split("/"))))))
            else:
                yield self._question(number, text, fields, not asked)
                asked = True
        yield from self._turned()
        if self._lines.broken:
            self.passed["line not UTF-8"] = self._lines.broken

    def _question(self, number: int, text: str, fields: list[str], first: bool) -> _Question:
        place = self._relation
        if place is None and len(fields) == 5:
            found = [at for at, field in enumerate(fields) if _RELATION.fullmatch(field)]
            place = found[0] if len(found) == 1 else None
        section = self._section
        if place is not None and len(fields) == 5:
            name = fields.pop(place)
            section = section if self._index else name
        if len(fields) == 4 and all(fields) and not self._pairs and not _ANSWERLESS.fullmatch(fields[3]):
            a, b, c, expected = fields
            return _Question(section, (a, b, c, expected))
        if self._pairs:
            number, word, answers = self._pairs[0]
            text, fields = f"{word} {'/'.join(answers)}", [word, "/".join(answers)]
        raise InputError(
            f"{self.path}: line {number}: {text.strip()[:60]!r} is not four words; {_remedy(text, fields, first)}"
        )

    def _is_header(self, text: str, fields: list[str]) -> bool:
        """Whether this line names columns; which of five names the section, or the line, is kept."""
        names = [columns.plain_name(field) for field in fields]
        if len(names) == 5:
            other = [at for at, name in enumerate(names) if name in _NAMES | _INDEX]
            if len(other) != 1:
                return False
            self._index = names[other[0]] in _INDEX
            self._relation = other[0]
            del names[other[0]]
        numbered = [found and found[2] for found in map(_NUMBERED.fullmatch, names)] == list("1234")
        letters = names[:3] == list("abc") and columns.mark_of(text, 3) is not None
        if not numbered and not letters:
            self._relation = None
        return numbered or letters

    def _turned(self) -> Iterator[_Question]:
        """The questions of BATS's pairs: each pair with each other one of its relation."""
        pairs, self._pairs = self._pairs, []
        if len(pairs) == 1 or any(not answers for _, _, answers in pairs):
            number, word, _ = next((pair for pair in pairs if not pair[2]), pairs[0])
            why = f"{word[:60]!r} alone, or without an answer; {_remedy('', [word, ''], True)}, two or more"
            raise InputError(f"{self.path}: line {number}: {why}")
        for one in pairs:
            for other in pairs:
                if one is not other:
                    yield _Question(self._section, (one[1], one[2][0], other[1], other[2][0]), other[2][1:])


def load(path: str | os.PathLike, rules: Rules = PLAIN, say: Callable[[str], None] = lambda line: None) -> Questions:
    """The questions of a file, or of the files NAME.txt in a folder and its subfolders, in order.

    Args:
      path: one of these layouts, in white space, tabs, commas or semicolons; compressed if its name says so.
        Google's questions-words.txt: lines of four words under lines ": section". Questions before the first section
        are in a section named after the file; sections of the same name are merged. MSR's: with a column such as
        JJ_JJR, which names the section. BATS: a file a relation, lines of a word and its right answers with / between
        them; each pair of a relation is asked with each other pair, and any of the right answers counts.
        Lines that begin with //, and those that begin with # where no other word does, are passed over; so is a header.
      rules: how bytes become words.
      say: takes a line for a person: what was passed over.

    Raises:
      InputError: the file cannot be read, a line is not four words, a section without a name, no question.

    Differs from gensim's `evaluate_word_analogies`, which skips broken lines silently. As in vecto, the second
    word of a question of BATS is the first of the right answers.
    """
    place = expanded(path)
    files = [place]
    if place.is_dir():
        files = sorted(file for file in place.rglob("*.txt") if file.is_file() and not file.name.startswith("."))
        if not files:
            raise InputError(f"{path}: no files NAME.txt in this folder; give a file of analogies, or BATS's folder")
    place_of: dict[str, int] = {}
    words, section_of_question, also = [], [], []
    for file in files:
        reader = _Reader(file, rules)
        for question in reader.read():
            words.append(question.words)
            section_of_question.append(place_of.setdefault(question.section, len(place_of)))
            also.append(question.also)
        passed = [f"{times} {what}{'s' * (times > 1)}" for what, times in reader.passed.items() if times]
        if passed:
            say(f"{file}: passed over: {', '.join(passed)}")
    if not words:
        raise InputError(f"{path}: no question; a file of analogies has lines of four words")
    return Questions(list(place_of), words, np.array(section_of_question), also if any(also) else [])


def section_of(path: str | os.PathLike) -> str:
    """What a test set is called: the name of its file without .txt, and without .gz before it."""
    name = Path(path)
    return Path(name.stem if name.suffix.lower() in (".gz", ".bz2", ".xz", ".zst") else name.name).stem


def _fields(text: str) -> list[str]:
    """The words of a line: four that white space separates, unless other marks do, too."""
    mark = columns.mark_of(text, 1)
    spaced, marked = columns.fields(text, None), columns.fields(text, mark)
    if mark == "\t" and len(marked) == 2 and " / " in marked[1]:
        return marked  # of BATS, as people write its answers
    if len(spaced) == 4 and not (mark and len(marked) == 4 and all(field.endswith(mark) for field in spaced[:3])):
        return spaced
    if len(marked) in (4, 5) and all(marked[1:]):
        return marked
    return spaced if len(spaced) == 5 or len(marked) < 2 else marked


def _is_remark(text: str, fields: list[str]) -> bool:
    if text.startswith("//"):
        return True
    return text.startswith("#") and not any(field.startswith("#") for field in fields[1:])


def _remedy(text: str, fields: list[str], first: bool) -> str:
    if not text.isascii() and not spaces.is_word("".join(text.split(" ")), "unicode"):
        return "for no-break and other spaces between words set corpus.white_space=unicode (evaluate: --white-space)"
    match len(fields):
        case 3 if columns.number(fields[2]) is not None:
            return "a file of pairs and scores is given as eval.similarity (evaluate: --similarity)"
        case 3 | 4 if first:
            return "MSR's questions have their answers in another file: join both first, with paste -d ' '"
        case 2:
            return "a file of BATS has lines of a word, a tab and its answers only"
        case 5:
            return "if one of five names the relation, write it as ': name' in a line of its own before its questions"
        case _:
            return "fix the line"
