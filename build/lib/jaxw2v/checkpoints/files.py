"""A checkpoint: one file that is whole or is known not to be.

Magic, length of the header, header (JSON: `meta`, and name, dtype and shape of each array), the arrays' bytes, and the
sha256 of everything before it. Orbax is made for arrays that lie on many hosts: for a few arrays of one process it
would add a dozen packages and a folder of files for each checkpoint, and has no checksum over the whole.
"""

import hashlib
import json
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np

from jaxw2v.files import writing

MAGIC = b"jaxw2v checkpoint 2\n"  # another number: what arrays mean has changed
_LENGTH, _DIGEST = 8, 32  # bytes


class OtherVersionError(ValueError):
    """A file by another version of this program."""


class Checkpoint(NamedTuple):
    """What a file holds.

    Attributes:
      meta: what JSON has a form for; floats come back bit for bit.
      arrays: by name.
    """

    meta: dict[str, Any]
    arrays: dict[str, np.ndarray]


def write(path: Path, meta: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
    """Writes a checkpoint, whole or not at all, and on the disk when this returns.

    Raises:
      OSError: it cannot be written.
    """
    named = {name: np.asarray(array, order="C") for name, array in arrays.items()}
    listed = [[name, array.dtype.name, array.shape] for name, array in named.items()]
    header = json.dumps({"meta": dict(meta), "arrays": listed}).encode()
    digest = hashlib.sha256()
    with writing.whole(path, fsync=True) as file:
        pieces: list[Any] = [MAGIC, len(header).to_bytes(_LENGTH, "little"), header]
        pieces += [array.reshape(-1).view(np.uint8).data for array in named.values()]
        for raw in pieces:
            digest.update(raw)
            file.write(raw)
        file.write(digest.digest())


def read(path: Path) -> Checkpoint:
    """A checkpoint that was written whole. Nothing in the file is looked at before its checksum is right.

    Raises:
      ValueError: it was not, or it is no checkpoint; the message says how that shows, without the path.
      OtherVersionError: another version of this program made it.
      OSError: it cannot be read.
    """
    raw = path.read_bytes()
    begin = len(MAGIC) + _LENGTH
    if not raw.startswith(MAGIC):
        if re.match(rb"jaxw2v checkpoint \d+\n", raw):
            raise OtherVersionError("it was made by another version of this program")
        raise ValueError("it is cut short" if MAGIC.startswith(raw[: len(MAGIC)]) else "it is no checkpoint")
    if hashlib.sha256(memoryview(raw)[:-_DIGEST]).digest() != raw[-_DIGEST:]:
        raise ValueError("its checksum is wrong")
    end = begin + int.from_bytes(raw[len(MAGIC) : begin], "little")
    try:
        header = json.loads(raw[begin:end])
        arrays = {}
        for name, dtype, shape in header["arrays"]:
            size = math.prod(shape)
            arrays[name] = np.frombuffer(raw, jnp.dtype(dtype), size, end).reshape(shape)
            end += size * arrays[name].itemsize
        return Checkpoint(dict(header["meta"]), arrays)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, RecursionError) as error:
        raise ValueError(f"its header is wrong ({type(error).__name__})") from None
