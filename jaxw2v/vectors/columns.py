"""Lines of a test set into fields, as people, R, pandas and spreadsheets separate and quote them."""

import csv
import math
import re

from jaxw2v.files import spaces

MARKS = ("\t", ";", ",")

_QUOTED = re.compile(r'"(?:[^"]|"")*"')
_SPACED = re.compile(rf'"((?:[^"]|"")*)"(?![^{spaces.ASCII}])|[^{spaces.ASCII}]+')
_DECIMAL_COMMA = re.compile(r"[-+]?\d+,\d+")
_MISSING = {"", "na", "n/a", "nan", "null", "none", "nil", "-", "--", "?", ".", "missing"}
_PLAIN = re.compile(r"[^\W_]+")


def mark_of(line: str, least: int) -> str | None:
    """What separates the fields of a line: a tab, a semicolon or a comma where there are `least` or more outside of
    quotes; None: white space."""
    bare = _QUOTED.sub("", line) if '"' in line else line
    return next((mark for mark in MARKS if bare.count(mark) >= least), None)


def fields(line: str, mark: str | None) -> list[str]:
    """The fields of a line, without the quotes and the white space around them."""
    if mark is None:
        if '"' not in line:
            return spaces.split(line)
        return [found[0] if found[1] is None else found[1].replace('""', '"') for found in _SPACED.finditer(line)]
    if '"' in line:
        try:
            row = next(csv.reader([line], delimiter=mark, strict=True, skipinitialspace=True))
            return [spaces.strip(field) for field in row]
        except csv.Error:  # a quotation mark that is a word or part of one
            pass
    return [spaces.strip(field) for field in line.split(mark)]


def number(field: str) -> float | None:
    """The finite number that a field holds, with a decimal point or comma or in percent; None: it holds none."""
    field = spaces.strip(field.removesuffix("%")).replace("\u2212", "-")  # the sign that word processors write
    if _DECIMAL_COMMA.fullmatch(field):
        field = field.replace(",", ".")
    try:
        value = float(field)
    except ValueError:
        return None
    return value if math.isfinite(value) and "_" not in field else None


def has_decimal_comma(field: str) -> bool:
    """Whether the number of a field was read with a decimal comma."""
    return _DECIMAL_COMMA.fullmatch(spaces.strip(field.removesuffix("%"))) is not None


def is_missing(field: str) -> bool:
    """Whether a field is empty or a mark of R, pandas and people for a value that is not there."""
    return field.lower() in _MISSING


def plain_name(name: str) -> str:
    """The name of a column by its letters and digits, in lower case: `Human (mean)` is humanmean."""
    return "".join(_PLAIN.findall(name)).lower()
