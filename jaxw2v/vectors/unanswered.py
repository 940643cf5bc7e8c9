"""Why a test set cannot be answered at all."""

import unicodedata
from collections.abc import Sequence

from jaxw2v.vectors.table import fold

_AROUND = "\"'.,;:()[]\u2018\u2019\u201a\u201c\u201d\u201e\u00ab\u00bb"
NO_RANKS = "no score: ranks need two answered pairs or more, and neither all scores nor all cosines alike"
_SCRIPTS = 1000  # words that are looked at for their script


def reason(words: Sequence[str], asked: Sequence[Sequence[str]], case: str, restrict_vocab: int | None = None) -> str:
    """The likely reason that none of the questions has known words, and what to do; one line.

    Args:
      words: of the vectors, most frequent first.
      asked: the words of each question.
      case: by which both were compared.
      restrict_vocab: only so many of the vectors' words were known; None: all.
    """
    different = list(dict.fromkeys(word for question in asked for word in question))
    shown = f"asked are words such as {', '.join(different[:3])}, the vectors have {', '.join(words[:3])}"
    known = {fold(word, case) for word in words[:restrict_vocab]}
    found = [word for word in different if fold(word, case) in known]
    every = {fold(word, case) for word in words}
    if restrict_vocab is not None and any(all(fold(word, case) in every for word in each) for each in asked):
        return f"some are among all {len(words):,} words: raise restrict_vocab={restrict_vocab}; {shown}"
    if found:
        return f"{len(found)} of their {len(different)} words are known, such as {found[0]}, but of no question all"
    lowered = {word.lower() for word in words}
    if case == "exact" and any(word.lower() in lowered for word in different):
        return f"they differ in case: use case=lower; {shown}"
    composed = {unicodedata.normalize("NFC", word) for word in words}
    if case == "exact" and any(unicodedata.normalize("NFC", word) in composed for word in different):
        return f"they write accents in another form of Unicode (NFC, NFD): use case=lower; {shown}"
    for what, changed in (
        ("white space in words, which the vectors write as _", lambda word: "_".join(word.split())),
        ("tags behind words", lambda word: word.rpartition("-")[0] or word.rpartition("_")[0]),
        ("marks around words", lambda word: word.strip(_AROUND)),
        ("invisible characters in words", lambda word: "".join(filter(str.isprintable, word))),
    ):
        if any(changed(word).lower() in lowered and changed(word) != word for word in different):
            return f"the test set has {what}; {shown}"
    if _is_ascii(different) != _is_ascii(list(words[:_SCRIPTS])):
        return f"they are in different scripts or languages; {shown}"
    return f"is it of the same language, or separated by other marks? {shown}"


def _is_ascii(words: Sequence[str]) -> bool:
    return sum(word.isascii() for word in words) * 2 > len(words)
