"""One reading of text files, which notices a file that changes meanwhile."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from jaxw2v.errors import InputError
from jaxw2v.text import sources, tokens
from jaxw2v.text.remarks import Remarks
from jaxw2v.text.tokens import Counted


def _read_all(files: Sequence[Path]) -> list[str]:
    return [sources.sha256(file) for file in files]


class Reading:
    """One reading of some files.

    Attributes:
      known: [kind, sha256] of each file as it lies on disk, before it is read: what a cache knows it by.
      skipped: how many words, or lines, `invalid_utf8=skip` left out of what was read so far.
      digest: fed the decompressed bytes of all of them, as they are read.
      remarks: what is odd in them.
    """

    def __init__(self, files: Sequence[Path], sha256s: Callable[[Sequence[Path]], list[str]] = _read_all):
        """Looks at the files.

        Args:
          files: of the text.
          sha256s: of `known_hashes`; by default each file is read to its end.
        """
        self.digest, self._skipped = hashlib.sha256(), Counter[str]()
        self.remarks = Remarks()
        self._files = files
        self._states = [sources.file_state(file) for file in files]
        self.known = [[file.suffix.lower(), sha256] for file, sha256 in zip(files, sha256s(files))]
        self._read = [hashlib.sha256() for _ in files]

    @property
    def skipped(self) -> int:
        return self._skipped.total()

    def write_ids(
        self,
        file: IO[bytes],
        *,
        threads: int | None = None,
        progress: Callable[[int], None] | None = None,
        most: int | None = None,
        empty_lines: bool = False,
        **how: Any,
    ) -> Counted:
        """Writes the ids of all words, see `tokens.write_ids`; returns the words and how often each occurs.

        Args:
          file: open for writing.
          threads, empty_lines: of `tokens.tokenized`.
          progress, most: of `tokens.write_ids`.
          how: settings of `sources.read_text`.

        Raises:
          InputError: there are no words, or what `check` raises.
        """
        counted = tokens.write_ids(tokens.tokenized(self.texts(**how), threads, empty_lines), file, progress, most)
        self.check()
        if not counted.seen:
            names = ", ".join(map(str, self._files[:3]))
            raise InputError(f"{names}: no words; point corpus.path at a text that has some")
        self.remarks.see_words(counted.words, counted.count_W)
        return counted

    def texts(self, **how: Any) -> Iterator[Iterator[bytes]]:
        """The text of each file, by `sources.read_text` with these settings."""
        for file, on_disk in zip(self._files, self._read):
            how |= {"skipped": self._skipped, "remarks": self.remarks}
            yield sources.read_text(file, digest=self.digest, on_disk=on_disk, **how)

    def check(self) -> None:
        """After all of it.

        Raises:
          InputError: a file is not as it was before, or what was read of it was not what it is known by.
        """
        for file, state, (_, sha256), read in zip(self._files, self._states, self.known, self._read):
            if sources.file_state(file) != state:
                raise InputError(f"{file}: changed while it was read; start again when it is finished")
            if read.hexdigest() != sha256:
                why = "changed while it was read, or before without a trace in its time"
                raise InputError(f"{file}: {why}; start again when it is finished, with corpus.verify=always")
