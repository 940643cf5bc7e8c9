"""The halves of a test set: each question is in one, whatever file asks it and in whatever case."""

import numpy as np
import pytest

from jaxw2v.errors import InputError
from jaxw2v.runs import evaluation
from jaxw2v.vectors.analogies import Questions
from jaxw2v.vectors.halves import HALVES, half
from jaxw2v.vectors.similarity import WordPairs
from tests.configs import section


def test_word_pairs_in_either_order_are_in_one_half():
    words = [(f"A{number}", f"b{number}") for number in range(40)]
    pairs = WordPairs(words + [(b, a.lower()) for a, b in words], np.arange(80.0))
    halves = [half("pairs", pairs, which, "") for which in HALVES]
    assert sorted(number for each in halves for number in each.human_Q) == list(range(80))
    for each in halves:
        assert [pairs.words[int(number)] for number in each.human_Q] == each.words
        assert len(each.words) > 20
        assert {number % 40 for number in each.human_Q[each.human_Q >= 40]} == set(each.human_Q[each.human_Q < 40])
    assert half("pairs", pairs, None, "") is pairs


def test_analogies_keep_their_sections_and_other_answers():
    many = [("a", "b", "c", f"d{number}") for number in range(40)]
    questions = Questions(["s", "t"], many, np.arange(40) % 2, [(word[3],) for word in many])
    halves = [half("questions", questions, which, "") for which in HALVES]
    assert sorted(halves[0].words + halves[1].words) == sorted(many)
    for each in halves:
        assert [(word[3],) for word in each.words] == each.also
        assert [int(word[3][1:]) % 2 for word in each.words] == each.section_Q.tolist()


def test_the_split_is_fixed_for_all_times():
    """Published figures are of these questions."""
    text = "tiger cat, book paper, king queen, old new, smart dumb, hot cold, sun moon, car bus"
    words = [(one, other) for one, other in map(str.split, text.split(", "))]
    found = [half("pairs", WordPairs(words, np.arange(8.0)), which, "").words for which in HALVES]
    pinned = ["book paper", "car bus"]
    assert [" ".join(pair) for pair in found[0]] == pinned
    assert [" ".join(pair) for pair in found[1]] == [pair for pair in text.split(", ") if pair not in pinned]


def test_a_run_is_scored_on_the_half_of_its_settings(tmp_path):
    pairs = "".join(f"a{number}\tb{number}\t{number}\n" for number in range(30))
    questions = "".join(f"a{number} b{number} c d\n" for number in range(30))
    (tmp_path / "pairs.tsv").write_text(pairs)
    (tmp_path / "questions.txt").write_text(questions)
    paths = {"similarity": [str(tmp_path / "pairs.tsv")], "analogies": [str(tmp_path / "questions.txt")]}
    found = [evaluation.read_test_sets(section("eval", half=which, **paths)) for which in (*HALVES, None)]
    for name in ("pairs", "questions"):
        tuning, reporting, every = (set(test_sets[name].words) for test_sets in found)
        assert tuning | reporting == every
        assert not tuning & reporting
        assert min(len(tuning), len(reporting)) > 5


def test_too_few_questions():
    three = WordPairs([("a", "b"), ("c", "d"), ("e", "f")], np.arange(3.0))
    with pytest.raises(InputError, match="few: 3 questions are too few to split in halves; do this"):
        half("few", three, "tuning", "do this")
