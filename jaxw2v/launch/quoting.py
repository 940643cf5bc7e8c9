"""How to write a value that a command line cannot be read with, or that it takes for several."""

import re
import shlex
import unicodedata

from jaxw2v.launch import words
from jaxw2v.launch.kinds import kinds

_WHAT = {int: "a whole number", float: "a number", bool: "true or false"}
CALL = " (in Python, jaxw2v.sweep)"  # instead of -m
_MARKS = " \t\r\n\u201c\u201d\u2018\u2019\u201e\u201a\u00ab\u00bb"  # quotation marks of printed text


def remedy(word: str) -> str:
    """What to do about a word that Hydra's grammar refuses. Of settings that are text it refuses hardly any."""
    key, _, value = word.partition("=")
    name = key.lstrip("+~")
    kind = kinds().get(name)
    if kind is not None and kind.number is not None:
        return f"give {_WHAT[kind.number]}, {name}={'[A,B]' if kind.listed else 'VALUE'}"
    if value.startswith(("[", "{")):
        inside = words.in_quotes("a=b") if value[0] == "[" else f"key:{words.in_quotes('a=b')}"
        example = f"{key}={value[0]}{inside}{words.CLOSING[value[0]]}"
        return f"quote each word with special characters, such as {shlex.quote(example)}"
    return f"quote a value with special characters: {shlex.quote(f'{key}={words.in_quotes(value)}')}"


def several(word: str) -> str:
    """What to do about commas where no sweep was asked for."""
    key, _, value = word.partition("=")
    kind = kinds().get(key.lstrip("+"))
    sweep = f"several values are a sweep: add -m{CALL}"
    if kind is None:
        return f"{word}: {sweep}"
    if kind.number in (int, float) and not kind.listed:
        if re.fullmatch(r"[+-]?[1-9]\d{0,2}(,\d{3})+", value):
            return f"{word}: {sweep}; one number has no comma, {key}={value.replace(',', '')}"
        if kind.number is float and re.fullmatch(r"[+-]?\d+,\d+", value):
            return f"{word}: {sweep}; a decimal has a point, {key}={value.replace(',', '.')}"
    if kind.listed:
        inside = ",".join(part.removeprefix("[").removesuffix("]") for part in words.split(value))
        together = f"; a list has brackets, {shlex.quote(f'{key}=[{inside}]')}"
        return f"{key}={inside if not kind.single and '],[' not in word else value}: {sweep}{together}"
    if kind.text:
        whole = ",".join(str(words.read(part)) for part in words.split(value))
        return f"{key}={whole}: {sweep}; one value with a comma is {shlex.quote(f'{key}={words.in_quotes(whole)}')}"
    return f"{word}: {sweep}"


def number(word: str) -> str:
    """What is wrong with a value where a number, true or false should stand; empty: nothing that is seen here."""
    key, _, value = word.partition("=")
    kind = kinds()[key.lstrip("+")]
    if value.startswith(("{", "[")):
        return ""
    what = _WHAT.get(kind.number) if kind.number else None
    if not value.strip():
        return f"{word}: nothing follows the =; give {what or 'a value'}, {key}=VALUE"
    for part in words.split(value):
        strange = next((letter for letter in part if not letter.isascii() or not letter.isprintable()), None)
        if strange is not None:
            meant = unicodedata.normalize("NFKC", part).strip(_MARKS)
            again = f", {key}={meant}" if meant.isascii() and meant.isalnum() else ""
            named = f"{unicodedata.name(strange, 'without a name')} (U+{ord(strange):04X})"
            return f"{key}={value!r}: the character {named} belongs to no number; type it anew{again}"
        found = words.read(part)
        digits = re.match(r"[+-]?\d[\d.]*(?:e[+-]?\d+)?", part, re.IGNORECASE)
        if what and found is None and digits and digits[0] != part and not kind.listed:
            return f"{word}: {part} is not {what}; perhaps {key}={digits[0].rstrip('.')}"
        if kind.number is int and isinstance(found, float) and found.is_integer() and not kind.listed:
            return f"{word}: {part} is not {what}; write {key}={found:.0f}"
    return ""
