"""For notebook 8: the score of word2phrase by its formula, in plain Python, beside the fast one; phrases by score."""

import itertools
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from jaxw2v.files import spaces


def scores(path: Path, min_count: int, joiner: str, across_sentences: bool) -> dict[str, float]:
    """(count(a b) - min_count) / (count(a) count(b)) * total, by phrase, such as "a_b".

    Of all pairs of neighboring words that occur `min_count` times or more. Mikolov et al. 2013b, equation 6, times the
    number of words, as in word2phrase.c.

    Args:
      path: a text, a sentence a line, words separated by white space; none of them contains the joiner.
      min_count: the discount.
      joiner: stands between the words of a phrase.
      across_sentences: also count the last word of a sentence with the first of the next.
    """
    with path.open(encoding="utf-8") as file:
        sentences = [spaces.split(line) for line in file]
    if across_sentences:
        sentences = [[word for sentence in sentences for word in sentence]]
    count = Counter(word for sentence in sentences for word in sentence)
    pairs = Counter(pair for sentence in sentences for pair in itertools.pairwise(sentence))
    total = count.total()
    return {
        joiner.join((a, b)): (n - min_count) / (count[a] * count[b]) * total
        for (a, b), n in pairs.items()
        if n >= min_count
    }


def ranked(score: Mapping[str, float]) -> list[tuple[str, float]]:
    """The phrases and their scores, from the highest; equals by name."""
    return sorted(score.items(), key=lambda item: (-item[1], item[0]))


def spread(found: Sequence[tuple[str, float]], n: int) -> list[tuple[str, float]]:
    """At most n of them, the first and the last and others as far apart as can be."""
    if len(found) <= n:
        return list(found)
    return [found[round(at * (len(found) - 1) / (n - 1))] for at in range(n)]
