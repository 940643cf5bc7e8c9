"""Texts of given sizes and vocabularies: the first words of one, that one over and over, or made ones."""

import collections
import math
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from experiments.benchmarks import made_text
from jaxw2v.errors import InputError

_NEAR = 1.1  # times as many words as a text has different ones are asked of it; beyond that one is made


class Text(NamedTuple):
    """A text for all programs.

    Attributes:
      path: of it.
      words: that it has.
      kind: "first words", "repeated" or "made"; scores of the last mean nothing.
      min_count: with which it has the vocabulary.
    """

    path: Path
    words: int
    kind: str
    min_count: int


class Counted(NamedTuple):
    """A text over and over, and then its beginning up to the end of a line.

    Attributes:
      times, offset: it is the whole text so often, and so many bytes of it.
      words: that it has.
      sizes: of each count, how many different words occur so often or oftener.
    """

    times: int
    offset: int
    words: int
    sizes: Mapping[int, int]

    def min_count(self, vocabulary: int) -> int | None:
        """That with which the vocabulary comes nearest to so many words, by their ratio; None: the text has too few."""
        if vocabulary > _NEAR * max(self.sizes.values()):
            return None
        return min(self.sizes, key=lambda count: abs(math.log(self.sizes[count] / vocabulary)))


def count(path: Path, words: int) -> Counted:
    """Counts so many words of a text and those after them in the line.

    Raises:
      InputError: the text cannot be read, or has no words.
    """
    counts, offset = _counts(path, words)
    total, times = counts.total(), 0
    if not total:
        raise InputError(f"{path}: the text has no words; give a text that has some")
    if total < words:
        times, rest = divmod(words, total)
        more, offset = _counts(path, rest)
        counts = collections.Counter({word: times * number + more[word] for word, number in counts.items()})
    return Counted(times, offset, counts.total(), _sizes(counts.values()))


def _counts(path: Path, words: int) -> tuple[collections.Counter[bytes], int]:
    """Of the lines until so many words are reached, and their bytes."""
    counts: collections.Counter[bytes] = collections.Counter()
    seen = offset = 0
    try:
        with path.open("rb") as file:
            while seen < words and (line := file.readline()):
                found = line.split()
                counts.update(found)
                seen, offset = seen + len(found), offset + len(line)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check the name") from error
    return counts, offset


def _sizes(counts: Iterable[int]) -> dict[int, int]:
    sizes, size = {}, 0
    for count, number in sorted(collections.Counter(counts).items(), reverse=True):
        sizes[count] = size = size + number
    return sizes


class Texts:
    """The texts of one size, in a folder that `close` removes; one at a time is there, made when it is asked for."""

    def __init__(self, source: Path, words: int, min_count: int, folder: Path):
        """Nothing is read yet.

        Args:
          source: the text that they are taken from.
          words: of each text, or a few more.
          min_count: of the vocabulary None.
          folder: for them, and for what programs keep of them.
        """
        self._source, self._words, self._min_count, self._folder = source, words, min_count, folder
        self._counted: Counted | None = None
        self._has_first = False  # the folder may be what a stopped command left

    def of(self, vocabulary: int | None) -> Text | None:
        """The text that has a vocabulary of about so many words; None: it would have too few words for them.

        Raises:
          InputError: the source cannot be read, or the text cannot be written.
        """
        counted = self._counted = self._counted or count(self._source, self._words)
        min_count = self._min_count if vocabulary is None else counted.min_count(vocabulary)
        if min_count is None:
            assert vocabulary is not None
            return self._made(vocabulary)
        kind = "repeated" if counted.times else "first words"
        path = self._folder / "first.txt"
        if not self._has_first:
            self._fill(path, counted)
        return Text(path, counted.words, kind, min_count)

    def close(self) -> None:
        """Removes the folder."""
        shutil.rmtree(self._folder, ignore_errors=True)
        self._has_first = False

    def _made(self, vocabulary: int) -> Text | None:
        if self._words < max(made_text.LEAST * vocabulary, made_text.SENTENCE):
            return None
        path = self._anew() / "made.txt"
        made_text.write(path, self._words, vocabulary, seed=1)
        return Text(path, self._words, "made", 1)

    def _fill(self, path: Path, counted: Counted) -> None:
        self._anew()
        try:
            with path.open("wb") as target, self._source.open("rb") as source:
                for _ in range(counted.times):
                    source.seek(0)
                    shutil.copyfileobj(source, target, 2**20)
                    source.seek(-1, 2)
                    target.write(b"" if source.read(1) == b"\n" else b"\n")
                source.seek(0)
                for start in range(0, counted.offset, 2**20):
                    target.write(source.read(min(2**20, counted.offset - start)))
        except OSError as error:
            self.close()
            raise InputError(f"{path}: cannot write ({error.strerror}); choose another --out, with room") from error
        self._has_first = True

    def _anew(self) -> Path:
        self.close()
        try:
            self._folder.mkdir(parents=True)
        except OSError as error:
            raise InputError(f"{self._folder}: {error.strerror}; choose another --out") from error
        return self._folder
