"""Every reader of the program, by name: what makes its target in a folder."""

from collections.abc import Callable
from pathlib import Path

from . import runs, tables, texts
from .target import Target

READERS: dict[str, Callable[[Path], Target]] = {
    "text": texts.text,
    "gz": texts.gz,
    "bz2": texts.bz2_,
    "xz": texts.xz,
    "zst": texts.zst,
    "vocabulary": texts.vocabulary_,
    "phrases": texts.phrases,
    "pairs": texts.pairs_,
    "cache": texts.cache,
    "joined": texts.joined_,
    "bin": tables.bin_,
    "txt": tables.txt,
    "glove": tables.glove,
    "packed": tables.packed,
    "npz": tables.npz,
    "sparse": tables.sparse,
    "similarity": tables.similarity_,
    "analogies": tables.analogies_,
    "query": tables.query,
    "checkpoint": runs.checkpoint_,
    "result": runs.result,
    "answers": runs.answers,
    "settings": runs.settings,
    "overrides": runs.overrides,
}
