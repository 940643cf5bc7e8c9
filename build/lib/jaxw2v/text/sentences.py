"""Sentences of a Python program as a text file, of which a run is the same as of a file with those lines."""

import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from jaxw2v.errors import InputError
from jaxw2v.files.paths import expanded
from jaxw2v.text.scratch import scratch_folder

_SPACE = re.compile(r"[ \t\n\v\f\r]")  # what separates words in a text


def write(sentences: Iterable[Any], cache: str | os.PathLike) -> Path:
    """A file of the cache with a line for each sentence, named after its content: `cache/sentences-<sha256>.txt`.

    Args:
      sentences: read once, one at a time: lines of text, or sequences of words. An empty one is an empty line.
      cache: folder, made if missing.

    Raises:
      InputError: something that is neither, a word that is empty or has white space (the number of its sentence is
        named), no sentence at all; the cache cannot be written.
    """
    cache = expanded(cache, "cache")
    digest, number = hashlib.sha256(), 0
    with scratch_folder(cache, "sentences-new") as part:
        with (part / "text.txt").open("wb") as file:
            for number, sentence in enumerate(_theirs(sentences), 1):
                line = _line(sentence, number)
                digest.update(line)
                file.write(line)
        if not number:
            raise InputError("the sentences: there are none; an iterator can be read once only: give a new one")
        path = cache / f"sentences-{digest.hexdigest()[:20]}.txt"
        os.replace(part / "text.txt", path)
    return path


def _theirs(sentences: Iterable[Any]) -> Iterator[Any]:
    """The sentences; an OSError that reading them raises is theirs, not one of the cache."""
    try:
        yield from sentences
    except OSError as error:
        raise InputError(f"the sentences: reading them failed ({error}); check where they come from") from error


def _line(sentence: Any, number: int) -> bytes:
    if isinstance(sentence, str):
        text = sentence.removesuffix("\n")
    else:
        if isinstance(sentence, bytes | dict) or not isinstance(sentence, Iterable):
            raise InputError(f"sentence {number}: {str(sentence)[:60]!r} is neither a line of text nor a list of words")
        words = list(sentence)
        for word in words:
            if not isinstance(word, str):
                raise InputError(f"sentence {number}: the word {str(word)[:60]!r} is no str; convert it")
            if not word or _SPACE.search(word):
                why = "has white space: split it, or join it with _" if word else "is empty: leave it out"
                raise InputError(f"sentence {number}: the word {word[:60]!r} {why}")
        text = " ".join(words)
    try:
        return text.encode() + b"\n"
    except UnicodeEncodeError:
        raise InputError(f"sentence {number}: {text[:60]!r} is not Unicode text; decode it as UTF-8") from None
