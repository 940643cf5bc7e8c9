import pytest

from jaxw2v.vectors.unanswered import reason

WORDS = ["caf\u00e9", "the", "cat", "new_york", "dog"]


@pytest.mark.parametrize(
    ("asked", "case", "says"),
    [
        ([("Hund", "Katze")], "lower", "of the same language"),
        ([("\u732b", "\u72ac")], "lower", "different scripts"),
        ([("THE", "CAT")], "exact", "use case=lower"),
        ([("new york", "city")], "lower", "which the vectors write as _"),
        ([("cat", "cow"), ("dog", "ox")], "lower", "2 of their 4 words are known, such as cat"),
        ([("the-d", "cat-n")], "lower", "tags behind words"),
        ([('"the"', "(cat")], "lower", "marks around words"),
        ([("\u201cthe\u201d", "\u2018cat\u2019")], "lower", "marks around words"),
        ([("the\u200b", "c\u00adat")], "lower", "invisible characters in words"),
        ([("cafe\u0301", "ox")], "exact", "another form of Unicode"),
    ],
)
def test_the_likely_reason_is_named(asked, case, says):
    found = reason(WORDS, asked, case)
    assert says in found
    assert "\n" not in found


def test_a_vocabulary_that_is_cut_too_short():
    assert "raise restrict_vocab=1" in reason(WORDS, [("cat", "dog", "the", "new_york")], "lower", 1)
