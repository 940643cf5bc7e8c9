"""Makes a text of any size by Zipf's law, with topics, so that words co-occur as in no text of independent words.

    python -m experiments.benchmarks.made_text OUT --words 65M --vocabulary 633k

A sentence has a topic. Half of its words are drawn from the whole vocabulary, half from the words of its topic, both by
Zipf's law. Every word occurs at least once, in a sentence of its topic. The same numbers give the same bytes. It is
for measuring speed: scores of its vectors mean nothing.
"""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from jaxw2v.errors import InputError
from jaxw2v.files import writing
from jaxw2v.launch.command import Parser, run

SENTENCE = 25  # words
TOPICS = 200
LEAST = 4  # words of the text for each word of its vocabulary
_BATCH = 10_000  # sentences


def main(argv: Sequence[str] | None = None) -> int:
    """Exit status: 0, or 2 after a user's mistake."""
    return run(lambda: _make(argv))


def _make(argv: Sequence[str] | None) -> None:
    parser = Parser(prog="python -m experiments.benchmarks.made_text", description=__doc__)
    parser.add_argument("out", metavar="OUT", type=Path, help="the file, one sentence a line")
    parser.add_argument("--words", type=number, required=True, help="of the text, such as 65M")
    parser.add_argument("--vocabulary", type=number, required=True, help="different words, such as 633k")
    parser.add_argument("--seed", type=int, default=1, help="default: %(default)s")
    chosen = parser.parse_args(argv)
    write(chosen.out, chosen.words, chosen.vocabulary, chosen.seed)
    print(f"{chosen.out}: {chosen.words:,} words, {chosen.vocabulary:,} of them different")


def number(text: str) -> int:
    """A number of a command line, such as 75000, 75k or 1.5M.

    Raises:
      ValueError: it is none, or below 1; argparse names the word.
    """
    unit = {"k": 1_000, "M": 1_000_000}.get(text[-1:], 1)
    value = round(float(text[:-1] if unit > 1 else text) * unit)  # ValueError or, of infinity, OverflowError
    if value < 1:
        raise ValueError(text)
    return value


def write(path: Path, words: int, vocabulary: int, seed: int) -> None:
    """Writes a text of exactly so many words, exactly `vocabulary` of them different, whole or not at all.

    Memory grows with the vocabulary alone.

    Raises:
      InputError: there are fewer than `LEAST` words for each word of the vocabulary, fewer than two different words,
        not one whole sentence, the seed is negative, or the file cannot be written.
    """
    if vocabulary < 2 or words < max(LEAST * vocabulary, SENTENCE):
        raise InputError(
            f"a text of {words:,} words and a vocabulary of {vocabulary:,}: give 2 or more different words, "
            f"{LEAST} words of text for each, and {SENTENCE} in all"
        )
    if seed < 0:
        raise InputError(f"--seed {seed}: use 0 or more")
    names = [f"w{number}" for number in range(vocabulary)]
    try:
        with writing.whole(path, "w") as file:
            for rows in _sentences(words, vocabulary, seed):
                file.writelines(f"{' '.join([names[word] for word in row])}\n" for row in rows)
    except OSError as error:
        raise InputError(f"{path}: cannot write ({error.strerror}); choose a folder with room") from error


def _sentences(words: int, vocabulary: int, seed: int) -> Iterator[list[list[int]]]:
    """Batches of sentences, ids from 0 by descending probability."""
    sentences = -(-words // SENTENCE)
    topics = min(TOPICS, vocabulary)
    everything, topical = _zipf(vocabulary), _zipf(-(-vocabulary // topics))
    each = -(-vocabulary // (words // SENTENCE))  # words that a sentence has so that every word occurs
    groups = _groups(vocabulary, topics, each, np.random.default_rng([seed, 0]))
    for start in range(0, sentences, _BATCH):
        random = np.random.default_rng([seed, 1 + start])
        at = np.arange(start, min(start + _BATCH, sentences))
        # spread over the whole sentences alone: the last, shorter one would lose some
        group, before = (np.minimum(i * len(groups) // (words // SENTENCE), len(groups)) for i in (at + 1, at))
        has_group = group > before
        chosen = groups[np.minimum(before, len(groups) - 1)]
        topic = np.where(has_group, chosen[:, 0] % topics, random.integers(0, topics, len(at)))[:, None]
        shape = len(at), SENTENCE
        general = np.searchsorted(everything, random.random(shape))
        own = np.searchsorted(topical, random.random(shape)) * topics + topic
        ids = np.where((random.random(shape) < 0.5) & (own < vocabulary), own, general)
        ids[has_group, :each] = chosen[has_group]
        ids = random.permuted(ids, axis=1)
        rows = ids.tolist()
        if at[-1] == sentences - 1:
            rows[-1] = rows[-1][: words - SENTENCE * (sentences - 1)]
        yield rows


def _zipf(words: int) -> np.ndarray:
    """[V] float64, the distribution function of ranks: the word of rank r is 1 / r as frequent as the first."""
    return np.cumsum(share := 1 / np.arange(1, words + 1)) / share.sum()


def _groups(vocabulary: int, topics: int, each: int, random: np.random.Generator) -> np.ndarray:
    """[G, each] the whole vocabulary in groups, in random order, nearly each of one topic; one is filled up."""
    by_topic = np.concatenate([np.arange(topic, vocabulary, topics) for topic in range(topics)])
    filled = np.pad(by_topic, (0, -len(by_topic) % each), mode="edge")
    return random.permutation(filled.reshape(-1, each))


if __name__ == "__main__":
    sys.exit(main())
