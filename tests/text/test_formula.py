"""The slow score by hand, and beside it the phrases that the other finds."""

import numpy as np
import pytest

from jaxw2v.text import formula, joined
from tests.configs import section

TEXT = "new york is new\nnew york was a big city\nyork is big\nnew york\n"


def test_by_hand(tmp_path):
    (tmp_path / "t.txt").write_text(TEXT)
    found = formula.scores(tmp_path / "t.txt", 2, "_", False)
    # 15 words, new 4 times, york 4, is 2; "new york" 3 times, "york is" twice
    assert found == {"new_york": pytest.approx((3 - 2) / (4 * 4) * 15), "york_is": 0}
    across = formula.scores(tmp_path / "t.txt", 1, "_", True)
    assert across["new_new"] == pytest.approx(0)  # the last word of a line and the first of the next
    assert "new_new" not in formula.scores(tmp_path / "t.txt", 1, "_", False)


@pytest.mark.parametrize("across", [False, True])
@pytest.mark.parametrize("threshold", [2, 5, 10])
def test_phrases_are_what_scores_above_the_threshold(tmp_path, across, threshold):
    rng = np.random.default_rng(4)
    words = np.array([f"w{i}" for i in range(30)])
    chosen = words[rng.choice(30, (400, 7), p=1 / np.arange(1, 31) / (1 / np.arange(1, 31)).sum())]
    chosen[::4, 3:5] = ["w25", "w26"]
    path = tmp_path / "t.txt"
    path.write_text("".join(" ".join(line) + "\n" for line in chosen))
    rules = section(
        "phrases", method="word2phrase", thresholds=[threshold], min_count=3, across_sentences=across, connectors=[]
    )
    made = joined.build([path], rules, section("corpus"), cache=tmp_path / "cache", say=lambda line: None)
    table = joined.read_table(made.table)
    found = formula.scores(path, 3, "_", across)
    assert "w25_w26" in [phrase.words for phrase in table]
    assert {phrase.words for phrase in table} == {pair for pair, score in found.items() if score > threshold}
    for phrase in table:
        assert phrase.score == pytest.approx(found[phrase.words], rel=1e-5)
        assert (phrase.count, phrase.number) >= (3, 1)


def test_phrases_are_ranked_by_score_and_spread_from_first_to_last():
    ranked = formula.ranked({"a_b": 1.0, "d_e": 3.0, "c_d": 3.0, "e_f": -2.0, "f_g": 0.5})
    assert [name for name, _ in ranked] == ["c_d", "d_e", "a_b", "f_g", "e_f"]
    assert formula.spread(ranked, 3) == [ranked[0], ranked[2], ranked[4]]
    assert formula.spread(ranked, 5) == formula.spread(ranked, 9) == ranked
