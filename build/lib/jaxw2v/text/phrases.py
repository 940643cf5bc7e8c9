"""Phrases: words that occur together, found from counts as by word2phrase.c and gensim, joined into one word."""

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from jaxw2v.errors import InputError
from jaxw2v.settings.phrases import PhraseSettings
from jaxw2v.text import bigrams
from jaxw2v.text.bigrams import Bigrams, Gaps, Keys

EVERYTHING = 0.5  # share of neighboring words; a threshold that joins more counts as joining everything
MANY = 1000  # different bigrams; a threshold that none of so many is below counts as joining everything, too


class NothingJoined(InputError):
    """A threshold that no bigram is above."""


class Text(NamedTuple):
    """A text of ids on disk and its words.

    Attributes:
      path: int32 ids, -1 at sentence ends.
      words: what the ids stand for.
      count_V: [V] int64, how often each occurs.
    """

    path: Path
    words: list[str]
    count_V: np.ndarray


@dataclass(frozen=True)
class Phrase:
    """A phrase as it is written in the joined text.

    Attributes:
      words: the phrase.
      count: how often its parts were counted next to one another; of a given phrase, how often it was joined.
      score: None for a given phrase.
      number: of the pass that found it, from 1.
    """

    words: str
    count: int
    score: float | None
    number: int


class Found(NamedTuple):
    """What a pass joins.

    Attributes:
      keys, gaps: numbers of the bigrams.
      key_P: int64, ascending.
      phrases: P phrases, in the order of `key_P`.
      pruned: as in `Bigrams`.
    """

    keys: Keys
    gaps: Gaps
    key_P: np.ndarray
    phrases: list[Phrase]
    pruned: int


def word2phrase_score(pair: np.ndarray, left: np.ndarray, right: np.ndarray, total: int, min_count: int) -> np.ndarray:
    """(pair - min_count) / left / right * total, float32 in this order, as word2phrase.c (Mikolov et al. 2013b, eq. 6).

    Args:
      pair, left, right: int64 counts of the bigrams and of their words.
      total: words of the text. gensim's default score has the number of different words and bigrams in its place.
      min_count: the discount.
    """
    ratio = (pair - min_count).astype(np.float32) / left.astype(np.float32) / right.astype(np.float32)
    return ratio * np.float32(total)


def npmi_score(pair: np.ndarray, left: np.ndarray, right: np.ndarray, total: int, min_count: int) -> np.ndarray:
    """log(p(pair) / (p(left) p(right))) / -log p(pair), float64 in [-1, 1] (Bouma 2009), as gensim's `npmi_scorer`.

    Args: as `word2phrase_score`; `min_count` is not used.
    """
    p_pair, p_left, p_right = pair / total, left / total, right / total
    with np.errstate(divide="ignore", invalid="ignore"):  # a text of one bigram: 0 / 0
        return np.log(p_pair / (p_left * p_right)) / -np.log(p_pair)


SCORES = {"word2phrase": word2phrase_score, "npmi": npmi_score}


class Counted(NamedTuple):
    """The bigrams of a text, with words that are spelled alike counted together.

    Attributes:
      keys, gaps: numbers of the bigrams.
      bigrams: counted.
      count_V: [V] int64, of the words.
    """

    keys: Keys
    gaps: Gaps
    bigrams: Bigrams
    count_V: np.ndarray


def find(text: Text, settings: PhraseSettings, number: int, threshold: float) -> Found:
    """The phrases of one pass: bigrams that occur `min_count` times or more and score above the threshold.

    A word of the text that is spelled like a bigram (`new_york` beside `new york`) is counted with it, and so are
    bigrams that are spelled alike, as in word2phrase.c and gensim, where spelling is all there is.

    Args:
      text: what is counted.
      settings: method is one of `SCORES`; with "word2phrase" both words, too, need `min_count`. Connectors can stand
        inside a phrase but neither begin nor end it, as gensim's `connector_words`.
      number: of the pass, from 1.
      threshold: of the pass.

    Raises:
      NothingJoined: the threshold joins nothing.
      InputError: it joins everything (`EVERYTHING`, `MANY`).

    Differs from word2phrase.c: words of 60 bytes or more are not cut.
    """
    counted = _count(text, settings)
    keys, gaps, min_count = counted.keys, counted.gaps, settings.min_count
    often = counted.bigrams.count_P >= min_count
    key_P, count_P = counted.bigrams.key_P[often], counted.bigrams.count_P[often]
    left, gap, right = keys.parts(key_P)
    left_P, right_P = counted.count_V[left], counted.count_V[right]
    score_P = SCORES[settings.method](count_P, left_P, right_P, int(text.count_V.sum()), min_count)
    if settings.method == "word2phrase":
        threshold = float(np.float32(threshold))
        score_P[(left_P < min_count) | (right_P < min_count)] = -np.inf
    chosen = np.flatnonzero(score_P > threshold)
    share = int(count_P[chosen].sum()) / max(counted.bigrams.seen, 1)
    _check_threshold(f"phrases.thresholds: {threshold:g} in pass {number}", score_P, len(chosen), share, min_count)
    phrases = [
        Phrase(settings.joiner.join(text.words[i] for i in (a, *gaps.runs[g], b)), n, s, number)
        for a, g, b, n, s in zip(*(column[chosen].tolist() for column in (left, gap, right, count_P, score_P)))
    ]
    return Found(keys, gaps, key_P[chosen], phrases, counted.bigrams.pruned)


def _count(text: Text, settings: PhraseSettings) -> Counted:
    ids_N = np.memmap(text.path, np.int32, "r")
    gaps = Gaps(text.words, settings.connectors)
    spelled = np.array([settings.joiner in word for word in text.words])
    # a bigram is no more frequent than its words: rare words need not be looked at, unless spelling adds up
    eligible_V = (text.count_V >= settings.min_count) | spelled.any()
    keys = Keys(eligible_V & ~gaps.connector_V[:-1])
    try:
        found = bigrams.count(ids_N, keys, gaps, settings.across_sentences, settings.max_pairs)
    except OverflowError as error:
        at = f"phrases.min_count={settings.min_count}"
        raise InputError(f"{at}: {error}; raise it, or name fewer connectors") from None
    counted = Counted(keys, gaps, found, text.count_V.copy())
    if spelled.any():
        _add_spelled_alike(counted, text.words, spelled, settings.joiner)
    return counted


def _check_threshold(name: str, score_P: np.ndarray, joined: int, share: float, min_count: int) -> None:
    """Whether a threshold joins something but not everything: so many bigrams, this share of all neighbors."""
    if not joined:
        best = f"the highest score is {score_P.max():.6g}" if len(score_P) else f"no two words meet {min_count} times"
        remedy = "lower it" if len(score_P) else "lower phrases.min_count or give more text"
        raise NothingJoined(f"{name} joins nothing: {best}; {remedy}")
    if share > EVERYTHING or joined == len(score_P) >= MANY:
        raise InputError(
            f"{name} joins everything, {joined:,} of {len(score_P):,} pairs, {share:.0%} of neighbors; raise it"
        )


def join(text: Text, found: Found, path: Path, piece: int = bigrams.PIECE) -> Text:
    """The text with the phrases of a pass joined, left to right; a word that ends one phrase begins no other.

    Args:
      text: as `find` saw it.
      found: from `find`.
      path: the ids are written there. Joined words have ids after all others, unless a word is spelled like them.
      piece: ids read at a time; the result does not depend on it.
    """
    ids_N = np.memmap(text.path, np.int32, "r")
    words, number_of = list(text.words), {word: i for i, word in enumerate(text.words)}
    for phrase in found.phrases:
        if phrase.words not in number_of:
            number_of[phrase.words] = len(words)
            words.append(phrase.words)
    phrase_P = np.array([number_of[phrase.words] for phrase in found.phrases], np.int32)
    count_V = np.zeros(len(words), np.int64)
    start, size = 0, piece
    with path.open("wb") as file:
        while start < len(ids_N):
            ids = np.array(ids_N[start : start + size])
            end = start + len(ids) == len(ids_N)
            linked = bigrams.links(ids, found.gaps)
            key = found.keys.of(ids[linked.first], linked.gap, ids[linked.second])
            place = np.minimum(np.searchsorted(found.key_P, key), len(found.key_P) - 1)
            hit = found.key_P[place] == key
            if not end:
                free = ~found.gaps.connector_V[ids]
                free[linked.second[hit]] = False
                cut = int(np.flatnonzero(free).max(initial=0))  # no phrase reaches over the word before which we cut
                if cut == 0:  # one run of hits from beginning to end
                    size *= 2
                    continue
                ids, hit = ids[:cut], hit & (linked.second < cut)
            joined = _every_other(linked.first, linked.second, hit)
            first, second = linked.first[joined], linked.second[joined]
            ids[first] = phrase_P[place[joined]]
            edge = np.zeros(len(ids) + 1, np.int32)
            edge[first + 1] += 1
            edge[second + 1] -= 1
            out = ids[np.cumsum(edge[:-1]) == 0]
            out.tofile(file)
            count_V += np.bincount(out[out >= 0], minlength=len(words))
            start, size = start + len(ids), piece
    return Text(path, words, count_V)


def _every_other(first: np.ndarray, second: np.ndarray, hit: np.ndarray) -> np.ndarray:
    """[L] bool: of a run of hits, in which each link's second word is the next one's first, the 1st, 3rd, ..."""
    place = np.arange(len(hit))
    follows = np.zeros(len(hit), bool)
    follows[1:] = hit[:-1] & (second[:-1] == first[1:])
    begin = np.maximum.accumulate(np.where(hit & follows, 0, place))
    return hit & ((place - begin) % 2 == 0)


def _add_spelled_alike(counted: Counted, words: list[str], spelled: np.ndarray, joiner: str) -> None:
    """Gives bigrams and words that are spelled alike the sum of their counts, in place."""
    keys, gaps, (key_P, count_P, *_), count_V = counted
    left, gap, right = keys.parts(key_P)
    rows = np.flatnonzero(spelled[left] | spelled[right])
    groups: dict[str, list[int]] = {}
    for row, a, g, b in zip(rows.tolist(), left[rows].tolist(), gap[rows].tolist(), right[rows].tolist()):
        groups.setdefault(joiner.join(words[i] for i in (a, *gaps.runs[g], b)), []).append(row)
    number_of = {word: i for i, word in enumerate(words)}
    for text in {*groups, *(words[i] for i in np.flatnonzero(spelled))}:
        parts = [number_of.get(part, -1) for part in text.split(joiner)]
        run = gaps.number_of.get(tuple(parts[1:-1]))
        if run is not None and parts[0] >= 0 and parts[-1] >= 0:
            key = keys.of(np.array(parts[:1]), np.array([run]), np.array(parts[-1:]))[0]
            row = int(np.searchsorted(key_P, key))
            if key >= 0 and row < len(key_P) and key_P[row] == key:
                groups.setdefault(text, []).append(row)
    for text, rows_alike in groups.items():
        word = number_of.get(text)
        total = int(count_P[rows_alike].sum()) + (0 if word is None else int(count_V[word]))
        count_P[rows_alike] = total
        if word is not None:
            count_V[word] = total
