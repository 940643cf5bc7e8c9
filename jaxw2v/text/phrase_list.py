"""A given list of phrases, such as the titles of an encyclopedia's articles, and where they occur in a text."""

import csv
import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from jaxw2v.errors import InputError
from jaxw2v.files import spaces
from jaxw2v.files.lines import PLAIN, Lines, Rules
from jaxw2v.text import bigrams
from jaxw2v.text.normalization import Normalizer, normalized
from jaxw2v.text.phrases import Phrase, Text

_COUNTED = re.compile(r"(.+?)[,;]\d+")
_NUMBER = re.compile(r"[-+]?[\d.,]*\d(?:[eE][-+]?\d+)?")


class Level(NamedTuple):
    """All beginnings of phrases that have one number of words.

    Attributes:
      key_S: int64, ascending: number of the beginning without its last word x V + that word.
      whole_S: int32, the phrase that such a beginning is in itself; -1 if it only begins one.
    """

    key_S: np.ndarray
    whole_S: np.ndarray


def load(
    path: str | Path, normalizer: Normalizer, rules: Rules = PLAIN, say: Callable[[str], None] = lambda line: None
) -> list[tuple[str, ...]]:
    """The phrases of two or more words in a file, each once, in its order.

    Args:
      path: one phrase a line, words separated by white space, in quotes or not; of a line with tabs, the last column
        that is not a number. Compressed if its name says so, as `Lines`.
      normalizer: how a line becomes words; it should give words as the text writes them.
      rules: how bytes become lines.
      say: takes a line for a person, where something was passed over.

    Raises:
      InputError: the file cannot be read or holds no phrase of two words.
    """
    found: dict[tuple[str, ...], None] = {}
    lines, single, scored = Lines(path, "phrases, one a line", rules), 0, 0
    for _, line in lines:
        words = tuple(spaces.split(normalized(_phrase(line), normalizer)))
        if len(words) > 1:
            found[words] = None
        single += len(words) == 1
        scored += len(words) == 1 and "_" in words[0].strip("_")
    passed = [f"{single:,} of one word"] * (single > 0) + [f"{lines.broken:,} not UTF-8"] * (lines.broken > 0)
    if not found:
        remedy = "write spaces for _: tr _ ' '" if scored else "give one a line, or see phrases.normalize.word_pattern"
        raise InputError(
            f"phrases.path={path}: no phrase of two or more words (lines: {', '.join(passed) or 'none'}); {remedy}"
        )
    if passed:
        say(f"phrases.path={path}: {len(found):,} phrases; lines passed over: {', '.join(passed)}")
    return list(found)


def _phrase(line: str) -> str:
    """The phrase of a line as a table or a person writes it."""
    columns = [spaces.strip(column) for column in line.split("\t")]
    phrase = next((column for column in reversed(columns) if column and not _NUMBER.fullmatch(column)), "")
    if phrase.startswith('"'):
        try:
            fields = next(csv.reader([phrase], strict=True))
        except csv.Error:
            return phrase  # such as "Weird Al" Yankovic
        if all(_NUMBER.fullmatch(spaces.strip(field)) for field in fields[1:]):
            return fields[0]
    return phrase


def join(
    text: Text, phrases: list[tuple[str, ...]], joiner: str, path: Path, piece: int = bigrams.PIECE
) -> tuple[Text, list[Phrase]]:
    """The text with every phrase of the list joined: left to right, the longest that begins at a word, in one sentence.

    Args:
      text: ids on disk.
      phrases: from `load`.
      joiner: stands between the words of a phrase.
      path: the ids are written there.
      piece: ids read at a time; the result does not depend on it.

    Returns:
      The new text, and the phrases that occur in it.

    Raises:
      InputError: none does.
    """
    ids_N = np.memmap(text.path, np.int32, "r")
    levels, known = _levels(text.words, phrases)
    words, number_of = list(text.words), {word: i for i, word in enumerate(text.words)}
    for phrase in known:
        if (name := joiner.join(phrase)) not in number_of:
            number_of[name] = len(words)
            words.append(name)
    phrase_P = np.array([number_of[joiner.join(phrase)] for phrase in known], np.int32)
    times_P, count_V = np.zeros(len(known), np.int64), np.zeros(len(words), np.int64)
    start, reach = 0, len(levels)
    with path.open("wb") as file:
        while start < len(ids_N):
            ids = np.array(ids_N[start : start + piece + reach])
            limit = len(ids) if start + len(ids) == len(ids_N) else piece
            begin, length, which = _matches(ids, levels, len(text.words))
            keep, free = [], 0
            for at, (place, n) in enumerate(zip(begin.tolist(), length.tolist())):
                if free <= place < limit:
                    keep.append(at)
                    free = place + n
            cut = max(limit, free)
            ids, begin, length, which = ids[:cut], begin[keep], length[keep], which[keep]
            ids[begin] = phrase_P[which]
            edge = np.zeros(len(ids) + 1, np.int32)
            edge[begin + 1] += 1
            edge[begin + length] -= 1
            out = ids[np.cumsum(edge[:-1]) == 0]
            out.tofile(file)
            times_P += np.bincount(which, minlength=len(known))
            count_V += np.bincount(out[out >= 0], minlength=len(words))
            start += cut
    found = [Phrase(joiner.join(known[i]), int(times_P[i]), None, 1) for i in np.flatnonzero(times_P).tolist()]
    if not found:
        raise InputError(
            f"phrases.path: none of its {len(phrases):,} phrases occurs in the text; {_why(text, phrases)}"
        )
    return Text(path, words, count_V), found


def _why(text: Text, phrases: list[tuple[str, ...]]) -> str:
    """The likely reason that no phrase occurs, and what to do."""
    known = set(text.words)
    if any(known.issuperset(phrase) for phrase in phrases):
        return "the words of some do, but not one after another in a sentence"
    if any(len(phrase) > 2 and _NUMBER.fullmatch(phrase[-1].strip(",;")) for phrase in phrases) or any(
        _COUNTED.fullmatch(phrase[-1]) for phrase in phrases
    ):
        shorter = [(*phrase[:-1], _COUNTED.sub(r"\1", phrase[-1])) for phrase in phrases]
        if any(known.issuperset(phrase) or known.issuperset(phrase[:-1]) for phrase in shorter):
            return "numbers stand behind the phrases: put a tab before them, or take them out"
    lowered = {word.lower() for word in text.words}
    alike = next((phrase for phrase in phrases if lowered.issuperset(word.lower() for word in phrase)), None)
    if alike:
        remedy = "set corpus.normalize.lower and phrases.normalize.lower to the same"
        return f"in another case it has all words of {' '.join(alike)!r}: {remedy}"
    return (
        f"the text has words such as {', '.join(text.words[:3])}, the list {', '.join(phrases[0])}; see "
        "phrases.normalize, and whether the list is in its language"
    )


def _levels(words: list[str], phrases: list[tuple[str, ...]]) -> tuple[list[Level], list[tuple[str, ...]]]:
    """The beginnings of the phrases whose words are all known, level by level, and these phrases."""
    number_of = {word: i for i, word in enumerate(words)}
    known = [phrase for phrase in phrases if all(word in number_of for word in phrase)]
    state_P = np.zeros(len(known), np.int64)  # the number of each phrase's beginning so far
    length_P = np.array([len(phrase) for phrase in known], np.int64)
    levels = []
    for level in range(int(length_P.max(initial=0))):
        on_P = np.flatnonzero(length_P > level)
        last = np.array([number_of[known[i][level]] for i in on_P.tolist()], np.int64)
        key_S, state = np.unique(state_P[on_P] * len(words) + last, return_inverse=True)
        whole_S = np.full(len(key_S), -1, np.int32)
        ends = length_P[on_P] == level + 1
        whole_S[state[ends]] = on_P[ends]
        state_P[on_P] = state
        levels.append(Level(key_S, whole_S))
    return levels, known


def _matches(ids: np.ndarray, levels: list[Level], v: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where a phrase of the list begins, how many words the longest has, and which it is; ascending."""
    longest, phrase = np.zeros(len(ids), np.int64), np.zeros(len(ids), np.int32)
    place, state = np.arange(len(ids)), np.zeros(len(ids), np.int64)
    for n, level in enumerate(levels):
        inside = place + n < len(ids)
        place, state = place[inside], state[inside]
        word = ids[place + n]
        key = np.where(word >= 0, state * v + word, -1)
        state = np.minimum(np.searchsorted(level.key_S, key), len(level.key_S) - 1)
        on = level.key_S[state] == key
        place, state = place[on], state[on]
        whole = level.whole_S[state] >= 0
        longest[place[whole]] = n + 1
        phrase[place[whole]] = level.whole_S[state[whole]]
    begin = np.flatnonzero(longest)
    return begin, longest[begin], phrase[begin]
