"""What a file of vectors cannot hold."""

import contextlib
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from jaxw2v.errors import InputError
from jaxw2v.vectors.table import Table, lengths

_ANY_SPACE = re.compile(r"\s")
_WHITE_SPACE = re.compile("[ \t\n\r\v\f]")  # what separates fields
_ROWS = 1 << 16  # checked at a time


def refuse(table: Table, path: Path, format: str) -> None:
    """Raises InputError for a table that the format cannot hold."""
    words, vectors_VD = table
    who, remedy = f"cannot save {path}", "clean the vocabulary"
    if vectors_VD.ndim != 2 or len(words) != len(vectors_VD):
        raise InputError(f"{who}: {len(words)} words, but vectors of shape {vectors_VD.shape}; give one row a word")
    if vectors_VD.size == 0:
        raise InputError(f"{who}: the table is empty; {remedy}")
    if not _is_plain(words):
        _refuse_words(words, who, format)
    for start in range(0, len(words), _ROWS):
        length_N = lengths(vectors_VD[start : start + _ROWS])
        if not np.isfinite(length_N).all():
            row = start + int(np.argmin(np.isfinite(length_N)))
            raise InputError(f"{who}: row {row + 1}: the vector of {words[row]!r} holds NaN or infinity; train again")


def _is_plain(words: Sequence[str]) -> bool:
    """Whether every format can hold these words; without a loop over them."""
    whole = "".join(words)
    if len(set(words)) < len(words) or not all(words) or "\0" in whole or _ANY_SPACE.search(whole):
        return False
    with contextlib.suppress(UnicodeEncodeError):
        return bool(whole.encode())
    return False


def _refuse_words(words: Sequence[str], who: str, format: str) -> None:
    """Raises InputError for the first word that the format cannot hold, if there is one."""
    remedy, seen = "clean the vocabulary", dict[str, int]()
    for row, word in enumerate(words, 1):
        if not word.strip() or "\0" in word:
            raise InputError(f"{who}: row {row}: the word {word[:40]!r} is empty, white space or has NUL; {remedy}")
        if format != "npz" and _WHITE_SPACE.search(word):
            raise InputError(
                f"{who}: row {row}: the word {word[:40]!r} has white space, which {format} cannot hold; save as npz, "
                "or join the parts of such words with _"
            )
        if not word.isprintable():  # lone surrogates are among the unprintable
            try:
                word.encode()
            except UnicodeEncodeError:
                raise InputError(f"{who}: row {row}: the word {word[:40]!r} is not Unicode text; {remedy}") from None
        if seen.setdefault(word, row) != row:
            raise InputError(f"{who}: row {row}: the word {word[:40]!r} is already in row {seen[word]}; {remedy}")
