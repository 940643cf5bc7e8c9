"""The words that training sees, most frequent first, and word2vec's file of them."""

import hashlib
import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from jaxw2v.errors import InputError
from jaxw2v.files import writing
from jaxw2v.files.paths import expanded

SENTENCE_END = "</s>"

_POWERS = 10 ** np.arange(18)  # as many are no greater than a count as it has digits


class Vocabulary(NamedTuple):
    """V words and how often each occurs; a word's place is its id.

    Attributes:
      words: V different words, without ASCII white space; `</s>` is none of them, but for the first: see
        `with_sentence_end`.
      count_V: [V] int64, 1 or more.
    """

    words: list[str]
    count_V: np.ndarray


def from_counts(
    words: Sequence[str], counts: Sequence[int] | np.ndarray, min_count: int, max_size: int | None
) -> Vocabulary:
    """The vocabulary of a counted text.

    Args:
      words: all different words in order of first appearance.
      counts: how often each occurs.
      min_count: rarer words are left out.
      max_size: at most so many words are kept, the most frequent; None for all.

    Returns:
      Words by descending count; of equal counts the one that appeared first.

    Raises:
      InputError: fewer than two words are left.

    Differs from word2vec.c: `</s>` is no word and has no id, see `with_sentence_end`; counts are exact for any number
    of words (the C program drops rare words while counting when its hash table fills) and ties have a fixed order (its
    `qsort` has none; that of glibc before 2.37 has this one).
    """
    count = np.asarray(counts, dtype=np.int64)
    order = np.argsort(-count, kind="stable")[: np.count_nonzero(count >= max(min_count, 1))]
    if not len(words):
        raise InputError("corpus.path: the text has no words; give a text that has some")
    if not len(order):
        raise InputError(
            f"vocab.min_count={min_count}: no word is so frequent, the highest count is {count.max()}; "
            "lower vocab.min_count or give more text"
        )
    if len(order) == 1:
        raise InputError(
            f"vocab.min_count={min_count}: only {words[order[0]]!r} is so frequent and training needs two words; "
            "lower vocab.min_count or give more text"
        )
    if max_size is not None and max_size < 2:
        raise InputError(f"vocab.max_size={max_size}: training needs two words; use 2 or more, or null")
    order = order[:max_size]
    return Vocabulary(words=[words[i] for i in order], count_V=count[order])


def grown(
    known: Vocabulary, words: Sequence[str], counts: Sequence[int] | np.ndarray, min_count: int, max_size: int | None
) -> Vocabulary:
    """The vocabulary of two texts together: one that was counted before, and another.

    Every word of `known` stays, and its counts there and here are added. A word that is not in it is added if it occurs
    `min_count` times here: how often a rare word occurred before is not known.

    Args:
      known: of the text that was counted before.
      words, counts: of the other, see `from_counts`.
      min_count: of words that are not in `known`.
      max_size: at most so many words are kept, the most frequent of all; None for all.

    Returns:
      Words by descending count; of equal counts those of `known` first.

    Differs from gensim's `build_vocab(update=True)`: there new words stand at the end, words that are rarer than
    min_count here keep their count, and subsampling knows the counts of this text only (gensim #2951).
    """
    place_W, count_W, total_V = places(words, known.words), np.asarray(counts, np.int64), known.count_V.copy()
    is_known = place_W >= 0
    total_V[place_W[is_known]] += count_W[is_known]
    added = ~is_known & (count_W >= min_count)
    names = [*known.words, *itertools.compress(words, added)]
    return from_counts(names, np.concatenate([total_V, count_W[added]]), 1, max_size)


def with_sentence_end(vocabulary: Vocabulary, count: int) -> Vocabulary:
    """The same words after `</s>`, which so has row 0, as in word2vec.c, whatever its count."""
    return Vocabulary([SENTENCE_END, *vocabulary.words], np.append(np.int64(count), vocabulary.count_V))


def places(words: Sequence[str], among: Sequence[str]) -> np.ndarray:
    """[W] int32: where each of W words stands among others, all different; -1: it is not there."""
    import pyarrow as pa  # here: it takes 200 MB of addresses, and where a vocabulary is only read, it is not needed
    import pyarrow.compute

    kind = pa.large_string()
    found = pyarrow.compute.index_in(pa.array(words, kind), value_set=pa.array(among, kind))
    return found.fill_null(-1).to_numpy()


def fingerprint(vocabulary: Vocabulary) -> str:
    """64 hexadecimal digits that stand for the words, their order and their counts."""
    lines = "\n".join(f"{word} {count}" for word, count in zip(vocabulary.words, vocabulary.count_V))
    return hashlib.sha256(lines.encode()).hexdigest()


def save(vocabulary: Vocabulary, path: str | Path) -> None:
    """Writes `word count` lines in UTF-8, the format of word2vec.c's -save-vocab, whole or not at all.

    Differs from word2vec.c: no first line for `</s>` where it is no word.
    """
    with writing.whole(path) as file:
        file.writelines(b"%s %d\n" % (w.encode(), c) for w, c in zip(vocabulary.words, vocabulary.count_V.tolist()))


def load(path: str | Path, sentence_end: bool = False) -> Vocabulary:
    """The vocabulary of a file that `save` wrote, in its order. Those of others: `vocabulary_file`.

    Args:
      path: of the file.
      sentence_end: a first line of `</s>` is a word; else such a line is skipped, whatever its count.

    Raises:
      InputError: the file cannot be read, a line is wrong (its number is named), or fewer than two words are there.
    """
    try:
        data = expanded(path).read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check the name") from None
    first, _, rest = data.partition(b"\n")
    if sentence_end and first.startswith(f"{SENTENCE_END} ".encode()) and (found := plain(rest)) is not None:
        return with_sentence_end(found, int(first.split()[1]))
    if (found := plain(data)) is not None:
        return found
    lines = data.split(b"\n")
    if lines[-1] == b"":  # after the last newline
        lines.pop()
    counts: dict[str, int] = {}
    for number, line in enumerate(lines, start=1):
        fields = line.split()
        if len(fields) != 2:
            raise _wrong(path, number, f"{len(fields)} fields where a word and its count are needed")
        try:
            word = fields[0].decode()
        except UnicodeDecodeError:
            raise _wrong(path, number, "invalid UTF-8") from None
        if word == SENTENCE_END:
            continue
        if not fields[1].isdigit() or len(fields[1]) > 18 or int(fields[1]) == 0:
            raise _wrong(path, number, f"the count {fields[1][:40].decode(errors='replace')!r} is not 1 to 10^18")
        if word in counts:
            raise _wrong(path, number, f"the word {word!r} again")
        counts[word] = int(fields[1])
    if len(counts) < 2:
        raise InputError(f"{path}: {len(counts)} words, and training needs two; give a file that has them")
    return Vocabulary(words=list(counts), count_V=np.fromiter(counts.values(), np.int64, len(counts)))


def plain(data: bytes) -> Vocabulary | None:
    """The vocabulary of a file of two and more words that has all lines as `save` writes them; None: it has not.

    There is no loop over them. Words are different, none is `</s>`; their order is that of the file.
    """
    import pyarrow as pa  # here: as in `places`
    import pyarrow.compute
    import pyarrow.csv

    if any(mark in data for mark in (b"\t", b"\v", b"\f", b"\r", b"\0")):
        return None
    lines = pyarrow.csv.ParseOptions(delimiter=" ", quote_char=False, double_quote=False, ignore_empty_lines=False)
    kinds = pyarrow.csv.ConvertOptions(column_types={"word": pa.string(), "count": pa.int64()}, null_values=[])
    names = pyarrow.csv.ReadOptions(column_names=["word", "count"], use_threads=False)
    try:
        table = pyarrow.csv.read_csv(pa.BufferReader(data), names, lines, kinds)
    except pa.ArrowInvalid:
        return None
    words, count_V = table["word"].to_numpy().tolist(), table["count"].to_numpy()
    # no sign, no zero in front, nothing that was passed over: then it is as long as what `save` would write
    digits = int(np.searchsorted(_POWERS, count_V, side="right").sum())
    wrote = (pyarrow.compute.sum(pyarrow.compute.binary_length(table["word"])).as_py() or 0) + digits + 2 * len(words)
    different = set(words)
    if len(words) < 2 or wrote != len(data) or count_V.min() < 1 or len(different) < len(words):
        return None
    return None if different & {"", SENTENCE_END} else Vocabulary(words, count_V)


def _wrong(path: str | Path, number: int, what: str) -> InputError:
    return InputError(f"{path}, line {number}: {what}; a line of a vocabulary is `word count`")
