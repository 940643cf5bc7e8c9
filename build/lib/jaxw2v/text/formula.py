"""The score of word2phrase by its formula, in plain Python; for notebook 8 only, which checks the fast one by it."""

import itertools
from collections import Counter
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
