"""Phrases against word2phrase.c's output, a plain reading of it, gensim, and a plain search for given phrases."""

import json
import math
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jaxw2v.errors import InputError
from jaxw2v.settings.corpus import NormalizeSettings
from jaxw2v.text import bigrams, joined, phrase_list, phrases, sources, tokens
from jaxw2v.text.normalization import make_normalizer
from jaxw2v.text.phrases import Text
from tests.configs import section

GOLDEN = Path(__file__).parents[3] / "shared/golden"
ENGLISH = ["a", "an", "the", "for", "of", "with", "without", "at", "from", "to", "in", "on", "by", "and", "or"]


def word2phrase(lines: list[list[str]], threshold: float, min_count: int, across: bool) -> list[list[str]]:
    """One pass, as the C program: counts by spelling, of words and bigrams in one table; float32 scores."""
    count, total, last = Counter(), 0, None
    for line in lines:
        last = last if across else None
        for word in line:
            total += 1
            count[word] += 1
            if last is not None:
                count[f"{last}_{word}"] += 1
            last = word
    made = []
    for line in lines:
        out, last, pa = [], None, 0
        for word in line:
            pb, pab = count[word], count[f"{last}_{word}"] if last is not None else 0
            score = np.float32(0)
            if last is not None and min(pa, pb, pab, count[last]) >= min_count:
                score = np.float32(pab - min_count) / np.float32(pa) / np.float32(pb) * np.float32(total)
            if score > np.float32(threshold):
                out[-1] += f"_{word}"
                pb = 0  # this word begins no phrase
            else:
                out.append(word)
            pa, last = pb, word
        made.append(out)
    return made


def given_phrases(lines: list[list[str]], chosen: list[tuple[str, ...]]) -> list[list[str]]:
    made = []
    for line in lines:
        out, i = [], 0
        while i < len(line):
            lengths = [len(p) for p in chosen if tuple(line[i : i + len(p)]) == p]
            n = max(lengths, default=1)
            out.append("_".join(line[i : i + n]))
            i += n
        made.append(out)
    return made


def write(folder: Path, lines: list[list[str]]) -> Path:
    path = folder / "text.txt"
    path.write_text("".join(" ".join(line) + "\n" for line in lines))
    return path


def read(path: Path) -> list[list[str]]:
    return [line.split() for line in path.read_text().splitlines()]


def build(text: Path, cache: Path, say=lambda line: None, **changes) -> joined.Joined:
    chosen = {"method": "word2phrase", "thresholds": [1.0], "min_count": 1, "across_sentences": True}
    return joined.build([text], section("phrases", **chosen | changes), section("corpus"), cache=cache, say=say)


texts = st.lists(st.lists(st.sampled_from(["a", "b", "c", "d", "a_b", "b_c"]), min_size=1, max_size=12), min_size=1)


@pytest.mark.skipif(not GOLDEN.exists(), reason="the golden outputs of word2phrase are not here")
def test_the_output_of_the_c_program(tmp_path):
    made = build(GOLDEN / "corpus.txt", tmp_path, thresholds=[20.0], min_count=3)
    assert read(made.path) == [line.split() for line in (GOLDEN / "phrases.txt").read_text().splitlines()]


@settings(max_examples=60, deadline=None)
@given(texts, st.lists(st.sampled_from([0.0, 0.5, 1.0, 2.0]), min_size=1, max_size=3), st.integers(1, 2), st.booleans())
def test_passes_agree_with_a_plain_reading_of_the_c_program(tmp_path_factory, lines, thresholds, min_count, across):
    folder = tmp_path_factory.mktemp("phrases")
    expected = lines
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(phrases, "EVERYTHING", 2.0)
        for number, threshold in enumerate(thresholds, start=1):
            before, expected = expected, word2phrase(expected, threshold, min_count, across)
            if expected == before:  # at least one pass has nothing to join; ours may find pairs that a join consumed
                thresholds = thresholds[: number - 1]
                expected = before
                break
        if thresholds:
            made = build(
                write(folder, lines), folder / "cache",
                thresholds=thresholds, min_count=min_count, across_sentences=across,
            )  # fmt: skip
            assert read(made.path) == expected


def numbered(folder: Path, lines: list[list[str]]) -> Text:
    path = write(folder, lines)
    with (folder / "ids").open("wb") as file:
        words, count_V, *_ = tokens.write_ids(tokens.tokenized([sources.read_text(path)]), file)
    return Text(folder / "ids", words, count_V)


@settings(max_examples=40, deadline=None)
@given(texts, st.booleans(), st.integers(1, 9), st.sampled_from([[], ["c"], ["b", "c"]]))
def test_counts_and_joins_do_not_depend_on_the_piece(tmp_path_factory, lines, across, piece, connectors):
    folder = tmp_path_factory.mktemp("pieces")
    text = numbered(folder, lines)
    ids_N, gaps = np.fromfile(text.path, np.int32), bigrams.Gaps(text.words, connectors)
    keys = bigrams.Keys(~gaps.connector_V[:-1])
    whole = bigrams.count(ids_N, keys, gaps, across, 10**6)
    parts = bigrams.count(ids_N, keys, gaps, across, 10**6, piece)
    names = [
        {tuple(map(int, (a, *gaps.runs[g], b))): int(n) for a, g, b, n in zip(*keys.parts(found.key_P), found.count_P)}
        for found in (whole, parts)
    ]
    assert names[0] == names[1]
    assert whole.seen == parts.seen == sum(names[0].values())
    found = phrases.Found(
        keys, gaps, whole.key_P, [phrases.Phrase(f"p{i}", 1, 1.0, 1) for i in range(len(whole.key_P))], 0
    )
    if len(whole.key_P):
        once, often = (phrases.join(text, found, folder / name, n) for name, n in (("once", 10**6), ("often", piece)))
        assert once.path.read_bytes() == often.path.read_bytes()
        assert once.count_V.tolist() == often.count_V.tolist() == np.bincount(
            (ids := np.fromfile(once.path, np.int32))[ids >= 0], minlength=len(once.words)
        ).tolist()  # fmt: skip


def planted(seed: int) -> list[list[str]]:
    rng = np.random.default_rng(seed)
    words = [f"w{i}" for i in range(40)] + ["of", "the"]
    fixed = [["new", "york"], ["bank", "of", "the", "west"], ["lord", "of", "light"], ["w1", "w2"]]
    return [
        [
            word
            for _ in range(8)
            for word in (fixed[rng.integers(4)] if rng.random() < 0.3 else [str(rng.choice(words))])
        ]
        for _ in range(400)
    ]


@pytest.mark.parametrize(
    ("threshold", "connectors", "joiner"), [(0.4, ENGLISH, "_"), (0.1, [], "~"), (0.3, ["of"], "_")]
)
def test_npmi_as_gensim(tmp_path, threshold, connectors, joiner):
    gensim_phrases = pytest.importorskip("gensim.models.phrases", reason="the gensim extra is not installed")
    lines = planted(3)
    first = gensim_phrases.Phrases(
        lines, min_count=4, threshold=threshold, scoring="npmi", delimiter=joiner, connector_words=frozenset(connectors)
    )
    once = [first[line] for line in lines]
    second = gensim_phrases.Phrases(
        once, min_count=4, threshold=threshold, scoring="npmi", delimiter=joiner, connector_words=frozenset(connectors)
    )
    same = {
        "method": "npmi", "min_count": 4, "connectors": connectors, "joiner": joiner, "across_sentences": False,
    }  # fmt: skip
    one = build(write(tmp_path, lines), tmp_path / "cache", thresholds=[threshold], **same)
    assert read(one.path) == once
    assert once != lines
    table = [line.split("\t") for line in one.table.read_text().splitlines()[1:]]
    assert {row[0]: float(row[2]) for row in table} == pytest.approx(first.export_phrases(), rel=1e-5)
    if (twice := [second[line] for line in once]) != once:
        two = build(write(tmp_path, lines), tmp_path / "cache", thresholds=[threshold] * 2, **same)
        assert read(two.path) == twice


def test_npmi_by_hand():
    score = phrases.npmi_score(np.array([4]), np.array([8]), np.array([16]), 64, 1)
    assert score[0] == pytest.approx(math.log((4 / 64) / (8 / 64 * 16 / 64)) / -math.log(4 / 64))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(st.sampled_from("abcd"), min_size=1, max_size=12), min_size=1),
    st.lists(st.lists(st.sampled_from("abcdx"), min_size=2, max_size=4).map(tuple), min_size=1, max_size=6),
    st.integers(1, 9),
)
def test_given_phrases_agree_with_a_plain_search(tmp_path_factory, lines, chosen, piece):
    folder = tmp_path_factory.mktemp("list")
    text, expected = numbered(folder, lines), given_phrases(lines, chosen)
    if expected == lines:
        with pytest.raises(InputError, match="none of its"):
            phrase_list.join(text, chosen, "_", folder / "joined", piece)
        return
    made, found = phrase_list.join(text, chosen, "_", folder / "joined", piece)
    ids = np.fromfile(made.path, np.int32).tolist()
    written = " ".join("\n" if i < 0 else made.words[i] for i in ids).split("\n")
    assert [line.split() for line in written if line.strip()] == expected
    joins = Counter(word for line in expected for word in line if "_" in word)
    assert {phrase.words: phrase.count for phrase in found} == joins


def test_a_list_of_titles_takes_the_form_of_the_text(tmp_path):
    titles = tmp_path / "titles.tsv"
    titles.write_text("7\tNew York\n8\tParis\n9\tNew York City (song)\n9\tNew York\n")
    form = NormalizeSettings(nfc=True, lower=True, word_pattern=r"[\w']+")
    assert phrase_list.load(titles, make_normalizer(form)) == [("new", "york"), ("new", "york", "city", "song")]
    text = write(tmp_path, [["in", "new", "york", "city"], ["new"], ["york"]])
    made = build(text, tmp_path / "cache", method="list", path=str(titles), normalize=form)
    assert read(made.path) == [["in", "new_york", "city"], ["new"], ["york"]]


def test_memory_is_bounded_by_dropping_the_rarest(tmp_path):
    lines, said = planted(1), []
    text = numbered(tmp_path, lines)
    ids_N, gaps = np.fromfile(text.path, np.int32), bigrams.Gaps(text.words, [])
    keys = bigrams.Keys(np.ones(len(text.words), bool))
    exact = bigrams.count(ids_N, keys, gaps, False, 10**6)
    few = bigrams.count(ids_N, keys, gaps, False, 100, piece=500)
    assert len(few.key_P) <= 100 < len(exact.key_P)
    assert few.pruned >= 1
    true = dict(zip(exact.key_P.tolist(), exact.count_P.tolist()))
    rounds = -(-len(ids_N) // 500)
    for key, n in zip(few.key_P.tolist(), few.count_P.tolist()):
        assert true[key] - few.pruned * rounds <= n <= true[key]
    build(
        write(tmp_path, lines), tmp_path / "cache", said.append,
        method="npmi", thresholds=[0.3], min_count=4, max_pairs=1000, across_sentences=False,
    )  # fmt: skip
    assert any("phrases.max_pairs=1,000" in line for line in said)


def test_the_cache_is_used_and_a_damaged_entry_made_again(tmp_path, monkeypatch):
    path, cache = write(tmp_path, planted(2)), tmp_path / "cache"
    how = {"thresholds": [5.0], "min_count": 4}
    first = build(path, cache, **how)
    text, table = first.path.read_bytes(), first.table.read_bytes()
    assert json.loads(first.path.with_suffix(".json").read_text())["phrases"] == first.record["phrases"]
    first.path.write_bytes(b"damaged")
    again = build(path, cache, **how)
    assert again == first
    assert (again.path.read_bytes(), again.table.read_bytes()) == (text, table)
    monkeypatch.setattr(phrases, "find", None)
    assert build(path, cache, **how) == first
    assert len(list(cache.iterdir())) == 3
    with pytest.raises(TypeError):  # another setting is another text
        build(path, cache, **how | {"joiner": "~"})
    assert len(list(cache.iterdir())) == 3


def test_mistakes(tmp_path):
    path, cache = write(tmp_path, planted(2)), tmp_path / "cache"
    with pytest.raises(InputError, match=r"thresholds: 1e\+09 in pass 1 joins nothing: the highest score is \d"):
        build(path, cache, thresholds=[1e9], min_count=4)
    with pytest.raises(InputError, match="no two words meet 100000 times"):
        build(path, cache, min_count=100_000)
    with pytest.raises(InputError, match=r"thresholds: 0 in pass 1 joins everything, .*% of neighbors; raise it"):
        build(path, cache, thresholds=[0.0])
    with pytest.raises(InputError, match="gone: cannot be opened"):
        build(path, cache, method="list", path=str(tmp_path / "gone"))
    (tmp_path / "single").write_text("Paris\n\nRome\n")
    with pytest.raises(InputError, match=r"phrases\.path=.*no phrase of two"):
        build(path, cache, method="list", path=str(tmp_path / "single"))
    with pytest.raises(InputError, match=r"gone\.txt"):
        build(tmp_path / "gone.txt", cache)
    with pytest.raises(InputError, match="cache="):
        build(path, path / "no folder", thresholds=[5.0], min_count=4)
    assert not cache.exists() or list(cache.iterdir()) == []
