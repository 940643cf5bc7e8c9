"""Similarity test sets from files, in the layouts in which they are published."""

import os
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from jaxw2v.errors import InputError
from jaxw2v.files import spaces
from jaxw2v.files.lines import PLAIN, Lines, Rules
from jaxw2v.vectors import columns
from jaxw2v.vectors.similarity import WordPairs

FIRST = {"word1", "w1", "worda", "wordone", "firstword", "first", "word", "verb1", "noun1", "adj1", "term1", "target1",
         "lemma1", "item1", "token1", "concept1", "left", "a"}  # fmt: skip
SECOND = {"word2", "w2", "wordb", "wordtwo", "secondword", "second", "otherword", "verb2", "noun2", "adj2", "term2",
          "target2", "lemma2", "item2", "token2", "concept2", "right", "b"}  # fmt: skip
SCORE = {"score", "mean", "humanmean", "rating", "similarity", "sim", "simlex999", "relatedness", "human", "average",
         "avg", "gold", "goldscore", "humanscore", "meanscore", "meanrating", "averagescore", "averagerating",
         "avgscore", "avgrating", "humanrating", "judgment", "judgement", "value", "simscore", "similarityscore",
         "relatednessscore", "humansimilarity", "meansimilarity"}  # fmt: skip
_KNOWN = FIRST | SECOND | SCORE
INDEX = {"", "id", "index", "no", "nr", "number", "unnamed0", "pairid", "pair", "row", "rownumber", "item"}
_LOOK = 50  # lines in which a layout is looked for


class _Row(NamedTuple):
    """A line that is not blank: its number, its text and its fields."""

    number: int
    text: str
    fields: list[str]


class _Layout(NamedTuple):
    """Where the words and the score stand, from 0; the names of the columns; and the line that has these names."""

    first: int
    second: int
    score: int
    names: list[str]
    header: _Row | None


def load(
    path: str | os.PathLike,
    chosen: Sequence[str] = (),
    rules: Rules = PLAIN,
    say: Callable[[str], None] = lambda line: None,
) -> WordPairs:
    """The pairs of a file, in order.

    Args:
      path: a line has two words and a score, separated by tabs, semicolons, commas or white space, in quotes or not;
        numbers with a decimal point or comma. The first line may be a header. Blank lines, and lines that begin with
        // or with # and are no pair (#yolo #swag 5 is one), are passed over. Compressed if its name says so.
      chosen: names or numbers (from 1) of the columns of both words and of the score, or of the score alone. Else the
        words are the columns a header names so or the first two behind a column of numbers of lines, and the score
        is the first that a header names so (`SCORE`) or else the first number after the words.
      rules: how bytes become words.
      say: takes a line for a person: which column is the score if it is not the third, and what was passed over.

    Raises:
      InputError: the file cannot be read, has no such column, a line without two words and a finite score, no pair.

    Differs from gensim's `evaluate_word_pairs`, which skips broken lines silently.
    """
    lines = Lines(path, "similarities: lines of two words and a score", rules)
    rows = [_Row(number, text, columns.fields(text, columns.mark_of(text, 2))) for number, text in lines]
    rows = [row for row in rows if any(map(str.strip, row.fields))]
    layout = _find_layout(lines.path, rows, list(chosen))
    words, scores, passed = [], [], 0
    for row in rows:
        pair = None if row is layout.header else _pair(row, layout)
        if pair is not None:
            words.append(pair[:2])
            scores.append(pair[2])
        elif row.text.lstrip().startswith(("#", "//")):
            passed += row is not layout.header
        elif row is not layout.header:
            what = f"{row.text.strip()[:60]!r} is not two words and a score"
            raise InputError(f"{lines.path}: line {row.number}: {what}; {_remedy(row, layout, bool(chosen))}")
    if not words:
        raise InputError(f"{lines.path}: no pair of words; a file of similarities has lines of two words and a score")
    _check_scores(lines.path, scores)
    if layout[:3] != (0, 1, 2) and not chosen:
        name = layout.names[layout.score] if layout.names else ""
        place = f"words in columns {layout.first + 1} and {layout.second + 1}, the score in {layout.score + 1}"
        say(f"{lines.path}: {place}{f' ({name})' if name else ''}")
    unnamed = layout.header is not None and not _KNOWN.intersection(map(columns.plain_name, layout.names))
    if passed or lines.broken or unnamed:
        kinds = [f"the header {layout.header.text.strip()[:60]!r}" for _ in range(unnamed) if layout.header]
        kinds += [f"{passed} remark{'s' * (passed > 1)}"] * (passed > 0)
        kinds += [f"{lines.broken} line{'s' * (lines.broken > 1)} not UTF-8"] * (lines.broken > 0)
        say(f"{lines.path}: passed over: {', '.join(kinds)}")
    return WordPairs(words, np.array([columns.number(score) for score in scores], float))


def _pair(row: _Row, layout: _Layout) -> tuple[str, str, str] | None:
    """Two words and the text of a finite score; None: the line has none."""
    fields = row.fields
    if row.text.lstrip().startswith(("//", "# ")) or len(fields) <= max(layout[:3]):
        return None
    one, two, score = (fields[place] for place in layout[:3])
    return (one, two, score) if one and two and columns.number(score) is not None else None


def _find_layout(path: os.PathLike, rows: list[_Row], chosen: list[str]) -> _Layout:
    remarks = ("#", "//")
    plain = [row for row in rows if not row.text.lstrip().startswith(remarks)]
    plain = plain or [row for row in rows if len(row.fields) > 2 and row.text[1:2] not in (" ", "/")]
    if not plain:
        return _Layout(0, 1, 2, [], None)
    others = [row for row in plain[1:_LOOK] if _first_number(row.fields, 2) is not None]
    data = (others or (plain[:1] if _first_number(plain[0].fields, 2) is not None else plain[1:2]) or plain)[0]
    header, names = _header(rows, plain[0], data)
    if chosen:
        return _chosen(path, chosen, names, len(data.fields))._replace(header=header)
    known = [columns.plain_name(name) for name in names]
    first = next((place for place, name in enumerate(known) if name in FIRST), None)
    second = next((place for place, name in enumerate(known) if name in SECOND), None)
    if first is None or second is None:
        shift = _has_index(plain if header is None else [row for row in plain if row is not header], known)
        first, second = shift, shift + 1
    after = max(first, second) + 1
    named = (
        place
        for place, name in enumerate(known)
        if name in SCORE and place < len(data.fields) and columns.number(data.fields[place]) is not None
    )
    score = next(named, None)
    if score is None:
        score = _first_number(data.fields, after)
    return _Layout(first, second, 2 if score is None else score, names, header)


def _header(rows: list[_Row], top: _Row, data: _Row) -> tuple[_Row | None, list[str]]:
    """The line that names the columns, and these names; None and no names: there is none."""
    before = rows[rows.index(top) - 1] if rows[0] is not top else None
    remark = None
    if before is not None and before.text.lstrip().startswith("#"):
        text = spaces.strip(before.text.lstrip().lstrip("#"))
        remark = before._replace(fields=columns.fields(text, columns.mark_of(text, 2)))
    for row, found in ((top, top), (remark, before)):
        if row is None or found is data:
            continue
        names = ["", *row.fields] if len(row.fields) == len(data.fields) - 1 and len(row.fields) > 2 else row.fields
        place = _first_number(data.fields, 2) or 2
        if len(names) != len(data.fields) and _first_number(names, 2) is not None:
            continue  # a pair of another form
        if place >= len(names) or (row is remark and len(names) != len(data.fields)):
            continue
        if columns.is_missing(names[place]):
            continue  # a pair without a score
        if columns.number(names[place]) is None and names[place][:1] not in ("", *"+-.0123456789"):
            return found, names
    return None, []


def _has_index(rows: list[_Row], names: list[str]) -> int:
    """1 if the first column numbers the lines, else 0."""
    wide = all(len(row.fields) > 3 for row in rows[:_LOOK])
    if not wide or (names and names[0] not in INDEX):
        return 0
    numbers = [columns.number(row.fields[0]) for row in rows[:_LOOK]]
    counted = None not in numbers and (len(rows) < 2 or (np.diff(np.array(numbers, float)) == 1).all())
    words = all(columns.number(row.fields[2]) is None for row in rows[:_LOOK])
    return int(bool(names) or (counted and words))


def _first_number(fields: list[str], start: int) -> int | None:
    return next((place for place in range(start, len(fields)) if columns.number(fields[place]) is not None), None)


def _chosen(path: os.PathLike, chosen: list[str], names: list[str], width: int) -> _Layout:
    known, places = [columns.plain_name(name) for name in names], []
    for name in chosen:
        if name.isdecimal():
            place = int(name) - 1
        else:
            place = known.index(columns.plain_name(name)) if columns.plain_name(name) in known else -1
        if not 0 <= place < width:
            has = f"{width} columns" + (f": {', '.join(names)}" if names else ", and no header that names them")
            raise InputError(f"{path}: eval.columns={','.join(chosen)}: there is no column {name}; it has {has}")
        if place in places:
            raise InputError(f"{path}: eval.columns={','.join(chosen)}: column {name} stands there twice; name others")
        places.append(place)
    if len(places) == 1:
        places = [place for place in (0, 1, 2) if place != places[0]][:2] + places
    return _Layout(places[0], places[1], places[2], names, None)


def _remedy(row: _Row, layout: _Layout, chosen: bool) -> str:
    """What to do about a line that is no pair."""
    fields = row.fields
    if row.text.startswith(":"):
        return "a file of analogies is given as eval.analogies (evaluate: --analogies)"
    if not spaces.is_word("".join(row.text.split(" ")), "unicode") and len(fields) < 3 and "\t" not in row.text:
        return "for no-break and other spaces between words set corpus.white_space=unicode (evaluate: --white-space)"
    if len(fields) == 1 and "|" in row.text:
        return "write tabs for |"
    if not chosen and len(fields) > 2 and columns.number(fields[0]) is not None and columns.number(fields[2]) is None:
        return "if the score stands first, name the columns: eval.columns=[2,3,1] (evaluate: --columns 2 3 1)"
    score = fields[layout.score] if len(fields) > layout.score else ""
    if columns.is_missing(score) and len(fields) >= layout.score:
        return "it has no score: fill it in, or take the line out"
    if len(fields) == 3 and all(fields):
        return f"write a number for {score[:40]!r}, or take the line out"
    return "fix the line" + (
        "" if chosen else ", or name the columns: eval.columns=[1,2,4] (evaluate: --columns 1 2 4)"
    )


def _check_scores(path: os.PathLike, scores: list[str]) -> None:
    """Whether percents and commas in numbers have one meaning; ranks do not depend on it where all numbers have one."""
    percents = [score for score in scores if score.endswith("%")]
    if percents and len(percents) < len(scores):
        raise InputError(f"{path}: scores such as {percents[0]} and others without %; write all in one way")
    with_comma = [score for score in scores if columns.has_decimal_comma(score)]
    if not with_comma or len(with_comma) == len(scores):
        return
    thousands = all(len(score.partition(",")[2]) == 3 for score in with_comma)
    if thousands or any("." in score for score in scores):
        raise InputError(f"{path}: scores such as {with_comma[0]} and others without a comma; write a decimal point")
