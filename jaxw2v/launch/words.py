"""Values as typed: Hydra's grammar reads `2024_02_01` as a number and refuses `a=b`; of a name or a word both are text.

Where Hydra reads something else than what was typed, a value is put in Hydra's quotes. Where it reads the same, it
stays as it is, so that records and folders of most commands look as typed.
"""

import functools
import os
import re
import shlex

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Quote, QuotedString
from hydra.errors import HydraException

from jaxw2v.launch.kinds import OF_HYDRA, Kind, kinds

_BLANK = " \t\r\n"  # around a value it is no part of it; a no-break space is
_FUNCTION = re.compile(
    r"(?:choice|range|interval|glob|shuffle|sort|tag|extend_list|str|int|float|bool|json_str)\(.*\)", re.DOTALL
)
CLOSING = {"[": "]", "{": "}", "(": ")"}
_QUOTED = {mark: re.compile(rf"{mark}(?:(?:\\\\)*|.*?[^\\](?:\\\\)*){mark}", re.DOTALL) for mark in "'\""}


def as_typed(key: str, value: str, kind: Kind) -> str:
    """What Hydra must be given to read the value of a setting that is text.

    The name of a file that exists is that name, whatever is in it. Else a comma outside of brackets separates the
    values of a sweep, [A,B] is a list, `null` is null, ${...} is Hydra's, and so is what stands in quotes already; all
    other words are what was typed, without the white space around.

    Args:
      key: the setting's name.
      value: what follows the =.
      kind: of the setting.
    """
    if kind.path and _exists(value) and not (kind.listed and _is_list(value) and read(value) is not None):
        return _alone(literal(value), kind)
    value = value.strip(_BLANK)
    if key in OF_HYDRA:
        return _word(_home(value) if kind.path else value, kind, nulls=False)
    if value == "" or (_FUNCTION.fullmatch(value) and not value.startswith("choice(")):
        return value
    if value.startswith("choice(") and value.endswith(")"):
        inside = [_alone(_element(part, kind), kind) for part in split(value[7:-1])]
        return ",".join(inside) if len(inside) > 1 else value  # of words in quotes, Hydra's choice() loses the quotes
    parts = _joined(value, kind)
    given = [_alone(_element(part, kind), kind) for part in parts]
    return value if given == parts else ",".join(given)


def quoted(text: str) -> str:
    """The text in Hydra's quotes; ${...} in it is still replaced."""
    return QuotedString(text, Quote.single).with_quotes()


def escaped(text: str) -> str:
    """The text as OmegaConf must be given it where ${...} in it is none of its own, but characters."""
    return re.sub(r"(\\*)\$\{", lambda match: match[1] * 2 + r"\${", text)


def literal(text: str) -> str:
    """The text as Hydra must be given it for these very characters: in quotes where it would read something else."""
    plain = read(text) == text and "${" not in text and "\\" not in text  # a backslash also escapes what follows
    return text if plain else quoted(escaped(text))


def shell_word(key: str, value: str) -> str:
    """A setting with a value of these very characters, as a person may paste it into a shell."""
    kind = kinds().get(key)
    listed = kind is not None and kind.listed and not kind.single
    if kind is not None and kind.text and not listed and as_typed(key, value, kind) == literal(value):
        return shlex.quote(f"{key}={value}")
    text = value if read(value) == value and "${" not in value else in_quotes(escaped(value))
    return shlex.quote(f"{key}=[{text}]" if listed else f"{key}={text}")


def in_quotes(text: str) -> str:
    """The text in Hydra's double quotes, which are read more easily within those of a shell."""
    return QuotedString(text, Quote.double).with_quotes()


def _alone(element: str, kind: Kind) -> str:
    """One word or path where a list is wanted is a list of one."""
    if kind.single or element.startswith(("[", "${")) or element in ("", "null"):
        return element
    return f"[{element}]"


def _element(text: str, kind: Kind) -> str:
    if kind.path and _exists(text):
        return literal(text)
    if not (kind.listed and _is_list(text)):
        return _word(text, kind, nulls=True)
    inside = text[1:-1].strip(_BLANK)
    if not inside:
        return "[]"
    parts = _joined(inside, kind)
    given = [_word(part, kind, nulls=False) for part in parts]
    return text if given == parts else f"[{','.join(given)}]"


def _word(text: str, kind: Kind, nulls: bool) -> str:
    """One word or path.

    Args:
      nulls: null is null.
    """
    if kind.path and _exists(text):
        return literal(text)
    if text == "" or (nulls and text.lower() == "null"):
        return text
    if _quotes(text, 0) == len(text):
        inside = read(text) if kind.path and "${" in text else None
        return literal(inside) if isinstance(inside, str) and _exists(inside) else text
    found = read(text)
    if isinstance(found, str) and (
        found == text or ("\\" in text and not kind.pattern)
    ):  # as typed, or with Hydra's own escapes
        return text
    return quoted(text)


def _joined(text: str, kind: Kind) -> list[str]:
    """The parts of a list or a sweep; of paths, those with a comma in their name are put together again: the parts
    themselves do not exist, but together they do."""
    if not kind.path:
        return split(text)
    parts, found, at = _cut(text), [], 0

    def whole(end: int) -> str:
        return ",".join(parts[at:end]).strip(_BLANK)

    while at < len(parts):
        ends = range(len(parts), at + 1, -1) if not _exists(whole(at + 1)) else ()
        end = next((end for end in ends if _exists(whole(end))), at + 1)
        found.append(whole(end))
        at = end
    return found


def split(text: str) -> list[str]:
    """The parts between commas that stand outside of brackets and quotes, without the white space around."""
    return [part.strip(_BLANK) for part in _cut(text)]


def _cut(text: str) -> list[str]:
    parts, begin, at, closing = [], 0, 0, []
    while at < len(text):
        letter = text[at]
        if letter == "\\":
            at += 2
            continue
        if letter in "'\"" and text[begin:at].strip(_BLANK + "[") == "" and (end := _quotes(text, at)):
            at = end
            continue
        if letter in CLOSING and _closes(text, at):
            closing.append(CLOSING[letter])
        elif closing and letter == closing[-1]:
            closing.pop()
        elif letter == "," and not closing:
            parts.append(text[begin:at])
            begin = at + 1
        at += 1
    return [*parts, text[begin:]]


def _closes(text: str, at: int) -> bool:
    """Whether the bracket that opens here is closed."""
    opening, depth = text[at], 0
    for letter in text[at:]:
        depth += (letter == opening) - (letter == CLOSING[opening])
        if depth == 0:
            return True
    return False


def _is_list(text: str) -> bool:
    """Whether the bracket at the beginning is closed by the one at the end."""
    if not (text.startswith("[") and text.endswith("]")):
        return False
    depth, at = 0, 0
    while at < len(text):
        if text[at] in "'\"" and text[at - 1] in "[, " and (end := _quotes(text, at)):
            at = end
            continue
        depth += (text[at] == "[") - (text[at] == "]")
        if depth == 0 and at < len(text) - 1:
            return False
        at += 1
    return True


def _quotes(text: str, at: int) -> int:
    """Where the quoted value ends that begins here, if only a comma, a bracket or nothing follows; 0: none does."""
    match = _QUOTED[text[at]].match(text, at) if text[at : at + 1] in tuple("'\"") else None
    after = text[match.end() :].lstrip(_BLANK) if match else ""
    return match.end() if match and (not after or after[0] in ",]") else 0


@functools.lru_cache(10_000)
def read(text: str) -> object:
    """What Hydra reads; None: it cannot."""
    try:
        override = parser().parse_override(f"x={text}")
        return None if override.is_sweep_override() else override.value()
    except (HydraException, ValueError, RecursionError):
        return None


@functools.cache
def parser() -> OverridesParser:
    """Hydra's."""
    return OverridesParser.create()


def _exists(text: str) -> bool:
    if not text.strip(_BLANK):
        return False
    try:
        return os.path.lexists(os.path.expanduser(text))
    except (OSError, ValueError):
        return False


def _home(text: str) -> str:
    """With ~ expanded, where Hydra itself makes the folder; also inside quotes."""
    mark = text[:1] if _quotes(text, 0) == len(text) and text else ""
    return mark + os.path.expanduser(text.removeprefix(mark)) if text.removeprefix(mark).startswith("~") else text
