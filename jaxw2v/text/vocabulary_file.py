"""Vocabularies of others: `word count` lines by word2vec.c, gensim, GloVe, fastText, spreadsheets and people."""

import contextlib
import os
import re
from collections import Counter
from collections.abc import Callable

import numpy as np

from jaxw2v.errors import InputError
from jaxw2v.files import spaces
from jaxw2v.files.lines import Lines, Rules
from jaxw2v.files.paths import expanded
from jaxw2v.text import vocabulary
from jaxw2v.text.vocabulary import SENTENCE_END, Vocabulary

_COUNT = re.compile(r"(\d{1,18})(?:\.0+)?")  # pandas writes 7.0 where a column lacks a number
_THOUSANDS = re.compile(r"[1-9]\d{0,2}([.,]\d{3})+")
_QUOTED = re.compile(r'"((?:[^"]|"")*)"')
_NAMES = re.compile(r'"?[^\W\d]\w*"?(?:\s+|\s*[,;]\s*)"?[^\W\d]\w*"?')  # a header such as word,count
_SEPARATORS = re.compile(rb"[\x1c-\x1f]")  # of ASCII, where white space is that of Unicode
_FASTTEXT = ("word", "label")  # the third column of `fasttext dump MODEL dict`, below a line of their number

BLANK, SPACED, LABEL, BROKEN = "line(s) without a word", "word(s) with white space", "label(s)", "line(s) not UTF-8"


def read(path: str | os.PathLike, rules: Rules, say: Callable[[str], None]) -> Vocabulary:
    """The vocabulary of a file by descending count; words of equal counts stay in the order of the file.

    A word that stands there twice has the sum of its counts. Lines without a word, words with white space (no text has
    them), lines that are not UTF-8 where the rules say so, and a header are passed over and said; so is `</s>`, unsaid.

    Args:
      path: a word and its count a line, with white space, a comma or a semicolon between them. Where all words are in
        quotes, as spreadsheets and R write them, these are taken off.
      rules: how lines become words.
      say: takes a line for a person.

    Raises:
      InputError: the file cannot be read, a line is wrong (its number is named), or fewer than two words are there.
    """
    if (found := _plain(path, rules)) is not None:
        return _sorted(found, path, [], say)
    entries = _Entries(path, rules)
    counts, passed = entries.read(), entries.passed
    if len(counts) < 2:
        skipped = f" (passed over: {_list(passed)})" if passed else ""
        raise InputError(f"vocab.path={path}: {len(counts)} words{skipped}, and training needs two; give more")
    said = [
        f"passed over: {_list(passed)}" if passed else "",
        f"{entries.twice:,} that stand there again, their counts added" if entries.twice else "",
    ]
    return _sorted(Vocabulary(list(counts), np.fromiter(counts.values(), np.int64, len(counts))), path, said, say)


def _sorted(found: Vocabulary, path: str | os.PathLike, said: list[str], say: Callable[[str], None]) -> Vocabulary:
    order = np.argsort(-found.count_V, kind="stable")
    is_sorted = not (np.diff(order) < 0).any()
    for remark in (*said, "" if is_sorted else "sorted by count, which the file is not"):
        if remark:
            say(f"vocab.path={path}: {remark}")
    return found if is_sorted else Vocabulary([found.words[i] for i in order.tolist()], found.count_V[order])


def _plain(path: str | os.PathLike, rules: Rules) -> Vocabulary | None:
    """What the file holds if this program could have written it, read without a loop over its lines; else None."""
    with contextlib.suppress(OSError, ValueError):
        data = expanded(path).read_bytes()
        first = data[: data.find(b" ")]
        marked = first.startswith(b'"') or first.endswith(b",")  # as all words may be, and then these are taken off
        if not marked and (rules.white_space == "ascii" or (data.isascii() and not _SEPARATORS.search(data))):
            return vocabulary.plain(data)
    return None


class _Entries:
    """One reading of a file.

    Attributes:
      passed: how many lines of which kind were passed over.
      twice: how many words came again.
    """

    def __init__(self, path: str | os.PathLike, rules: Rules):
        self.passed, self.twice = Counter[str](), 0
        self._path, self._lines = path, Lines(path, "`word count` lines", rules)
        self._mark: str | None = None  # between word and count; None: white space

    def read(self) -> dict[str, int]:
        """The words in the order of the file and their counts."""
        counts: dict[str, int] = {}
        blank, first = 0, True
        for number, line in self._lines:
            fields = spaces.split(line)
            if not fields:
                blank += 1
                continue
            if blank:  # those at the end say nothing
                self.passed[BLANK], blank = self.passed[BLANK] + blank, 0
            if first and (_is_size(fields) or _NAMES.fullmatch(spaces.strip(line))):
                self.passed["header"] += 1
                continue
            if first:
                self._mark, first = _mark(line, fields), False
            self._add(counts, *self._entry(number, line, fields))
        if self._lines.broken:
            self.passed[BROKEN] = self._lines.broken
        return self._bare(counts)

    def _entry(self, number: int, line: str, fields: list[str]) -> tuple[str, int]:
        """The word, "" for none, and the count of a line."""
        if len(fields) == 3 and fields[2] in _FASTTEXT and _COUNT.fullmatch(fields[1]):
            if fields[2] == "label":
                self.passed[LABEL] += 1
                return SENTENCE_END, 1
            fields = fields[:2]
        if self._mark is None:
            word, count = " ".join(fields[:-1]), fields[-1]
            columns = [part for part in line.split("\t") if spaces.strip(part)]
            blank = len(fields) == 1 and line[0] in spaces.ASCII  # a word of white space
            wrong = (len(columns) > 2 and len(fields) > 2) or (len(fields) == 1 and not blank)
        else:
            word, _, count = map(spaces.strip, line.rpartition(self._mark))
            wrong = not word
        found = _COUNT.fullmatch(_unquoted(count))
        if wrong or found is None or (not int(found[1]) and word != SENTENCE_END):
            why = _why(fields, word, count)
            raise InputError(f"vocab.path={self._path}, line {number}: {why}; a line of vocab.path is `word count`")
        return word, int(found[1])

    def _add(self, counts: dict[str, int], word: str, count: int) -> None:
        if word == SENTENCE_END:
            return
        if not word or not spaces.is_word(word):
            self.passed[SPACED if word else BLANK] += 1
            return
        self.twice += word in counts
        counts[word] = counts.get(word, 0) + count

    def _bare(self, counts: dict[str, int]) -> dict[str, int]:
        """The same without what stands at every word: quotes, or the comma that also separates."""
        bare = counts
        if counts and all(map(_QUOTED.fullmatch, counts)):
            bare = {}
            for word, count in counts.items():
                self._add(bare, _unquoted(word), count)
        elif len(counts) > 1 and all(len(word) > 1 and word.endswith(",") for word in counts):
            bare = {word[:-1]: count for word, count in counts.items()}
        return bare


def _mark(line: str, fields: list[str]) -> str | None:
    """What stands between the word and the count of a line; None: white space."""
    if len(fields) > 1 and (_COUNT.fullmatch(_unquoted(fields[-1])) or _THOUSANDS.fullmatch(fields[-1])):
        return None
    marks = [mark for mark in ";," if _COUNT.fullmatch(_unquoted(spaces.strip(line.rpartition(mark)[2])))]
    return next((mark for mark in marks if mark in line), None)


def _unquoted(field: str) -> str:
    found = _QUOTED.fullmatch(field)
    return found[1].replace('""', '"') if found else field


def _is_size(fields: list[str]) -> bool:
    return len(fields) == 1 and fields[0].isdecimal()


def _why(fields: list[str], word: str, count: str) -> str:
    if _THOUSANDS.fullmatch(fields[-1]) and len(fields) > 1:
        return f"the count {fields[-1][:40]!r} has marks of thousands; write {re.sub('[.,]', '', fields[-1][:40])}"
    if len(fields) == 2 and fields[0].isdecimal() and not fields[1][:1].isdecimal():
        return "the count stands before the word; turn them, for example: awk '{print $2, $1}'"
    if len(fields) != 2 and (not word or len(fields) > 2):
        return f"{len(fields)} field{'s' * (len(fields) > 1)} where a word and its count are needed"
    return f"the count {count[:40]!r} is not 1 to 10^18"


def _list(passed: Counter[str]) -> str:
    return ", ".join(f"{number:,} {what.replace('(s)', 's' * (number > 1))}" for what, number in passed.items())
