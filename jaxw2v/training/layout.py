"""The examples of a text in the order in which they are trained: the host's side of the sequential order.

A Place is where the walk over the text stands, `lay_out` goes on from it. What is drawn depends on how many numbers
were drawn before, as in word2vec.c: a number for each token that subsampling looks at, then for each center one for its
window and one for each negative sample of each of its pairs.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from jaxw2v.training.streams import Stream

_BLOCK = 1024  # ids looked at together in search of the end of a sentence
_NO_IDS, _NO_NUMBERS = np.zeros(0, np.int32), np.zeros(0, np.uint64)


class Examples(NamedTuple):
    """The examples of a piece of text, filled up to P. Of skip-gram they are pairs (C = 1), of CBOW centers.

    Arrays of NumPy here, of JAX in the program.

    Attributes:
      inputs_PC: [P, C] int32 ids of input rows; V is none.
      predicted_P: [P] int32, the word that is predicted.
      samples_PK: [P, K] int32, its negative samples; V is none.
      turn_PE: [P, 1 + K] int16, from 0: when the predicted word and each sample are updated; see `_turns`.
      rate_P: [P] float32 learning rates.
      length: int32 scalar, how many examples there are.
      kept: int32 scalar, tokens that subsampling kept.
    """

    inputs_PC: Any
    predicted_P: Any
    samples_PK: Any
    turn_PE: Any
    rate_P: Any
    length: Any
    kept: Any


class Place(NamedTuple):
    """Where the walk stands. Words are those of the vocabulary, `</s>` among them if it is one.

    A place says all: to go on from one is to go on from where the one before left off.

    Attributes:
      at: the next id of the text.
      random: the state of the stream of random numbers.
      words: words of this epoch so far. word2vec.c: word_count.
      refreshed: those when the learning rate was last refreshed. word2vec.c: last_word_count.
      seen: words of all epochs at that time. word2vec.c: word_count_actual.
      rate: the learning rate.
    """

    at: int
    random: int
    words: int
    refreshed: int
    seen: int
    rate: np.float32


class Rules(NamedTuple):
    """How a text becomes examples.

    Attributes:
      stream: of random numbers.
      keep_V: [V] float32, the probability that a token is kept; None: all are, and nothing is drawn.
      max_sentence: kept tokens after which a sentence is cut; None: never.
      counts_ends: the end of a sentence is a word for the learning rate's clock.
      window: the farthest context.
      dynamic: each center's reach is uniform in 1..window.
      k: negative samples of an example.
      samples: (numbers [P, k] uint64, predicted words [P]) -> [P, k] int32 negative samples; V is none.
      context_is_input: of a pair, else the center is.
      cbow: examples are centers with all their contexts as input.
      refresh: more words than that, and the learning rate is refreshed.
      rate_at: words of all epochs seen -> the learning rate.
      words: V.
    """

    stream: Stream
    keep_V: np.ndarray | None
    max_sentence: int | None
    counts_ends: bool
    window: int
    dynamic: bool
    k: int
    samples: Callable[[np.ndarray, np.ndarray], np.ndarray]
    context_is_input: bool
    cbow: bool
    refresh: int
    rate_at: Callable[[int], np.float32]
    words: int


def begin(rules: Rules) -> Place:
    """Before the first word."""
    return Place(0, rules.stream.start, 0, 0, 0, rules.rate_at(0))


def end_epoch(place: Place, rules: Rules) -> Place:
    """At the beginning of the text again."""
    place = _tick(place, rules)
    seen = place.seen + place.words - place.refreshed
    return place._replace(at=0, words=0, refreshed=0, seen=seen)


def most_examples(tokens: int, rules: Rules) -> int:
    """How many examples so many ids have at most."""
    centers = tokens + (rules.max_sentence or 0)  # the last sentence may reach over the end
    return centers if rules.cbow else centers * 2 * rules.window


def lay_out(place: Place, ids_N: np.ndarray, stop: int, room: int, rules: Rules) -> tuple[Place, Examples]:
    """The place after the sentences that begin before `stop`, and their examples.

    Args:
      place: where to begin.
      ids_N: [N] int32 of the text, -1 at sentence ends; only sliced.
      stop: a place in it; a sentence reaches over it only where `max_sentence` cuts sentences.
      room: P.
      rules: how.
    """
    kept, numbers, rates = [], [], list[np.float32]()
    first, low, count = list[int](), list[int](), list[int]()
    tokens = drawn = 0
    while place.at < stop:
        place = _tick(place, rules)
        rate = place.rate
        place, sentence = _read(place, ids_N, stop, rules)
        number_N = rules.stream.peek(place.random, _most_numbers(len(sentence), rules))
        used = _windows(number_N, len(sentence), rules, (tokens, drawn), (first, low, count))
        place = place._replace(random=rules.stream.skip(place.random, used))
        kept.append(sentence)
        numbers.append(number_N[:used])
        tokens, drawn = tokens + len(sentence), drawn + used
        if len(sentence):
            rates.append(rate)  # word2vec.c looks at its clock before each center, but reads only before the first
        if len(sentence) > 1:
            place = _tick(place, rules)
            rates += [place.rate] * (len(sentence) - 1)
    ids_T, number_N = np.concatenate([_NO_IDS, *kept]), np.concatenate([_NO_NUMBERS, *numbers])
    windows_3T, rate_T = np.array([first, low, count], np.int64), np.array(rates, np.float32)
    found = _examples(ids_T, number_N, windows_3T, rate_T, rules)
    return place, _padded(found, room, rules.words)


def _tick(place: Place, rules: Rules) -> Place:
    """The learning rate is refreshed if enough words came since the last time."""
    more = place.words - place.refreshed
    if more <= rules.refresh:
        return place
    seen = place.seen + more
    return place._replace(refreshed=place.words, seen=seen, rate=rules.rate_at(seen))


def _read(place: Place, ids_N: np.ndarray, stop: int, rules: Rules) -> tuple[Place, np.ndarray]:
    """The place after one sentence, its windows not drawn yet, and its kept ids."""
    at, random, words, room = place.at, place.random, place.words, rules.max_sentence
    kept, end = [], stop if room is None else len(ids_N)
    while at < end:
        line = np.asarray(ids_N[at : min(at + _BLOCK, end)])
        ends = line < 0
        length = int(ends.argmax())
        is_end = bool(ends[length])
        line = line[:length] if is_end else line
        stays = np.arange(len(line))
        if rules.keep_V is not None:
            coin_N = rules.stream.coins(rules.stream.peek(random, len(line)))
            stays = np.flatnonzero(rules.keep_V[line] >= coin_N)
        if is_cut := room is not None and len(stays) >= room:
            stays = stays[:room]
            line = line[: stays[-1] + 1]
        kept.append(line[stays])
        at, words = at + len(line), words + len(line)
        random = random if rules.keep_V is None else rules.stream.skip(random, len(line))
        if is_cut:
            break
        room = None if room is None else room - len(stays)
        if is_end:
            at, words = at + 1, words + rules.counts_ends
            break
    return place._replace(at=at, random=random, words=words), kept[0] if len(kept) == 1 else np.concatenate(kept)


def _most_numbers(centers: int, rules: Rules) -> int:
    samples = rules.k if rules.cbow else rules.k * 2 * rules.window
    return max(centers, 1) * (rules.dynamic + samples)


def _windows(
    number_N: np.ndarray,
    centers: int,
    rules: Rules,
    before: tuple[int, int],
    lists: tuple[list[int], list[int], list[int]],
) -> int:
    """Adds, for each center of a sentence, the place of its first sample's number, that of its first context, and how
    many contexts it has; returns how many numbers were used.

    Args:
      number_N: the numbers from the first window's on.
      centers: how many there are. Of a sentence without any word2vec.c draws a window nevertheless.
      rules: how.
      before: tokens and numbers that came before, from which places are counted.
      lists: what is added to.
    """
    first, low, count = lists
    window, k, dynamic, cbow = rules.window, rules.k, int(rules.dynamic), rules.cbow
    tokens, drawn = before
    reach_N = (number_N % np.uint64(window)).tolist() if dynamic else []
    at, last = 0, centers - 1
    for i in range(centers):
        reach = window - reach_N[at] if dynamic else window
        begin, end = max(i - reach, 0), min(i + reach, last)
        contexts = end - begin
        at += dynamic
        first.append(drawn + at)
        low.append(tokens + begin)
        count.append(contexts)
        at += k * (contexts if not cbow else contexts > 0)
    return at if centers else dynamic


def _examples(
    ids_T: np.ndarray, number_N: np.ndarray, found_3T: np.ndarray, rate_T: np.ndarray, rules: Rules
) -> Examples:
    """The examples of T centers, from what `_windows` has found of them."""
    first_T, low_T, count_T = found_3T
    center_P = np.repeat(np.arange(len(ids_T)), count_T)
    nth_P = np.arange(len(center_P)) - np.repeat(np.cumsum(count_T) - count_T, count_T)
    other_P = low_T[center_P] + nth_P
    other_P += other_P >= center_P
    k_K = np.arange(rules.k)
    if rules.cbow:
        row_P = np.cumsum(count_T > 0)[center_P] - 1
        has_T = np.flatnonzero(count_T > 0)
        inputs_PC = np.full((len(has_T), 2 * rules.window), rules.words, np.int32)
        inputs_PC[row_P, nth_P] = ids_T[other_P]
        predicted_P, number_PK = ids_T[has_T], number_N[first_T[has_T, None] + k_K]
        rate_P = rate_T[has_T]
    else:
        input_P, output_P = (other_P, center_P) if rules.context_is_input else (center_P, other_P)
        inputs_PC, predicted_P = ids_T[input_P, None], ids_T[output_P]
        number_PK = number_N[(first_T[center_P] + nth_P * rules.k)[:, None] + k_K]
        rate_P = rate_T[center_P]
    samples_PK = rules.samples(number_PK, predicted_P) if rules.k else np.zeros(number_PK.shape, np.int32)
    turn_PE = _turns(np.concatenate([predicted_P[:, None], samples_PK], axis=1), rules.words)
    numbers = np.array([len(predicted_P), len(ids_T)], np.int32)
    return Examples(inputs_PC, predicted_P, samples_PK, turn_PE, rate_P, numbers[0], numbers[1])


def _turns(target_PE: np.ndarray, words: int) -> np.ndarray:
    """[P, E] int16: 0, and one more from each target on that stands among those of the same turn before it.

    The targets of a turn are different, so that they may be updated together; what is no word has no equal.
    """
    turn_PE, first_P = np.zeros(target_PE.shape, np.int16), np.zeros(len(target_PE), np.int64)
    for e in range(1, target_PE.shape[1]):
        same_PE = (target_PE[:, :e] == target_PE[:, e, None]) & (np.arange(e) >= first_P[:, None])
        again_P = same_PE.any(axis=1) & (target_PE[:, e] != words)
        turn_PE[:, e] = turn_PE[:, e - 1] + again_P
        first_P[again_P] = e
    return turn_PE


def _padded(found: Examples, room: int, words: int) -> Examples:
    def filled(array, value):
        more = np.full((room - len(array), *array.shape[1:]), value, array.dtype)
        return np.concatenate([array, more])

    return Examples(
        filled(found.inputs_PC.astype(np.int32), words), filled(found.predicted_P.astype(np.int32), words),
        filled(found.samples_PK.astype(np.int32), words), filled(found.turn_PE, 0), filled(found.rate_P, 0),
        found.length, found.kept,
    )  # fmt: skip
