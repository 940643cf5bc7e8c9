"""Common slips of a command line, each explained in one line that says what to type."""

import os
import shlex
from collections.abc import Sequence

from jaxw2v.errors import InputError
from jaxw2v.launch import quoting, words
from jaxw2v.launch.kinds import kinds, setting_names

_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"  # of printed text
_OPENING, _CLOSING = "\u201c\u201e\u2018\u201a\u00ab\u201d\u2019", "\u201d\u201c\u2019\u2018\u00bb"


def of_word(typed: Sequence[str], at: int) -> str:
    """About a word that is neither a flag nor SETTING=VALUE.

    Args:
      typed: the command line.
      at: which word of it.
    """
    word, after = typed[at], typed[at + 1 : at + 3]
    names = setting_names()
    if word in names and after and after[0].startswith("="):
        value = after[0][1:] or (after[1] if len(after) > 1 else "VALUE")
        return f"{word} {' '.join(after)}: no space stands around the =; write {shlex.quote(f'{word}={value}')}"
    if word[:1] in tuple(_DASHES):
        name = word.lstrip(_DASHES + "-")
        return f"{word}: this dash is not the - of a flag; type it anew, {'-' if len(name) < 3 else '--'}{name}"
    if word in ("help", "?", "/?"):
        return f"{word}: for the help, write --help"
    name, colon, value = word.partition(":")
    if colon and name in names:
        return f"{word}: write {shlex.quote(f'{name}={value}')}"
    if word in names:
        return f"{word}: give it a value, {word}=VALUE"
    before = typed[at - 1] if at else ""
    if "=" in before and not before.startswith("-"):
        return _parted(before, word)
    if os.path.exists(os.path.expanduser(word)):
        return f"{word}: say what it is; a text is {words.shell_word('corpus.path', word)}"
    return f"{word}: neither a flag nor SETTING=VALUE; --help lists the settings"


def of_flag(typed: Sequence[str], at: int) -> str:
    """About a word with a dash that is no flag."""
    word = typed[at]
    name, equals, value = word.lstrip("-").partition("=")
    names, name = setting_names(), name.replace("-", "_")
    if not equals:
        value = typed[at + 1] if len(typed) > at + 1 and "=" not in typed[at + 1] else "VALUE"
    if near := [other for other in names if name in (other, other.rpartition(".")[2])]:
        meant = " or ".join(shlex.quote(f"{other}={value}") for other in near)
        return f"{word}: a setting has no dashes; write {meant}"
    return f"{word}: there is no such flag; --help lists flags and settings"


def of_setting(typed: Sequence[str], at: int) -> str:
    """About SETTING=VALUE; empty: nothing that is seen without Hydra."""
    word, after = typed[at], typed[at + 1 :]
    name, _, value = word.partition("=")
    kind = kinds().get(name.lstrip("+"))
    if kind is None:
        return ""
    if value.count("[") > value.count("]") and value.startswith("["):
        rest = next((i for i, each in enumerate(after, 1) if each.endswith("]")), 0)
        if rest:
            whole = " ".join([word, *after[:rest]])
            return f"{whole}: the shell cuts at spaces; quote the whole, {shlex.quote(whole)}"
    if not value and after and "=" not in after[0] and not after[0].startswith("-"):
        return f"{word} {after[0]}: no space stands after the =; write {shlex.quote(word + after[0])}"
    if not kind.text:
        return quoting.number(word)
    marked = value[:1] in tuple(_OPENING) and value[-1:] in tuple(_CLOSING) and len(value) > 2
    if marked and kind.single and not os.path.lexists(value):
        meant = words.shell_word(name, value[1:-1])
        return f"{word}: {value[0]} and {value[-1]} are no quotes of a shell; write {meant}"
    return ""


def refuse(message: str) -> None:
    """Raises InputError unless the message is empty."""
    if message:
        raise InputError(message)


def _parted(before: str, word: str) -> str:
    """About a word that may belong to the setting before it, as it had a space."""
    name, _, value = before.partition("=")
    whole = f"{before} {word}"
    kind = kinds().get(name)
    quoted = words.shell_word(name, f"{value} {word}") if kind is not None and kind.text else shlex.quote(whole)
    return f"{word}: neither a flag nor SETTING=VALUE; a value with a space needs quotes, {quoted}"
