"""A reading of text files in which one that changes meanwhile is found out."""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from jaxw2v.errors import InputError
from jaxw2v.text import sources


class Reading:
    """One reading of some files.

    Attributes:
      known: [kind, sha256] of each file as it lies on disk, before it is read: what a cache knows it by.
      digest: fed the decompressed bytes of all of them, as they are read.
    """

    def __init__(self, files: Sequence[Path]):
        """Looks at the files, each of which is read to its end for its sha256."""
        self.digest = hashlib.sha256()
        self._files = files
        self._states = [sources.state(file) for file in files]
        self.known = [[file.suffix.lower(), sources.sha256(file)] for file in files]
        self._read = [hashlib.sha256() for _ in files]

    def texts(self, **how: Any) -> Iterator[Iterator[bytes]]:
        """The text of each file, by `sources.read_text` with these settings."""
        for file, on_disk in zip(self._files, self._read):
            yield sources.read_text(file, digest=self.digest, on_disk=on_disk, **how)

    def check(self) -> None:
        """After all of it.

        Raises:
          InputError: a file is not as it was before, or what was read of it was not what it is known by.
        """
        for file, state, (_, sha256), read in zip(self._files, self._states, self.known, self._read):
            if sources.state(file) != state or read.hexdigest() != sha256:
                raise InputError(f"{file}: changed while it was read; start again when it is finished")
