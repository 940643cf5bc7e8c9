"""How often the intervals of a report's comparisons cover the truth, by simulation.

python -m tests.study.coverage

prints the table of docs/statistics.md: 2,000 studies of each kind, a few minutes. In a study two configurations answer
the same questions with a few seeds each. The truth is the difference of their expected scores over all questions of
such a kind, not over those that were asked.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import scipy.stats

from jaxw2v.study import statistics
from jaxw2v.study.questions import QuestionSpread, by_resampling, by_word_pairs, spearmans

MEANS = np.array([0.0, 0.3])  # of what decides whether a configuration is right


class Study(NamedTuple):
    """The predictions of two configurations with G seeds for Q questions, and the difference that is true.

    Attributes:
      predicted_2GQ: 1 right, 0 wrong; or cosines.
      truth: expected score of the first configuration minus that of the second.
      pairs_Q3: of analogies.
      human_Q: of word pairs.
    """

    predicted_2GQ: np.ndarray
    truth: float
    pairs_Q3: np.ndarray | None = None
    human_Q: np.ndarray | None = None


class Analogies(NamedTuple):
    """Sections of which every word pair is asked with every other one, as in Google's.

    Attributes:
      sections, pairs, seeds: how many; pairs of each section.
      shared, own, question, noise: standard deviations of how easy a word pair is for both configurations, how easy for
        one of them, how easy a question is for both, and of what differs by seed and question.
      seed: of what is common to all questions of a run.
    """

    sections: int
    pairs: int
    seeds: int
    shared: float
    own: float
    question: float
    noise: float
    seed: float = 0.0

    def draw(self, rng: np.random.Generator) -> Study:
        p, q = (~np.eye(self.pairs, dtype=bool)).nonzero()
        parts, rows = [], []
        run = self.seed * rng.normal(size=(2, self.seeds, 1))
        for section in range(self.sections):
            easy, own = self.shared * rng.normal(size=(2, self.pairs)), self.own * rng.normal(size=(2, 2, self.pairs))
            both = easy[0][p] + easy[1][q] + self.question * rng.normal(size=len(p))
            of_one = MEANS[:, None] + both + own[:, 0, p] + own[:, 1, q]
            parts.append(of_one[:, None] + run + self.noise * rng.normal(size=(2, self.seeds, len(p))) > 0)
            rows.append(np.stack([np.full(len(p), section), p + section * self.pairs, q + section * self.pairs], 1))
        scale = np.sqrt(2 * self.shared**2 + 2 * self.own**2 + self.question**2 + self.noise**2 + self.seed**2)
        chance = scipy.stats.norm.cdf(MEANS / scale)
        return Study(np.concatenate(parts, 2).astype(float), chance[0] - chance[1], np.concatenate(rows))


class Similarities(NamedTuple):
    """Word pairs with human judgments; cosines follow them with what is peculiar to words, pairs and runs.

    Attributes:
      questions, words, seeds: how many.
      word, pair, own, noise: standard deviations of what is peculiar to a word and to a word pair for both
        configurations, to a word pair for one of them, and of what differs by seed and word pair.
    """

    questions: int
    words: int
    seeds: int
    word: float
    pair: float
    own: float
    noise: float

    def draw(self, rng: np.random.Generator) -> Study:
        human_Q, of_word = rng.normal(size=self.questions), self.word * rng.normal(size=self.words)
        a, b = rng.integers(0, self.words, (2, self.questions))
        both = of_word[a] + of_word[b] + self.pair * rng.normal(size=self.questions)
        weight = np.array([1.0, 1.5])
        cosines = weight[:, None] * human_Q + both + self.own * rng.normal(size=(2, self.questions))
        cosines = cosines[:, None] + self.noise * rng.normal(size=(2, self.seeds, self.questions))
        rest = 2 * self.word**2 + self.pair**2 + self.own**2 + self.noise**2
        spearman = 6 / np.pi * np.arcsin(weight / np.sqrt(weight**2 + rest) / 2)  # of normal variables
        return Study(cosines, spearman[0] - spearman[1], human_Q=human_Q)


def independent(right_RQ: np.ndarray) -> QuestionSpread:
    """The spread as if no question shared anything with another one, as a bootstrap over questions has it."""
    each = np.arange(right_RQ.shape[1])
    return by_word_pairs(right_RQ, np.stack([0 * each, 2 * each, 2 * each + 1], axis=1))


def compare(study: Study, clusters: bool = True, resamples: int = 300) -> statistics.Comparison:
    """The comparison as a report makes it; or without clusters."""
    g = study.predicted_2GQ.shape[1]
    rows_RQ = study.predicted_2GQ.reshape(2 * g, -1)
    if study.human_Q is not None:
        spread = by_resampling(rows_RQ, study.human_Q, resamples, seed=0)
        score_R = spearmans(rows_RQ, study.human_Q)(np.ones((1, rows_RQ.shape[1]), int))[0]
    else:
        spread = by_word_pairs(rows_RQ, study.pairs_Q3) if clusters else independent(rows_RQ)
        score_R = rows_RQ.mean(axis=1)
    difference = spread._replace(rows_RX=spread.rows_RX[:g] - spread.rows_RX[g:])
    return statistics.compare(score_R[:g], score_R[g:], difference)


def covered(
    draw: Callable[[np.random.Generator], Study], studies: int, seed: int, clusters: bool = True, resamples: int = 300
) -> float:
    """The fraction of studies whose interval has the truth in it."""
    rng, inside = np.random.default_rng(seed), 0
    for _ in range(studies):
        study = draw(rng)
        found = compare(study, clusters, resamples)
        inside += found.low <= study.truth <= found.high
    return inside / studies


KINDS = {
    "14 sections of 23 word pairs; pairs matter much, also to one configuration alone": Analogies(
        14, 23, 3, shared=1, own=0.5, question=0.5, noise=0.5
    ),
    "the same; pairs matter little to one configuration alone": Analogies(
        14, 23, 3, shared=1, own=0.1, question=0.5, noise=0.5
    ),
    "the same, and runs differ as a whole": Analogies(14, 23, 3, shared=1, own=0.3, question=0.5, noise=0.5, seed=0.05),
    "3 sections of 40 word pairs, 5 seeds": Analogies(3, 40, 5, shared=1, own=0.5, question=0.5, noise=0.5),
    "353 word pairs, of 437 words": Similarities(353, 437, 3, word=0.5, pair=0.5, own=0.5, noise=0.3),
    "999 word pairs, of 1,028 words": Similarities(999, 1028, 3, word=0.5, pair=0.5, own=0.5, noise=0.3),
    "353 word pairs, 5 seeds, runs differ more than configurations": Similarities(
        353, 437, 5, word=0.3, pair=0.5, own=0.1, noise=1
    ),
}


def main(studies: int = 2000) -> None:
    print("| questions | independent | as a report has it |\n|---|---|---|")
    for name, kind in KINDS.items():
        before = f"{covered(kind.draw, studies, 1, clusters=False):.1%}" if isinstance(kind, Analogies) else ""
        print(f"| {name} | {before} | {covered(kind.draw, studies, 1):.1%} |", flush=True)


if __name__ == "__main__":
    main()
