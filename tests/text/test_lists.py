"""Phrase lists of others, passes that join nothing, and white space and broken letters in texts and pairs."""

import gzip
import json

import pytest

from jaxw2v.errors import InputError
from jaxw2v.files.lines import Rules
from jaxw2v.settings.corpus import NormalizeSettings
from jaxw2v.text import corpus, joined, pairs, phrase_list, sources
from jaxw2v.text.normalization import AS_IT_IS, Normalizer, make_normalizer
from tests.configs import section, settings

PLAIN = NormalizeSettings(lower=False, nfc=False, word_pattern=None)
T = "the cat sat on a mat by dog\n"


def titles(folder, content, rules=Rules(), normalizer=AS_IT_IS, name="titles.txt"):  # noqa: B008
    path, said = folder / name, []
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    found = phrase_list.load(path, normalizer, rules, said.append)
    return [" ".join(phrase) for phrase in found], [line.removeprefix(f"phrases.path={path}: ") for line in said]


@pytest.mark.parametrize(
    "content",
    [
        "\ufeffnew york\r\nlos angeles\r\n\r\n",
        "new york\n\n \t\n  los   angeles  \n",
        '"new york"\n"los angeles"\n',
        '"new york",120\n"los angeles",7\n',
        "1\tnew york\n2\tlos angeles\n",
        "new york\t120\nlos angeles\t7\n",
        "new york\t\nlos angeles\t\n",
        "new york\rlos angeles\r",
    ],
)
def test_lists_of_others(tmp_path, content):
    assert titles(tmp_path, content) == (["new york", "los angeles"], [])


def test_what_is_passed_over_is_said(tmp_path):
    content = b"new york\nParis\ncaf\xc3 noir\n\nRome\n"
    with pytest.raises(InputError, match=r"line 3: byte 18 is not UTF-8; .* or set corpus\.invalid_utf8=replace"):
        titles(tmp_path, content, Rules(setting="corpus.invalid_utf8"))
    assert titles(tmp_path, content, Rules("ascii", "skip")) == (
        ["new york"],
        ["1 phrases; lines passed over: 2 of one word, 1 not UTF-8"],
    )
    assert titles(tmp_path, content, Rules("ascii", "replace"))[0] == ["new york", "caf\ufffd noir"]
    with pytest.raises(InputError, match=r"no phrase of two or more words \(lines: 2 of one word\)"):
        titles(tmp_path, "Paris\nRome\n")


def test_quotes_that_belong_to_a_title_stay(tmp_path):
    content = '"Weird Al" Yankovic\n"Heroes" and "Villains"\nParis, Texas\n'
    assert titles(tmp_path, content)[0] == content.splitlines()


def test_white_space_and_compression(tmp_path):
    content = "new\u00a0york city\nsan\u00a0jose\n"
    assert titles(tmp_path, content)[0] == ["new\u00a0york city"]
    assert titles(tmp_path, content, Rules("unicode"))[0] == ["new york city", "san jose"]
    assert titles(tmp_path, gzip.compress(b"new york\n"), name="t.gz")[0] == ["new york"]
    with pytest.raises(InputError, match="a zip archive"):
        titles(tmp_path, b"PK\x03\x04")


def build(folder, text, said, corpus_settings=None, **changes):
    path = folder / "text.txt"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    phrases = section("phrases", **{"method": "word2phrase", "min_count": 2, "normalize": PLAIN, **changes})
    return joined.build([path], phrases, corpus_settings or section("corpus"), cache=folder / "cache", say=said.append)


def test_a_pass_that_joins_nothing_leaves_the_ones_before(tmp_path):
    text, said = ("new york is big\n" + "a b\nc d\ne f\nb a\nd c\n" * 3 + "big new york\n") * 20, []
    only = build(tmp_path, text, [], thresholds=[8.0]).path.read_bytes()
    both = build(tmp_path, text, said, thresholds=[8.0, 1e6])
    assert both.path.read_bytes() == only
    assert b"new_york" in only
    assert any("1e+06 in pass 2 joins nothing: the highest score is" in line for line in said)
    assert build(tmp_path, text, said, thresholds=[1e6, 8.0]).path.read_bytes() == only
    with pytest.raises(InputError, match="in pass 2 joins nothing"):
        build(tmp_path, text, said, thresholds=[1e6, 1e6])


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("The Cat\nOn A\n", "in another case it has all words of 'The Cat': set corpus.normalize.lower"),
        ("cat dog\n", "not one after another"),
        ("neue stadt\n", "the list neue, stadt"),
        ("the cat,3\non a,2\n", "numbers stand behind the phrases: put a tab"),
        ("the cat 3\n", "numbers stand behind the phrases: put a tab"),
        ("the_cat\non_a\n", "write spaces for _"),
    ],
)
def test_a_list_that_matches_nothing_says_why(tmp_path, content, says):
    (tmp_path / "titles").write_text(content)
    with pytest.raises(InputError, match=says):
        build(tmp_path, T * 9, [], method="list", path=str(tmp_path / "titles"))


# one idea of white space in texts


def encode(folder, data, **changes):
    path = folder / "text.txt"
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return corpus.encode([path], section("corpus", **changes), section("vocab", min_count=1), cache=folder / "cache")


def test_a_no_break_space_is_part_of_a_word_or_separates(tmp_path):
    text = "new\u00a0york is\u3000big\u2028new\u00a0york\n" * 3
    assert encode(tmp_path, text).vocabulary.words == ["new\u00a0york", "is\u3000big\u2028new\u00a0york"]
    apart = encode(tmp_path, text, white_space="unicode")
    assert apart.vocabulary.words == ["new", "york", "is", "big"]
    assert apart.sentences == 3
    (tmp_path / "titles").write_text("new york\n")
    listed = {"method": "list", "path": str(tmp_path / "titles")}
    made = build(tmp_path, text, [], section("corpus", white_space="unicode"), **listed)
    assert made.path.read_text().splitlines()[0] == "new_york is big new_york"


def test_the_default_is_not_named_in_what_a_cache_knows(tmp_path):
    encode(tmp_path, T)
    meta = json.loads(next((tmp_path / "cache").glob("ids-*/meta.json")).read_text())
    assert list(meta["settings"]["corpus"]) == ["max_sentence", "invalid_utf8", "lower", "nfc", "word_pattern"]
    encode(tmp_path, T, white_space="unicode")
    assert len(list((tmp_path / "cache").glob("ids-*"))) == 2


@pytest.mark.parametrize("size", [7, 10, 2**20])
def test_long_lines_are_cut_behind_white_space_of_the_rules(tmp_path, size):
    path, text = tmp_path / "text.txt", "\u6771\u4eac\u3000\u5927\u962a\u3000" * 20
    path.write_text(text, encoding="utf-8")
    normalizer = make_normalizer(PLAIN, white_space="unicode")
    blocks = list(sources.read_text(path, normalizer=normalizer, size=size))
    assert [word.decode() for block in blocks for word in block.split()] == text.split()
    assert size > 1000 or max(map(len, blocks)) < 30


def test_joiners_and_connectors_do_not_separate():
    for changes, says in (
        ({"joiner": "\u00a0"}, r"phrases\.joiner='\\xa0': corpus\.white_space=unicode separates words there"),
        ({"connectors": ["d\u00a0e"]}, r"phrases\.connectors='d\\xa0e'"),
    ):
        settings(**{f"phrases__{key}": value for key, value in changes.items()})
        with pytest.raises(InputError, match=says):
            settings(corpus__white_space="unicode", **{f"phrases__{key}": value for key, value in changes.items()})
    with pytest.raises(InputError, match=r"corpus\.white_space=tabs: choose one of ascii, unicode"):
        settings(corpus__white_space="tabs")
    assert Normalizer(white_space="unicode").changes_nothing is False


# broken letters


def test_words_of_a_text_that_are_not_utf8_are_left_out_and_counted(tmp_path):
    data = b"one tw\xff three\nfour \xe9\n" * 3
    found = encode(tmp_path, data, invalid_utf8="skip")
    assert (found.vocabulary.words, found.skipped) == (["one", "three", "four"], 6)
    assert encode(tmp_path, data, invalid_utf8="skip").skipped == 6  # of the cache
    assert encode(tmp_path, data, invalid_utf8="replace").skipped == 0
    (tmp_path / "titles").write_text("one three\n")
    said = []
    build(tmp_path, data, said, section("corpus", invalid_utf8="skip"), method="list", path=str(tmp_path / "titles"))
    assert "phrases: 6 words of the text passed over: not UTF-8" in said


# given pairs


def pair_corpus(folder, data, **changes):
    path = folder / "pairs.txt"
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return pairs.encode([path], section("corpus", **changes), section("vocab", min_count=1))


def test_pairs_with_a_byte_order_mark_tabs_and_blank_lines(tmp_path):
    found = pair_corpus(tmp_path, "\ufeffcat\t sat\r\n\n \t\ndog   sat\r\ncat on\n\n")
    assert (found.vocabulary.words, found.contexts.words, found.sentences) == (["cat", "dog"], ["sat", "on"], 3)


def test_pairs_by_the_rules(tmp_path):
    data = "new\u00a0york big\ncat\u00a0sat\n"
    with pytest.raises(InputError, match="line 2: 1 column"):
        pair_corpus(tmp_path, data)
    assert pair_corpus(tmp_path, "cat\u00a0sat\ndog on\n", white_space="unicode").vocabulary.words == ["cat", "dog"]
    found = pair_corpus(tmp_path, b"cat sat\nd\xffg on\ndog sat\n\xff a b\ncat on\n", invalid_utf8="skip")
    assert (found.sentences, found.skipped) == (3, 2)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("cat sat 5", r"3 columns .*as often as it counts: awk .*i < \$3"),
        ("5 cat sat", r"3 columns .*as often as it counts: awk .*i < \$1"),
        ("cat,sat", "1 column .*separate them by a space or a tab"),
        ("cat sat on", "3 columns .*a line of corpus.path is `word context`"),
        ("cat </s>", "</s> is no word"),
    ],
)
def test_lines_that_are_no_pairs_say_what_to_do(tmp_path, line, says):
    with pytest.raises(InputError, match=f"line 2: {says}"):
        pair_corpus(tmp_path, f"dog on\n{line}\n")
