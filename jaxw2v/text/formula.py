"""The score of word2phrase as its formula reads, in plain Python: slow, to check the other by."""

import itertools
from collections import Counter
from pathlib import Path


def scores(path: Path, min_count: int, joiner: str, across_sentences: bool) -> dict[str, float]:
    """(count(a b) - min_count) / (count(a) count(b)) * total, of all that word2phrase looks at: by phrase, "a_b".

    That are two words next to one another, `min_count` times or more. Mikolov et al. 2013b, equation 6, times the words
    of the text, as word2phrase.c has it.

    Args:
      path: a text, a sentence a line, words separated by white space; none of them holds the joiner.
      min_count: the discount.
      joiner: stands between the words of a phrase.
      across_sentences: also count the last word of a sentence with the first of the next.
    """
    with path.open(encoding="utf-8") as file:
        sentences = [line.split() for line in file]
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
