"""What word2vec.c draws, one number after another: its loop again, slow and without any arithmetic on rows."""

import math
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

HERE = Path(__file__).parent
CORPUS, VOCABULARY = HERE / "corpus.txt", HERE / "vocab.txt"
f32 = np.float32


class Example(NamedTuple):
    """Input words, the word that is predicted, its negative samples but for those skipped, the learning rate."""

    inputs: list[int]
    predicted: int
    samples: list[int]
    rate: np.float32


def read_words(path: Path) -> Iterator[str]:
    """ReadWord: words, and </s> for each newline."""
    for line in path.read_text().splitlines():
        yield from line.split()
        yield "</s>"


def vocabulary(path: Path, min_count: int) -> dict[str, int]:
    """LearnVocabFromTrainFile and SortVocab, where qsort keeps the order of equal counts."""
    counts = {"</s>": 0} | Counter(read_words(path))
    rest = sorted(((w, c) for w, c in counts.items() if w != "</s>" and c >= min_count), key=lambda each: -each[1])
    return {"</s>": counts["</s>"], **dict(rest)}


def step(number: int) -> int:
    return (number * 25214903917 + 11) % 2**64


def table(counts: list[int], size: int) -> list[int]:
    """InitUnigramTable; its size is 1e8 in the program."""
    powers = [math.pow(count, 0.75) for count in counts]
    total = 0.0
    for power in powers:
        total += power
    found, i, d1 = [], 0, powers[0] / total
    for a in range(size):
        found.append(i)
        if a / size > d1:
            i += 1
            d1 += powers[min(i, len(powers) - 1)] / total
        i = min(i, len(powers) - 1)
    return found


def train(
    path: Path, counts: dict[str, int], slots, *, window=5, sample=1e-3, negative=5, cbow=False, alpha=0.025, epochs=2
) -> Iterator[Example]:
    """TrainModelThread: the examples of one thread. `slots` looks a slot of the noise table up."""
    index, cn = {word: i for i, word in enumerate(counts)}, list(counts.values())
    train_words, starting_alpha, rate = sum(cn), f32(alpha), f32(alpha)
    random = word_count = last_word_count = word_count_actual = 0
    for _ in range(epochs):
        words, at_end = read_words(path), False
        while True:
            if word_count - last_word_count > 10000:
                word_count_actual += word_count - last_word_count
                last_word_count = word_count
                rate = starting_alpha * (f32(1) - f32(word_count_actual) / f32(epochs * train_words + 1))
                if float(rate) < float(starting_alpha) * 0.0001:
                    rate = f32(float(starting_alpha) * 0.0001)
            sentence = []
            for text in words:
                if (word := index.get(text, -1)) == -1:
                    continue
                word_count += 1
                if word == 0:
                    break
                if sample > 0:
                    level = f32(f32(sample) * f32(train_words))
                    ran = f32((math.sqrt(f32(f32(cn[word]) / level)) + 1) * float(level) / cn[word])
                    random = step(random)
                    if ran < f32(random & 0xFFFF) / f32(65536):
                        continue
                sentence.append(word)
                if len(sentence) >= 1000:
                    break
            else:
                at_end = True
            if at_end:
                word_count_actual += word_count - last_word_count
                word_count = last_word_count = 0
                break
            for position in range(max(len(sentence), 1)):
                if position and word_count - last_word_count > 10000:
                    word_count_actual += word_count - last_word_count
                    last_word_count = word_count
                    rate = starting_alpha * (f32(1) - f32(word_count_actual) / f32(epochs * train_words + 1))
                    if float(rate) < float(starting_alpha) * 0.0001:
                        rate = f32(float(starting_alpha) * 0.0001)
                random = step(random)
                b = random % window
                contexts = []
                for a in range(b, window * 2 + 1 - b):
                    c = position - window + a
                    if a != window and 0 <= c < len(sentence):
                        contexts.append(sentence[c])
                for inputs in [contexts] if cbow and contexts else [] if cbow else [[word] for word in contexts]:
                    center, samples = sentence[position], []
                    for _ in range(negative):
                        random = step(random)
                        target = slots((random >> 16) % 10**8)
                        if target == 0:
                            target = random % (len(cn) - 1) + 1
                        if target != center:
                            samples.append(target)
                    yield Example(inputs, center, samples, rate)
