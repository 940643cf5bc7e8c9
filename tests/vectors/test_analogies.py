import numpy as np
import pytest

from jaxw2v.errors import InputError
from jaxw2v.vectors import analogies, question_files
from jaxw2v.vectors.analogies import METHODS, Questions, evaluate
from jaxw2v.vectors.table import Table

V, D, Q = 29, 3, 200


@pytest.fixture
def table():
    return Table([f"w{row}" for row in range(V)], np.random.default_rng(7).normal(size=(V, D)).astype(np.float32))


@pytest.fixture
def questions():
    rng = np.random.default_rng(8)
    rows = rng.integers(0, V + 1, (Q, 4))  # w29 is unknown
    rows[:, 3] = np.where(rng.random(Q) < 0.5, rng.integers(0, 8, Q), rows[:, 3])
    return Questions(["one", "two"], [tuple(f"w{row}" for row in four) for four in rows], np.arange(Q) % 2)


def test_word_pairs_have_one_number_in_their_section():
    words = [("a", "b", "c", "d"), ("c", "d", "a", "b"), ("a", "b", "e", "d"), ("a", "b", "c", "d")]
    found = analogies.word_pairs(Questions(["one", "two"], words, np.array([0, 0, 0, 1])))
    assert found.tolist() == [[0, 0, 1], [0, 1, 0], [0, 0, 2], [1, 3, 4]]
    assert found.dtype == np.int32


def answer(table, question, method, vocabulary):
    """One question by the papers' formulas, word by word in float64; None: it cannot be answered."""
    words = table.words[:vocabulary]
    if not set(question) <= set(words):
        return None
    unit = {word: vector / np.linalg.norm(vector) for word, vector in zip(words, table.vectors_VD.astype(np.float64))}
    a, b, c, _ = (unit[word] for word in question)
    best, winner = -np.inf, ""
    for word in words:
        if word in question[:3]:
            continue
        near_a, near_b, near_c = (unit[word] @ other for other in (a, b, c))
        if method == "3cosadd":
            value = near_b - near_a + near_c
        else:
            value = (near_b + 1) / 2 * (near_c + 1) / 2 / ((near_a + 1) / 2 + 0.001)
        if value > best:
            best, winner = value, word
    return winner


def solvable(table, questions, method, vocabulary, every=2):
    """The same questions, every second one with the oracle's own answer as the expected word."""
    words = list(questions.words)
    for at in range(0, len(words), every):
        guess = answer(table, (*words[at][:3], "w0"), method, vocabulary)
        if guess:
            words[at] = (*words[at][:3], guess)
    return questions._replace(words=words)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("vocabulary", [None, 17, 1000])
@pytest.mark.parametrize("oov", ["skip", "wrong"])
def test_the_scores_are_the_oracles(table, questions, method, vocabulary, oov, monkeypatch):
    monkeypatch.setattr(analogies, "_BATCH", 7 * V)  # several batches
    questions = solvable(table, questions, method, vocabulary)
    found = evaluate(table, questions, method, vocabulary, "exact", oov)
    answers = [answer(table, question, method, vocabulary) for question in questions.words]
    for name, part in (("one", slice(0, None, 2)), ("two", slice(1, None, 2)), (None, slice(None))):
        pairs = [(given, question[3]) for given, question in zip(answers[part], questions.words[part])]
        right = sum(given == expected for given, expected in pairs)
        answered = sum(given is not None for given, _ in pairs)
        score = found.total if name is None else found.sections[name]
        assert 0 < answered < len(pairs)
        assert score == (right / (answered if oov == "skip" else len(pairs)), answered, len(pairs))
    assert 0.1 < found.sections["one"].value > found.sections["two"].value


def test_the_methods_differ(table, questions):
    add, mul = (
        evaluate(table, solvable(table, questions, METHODS[0], None), m, None, "exact", "skip") for m in METHODS
    )
    assert add.total.value != mul.total.value


@pytest.mark.parametrize("oov", ["skip", "wrong"])
@pytest.mark.parametrize("vocabulary", [17, V])
def test_gensim_gives_the_same_accuracies(table, questions, tmp_path, oov, vocabulary):
    models = pytest.importorskip("gensim.models")
    theirs = models.KeyedVectors(D)
    theirs.add_vectors(table.words, table.vectors_VD)
    questions = solvable(table, questions, "3cosadd", vocabulary)
    path = tmp_path / "questions.txt"
    lines = [
        f": {'one' if at == 0 else 'two'}\n" * (at in (0, 90)) + " ".join(q) for at, q in enumerate(questions.words)
    ]
    path.write_text("\n".join(lines) + "\n")
    total, sections = theirs.evaluate_word_analogies(path, vocabulary, dummy4unknown=oov == "wrong")
    found = evaluate(table, question_files.load(path), "3cosadd", vocabulary, "upper", oov)
    assert found.total.value == pytest.approx(total, abs=1e-12)
    for section in sections[:-1]:
        right, wrong = len(section["correct"]), len(section["incorrect"])
        score = found.sections[section["section"]]
        assert score.value == pytest.approx(right / (right + wrong), abs=1e-12)
        assert (score.answered if oov == "skip" else score.asked) == right + wrong


def test_case_folds_both_sides_and_the_first_word_stands(table, questions):
    plain = evaluate(table, questions, "3cosadd", None, "lower", "skip")
    mixed = Table([*(word.upper() for word in table.words), "w0"], np.vstack([table.vectors_VD, np.ones((1, D))]))
    for case in ("lower", "upper"):
        folded = evaluate(mixed, questions, "3cosadd", None, case, "skip")
        assert (folded.total, folded.sections) == (plain.total, plain.sections)
        np.testing.assert_array_equal(folded.right_Q, plain.right_Q)
    assert plain.total.value == (plain.right_Q == 1).sum() / (plain.right_Q >= 0).sum()
    assert evaluate(mixed, questions, "3cosadd", None, "exact", "skip").total == (None, 0, Q)


@pytest.mark.parametrize("method", METHODS)
def test_the_words_of_the_question_are_never_the_answer(method):
    table = Table(["a", "b", "c", "d"], np.array([[1, 0], [1, 0.1], [1, 0.2], [-1, 0]], np.float32))
    questions = Questions(["s"], [("a", "b", "c", "d"), ("a", "b", "a", "b")], np.zeros(2, int))
    assert evaluate(table, questions, method, None, "exact", "skip").total == (0.5, 2, 2)


def test_nothing_answered_is_none_when_dropped_and_zero_when_wrong(table):
    questions = Questions(["s"], [("p", "q", "r", "s")], np.zeros(1, int))
    assert evaluate(table, questions, "3cosadd", None, "lower", "skip").total == (None, 0, 1)
    assert evaluate(table, questions, "3cosadd", None, "lower", "wrong").total == (0, 0, 1)


def test_googles_format(tmp_path):
    path = tmp_path / "some.txt"
    path.write_text("i j k l\n: capital cities\r\na b c d\n\n: family\ne f g h\n: capital cities\nm n o p\n")
    questions = question_files.load(path)
    assert questions.sections == ["some", "capital cities", "family"]
    assert questions.words == [tuple("ijkl"), tuple("abcd"), tuple("efgh"), tuple("mnop")]
    assert questions.section_Q.tolist() == [0, 1, 2, 1]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b": s\na b c d\na b c\n", "line 3"),
        (b": s\na b c d e\n", "line 2"),
        (b": s\na b c d\n:\n", "line 3"),
        (b": s\n", "no question"),
        (b"", "no question"),
        (b": s\n\xff b c d\n", "byte 4 is not UTF-8"),
    ],
)
def test_a_broken_file_names_the_line(tmp_path, data, says):
    path = tmp_path / "questions.txt"
    path.write_bytes(data)
    with pytest.raises(InputError, match=says) as caught:
        question_files.load(path)
    assert str(path) in str(caught.value)


def test_no_file_and_settings_that_are_none(table, questions, tmp_path):
    with pytest.raises(InputError, match=r"absent.*a file of analogies"):
        question_files.load(tmp_path / "absent")
    for arguments, key in (
        (("cosine", None, "lower", "skip"), "eval.methods=cosine"),
        (("3cosadd", 3, "lower", "skip"), "eval.restrict_vocab=3"),
        (("3cosadd", None, "title", "skip"), "eval.case=title"),
        (("3cosadd", None, "lower", "zero"), "eval.oov=zero"),
    ):
        with pytest.raises(InputError, match=key):
            evaluate(table, questions, *arguments)
