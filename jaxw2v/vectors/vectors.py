"""Word vectors to be asked: what `jaxw2v.load` gives."""

import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import scipy.sparse

from jaxw2v.errors import InputError
from jaxw2v.vectors import formats, neighbors
from jaxw2v.vectors.lookup import Lookup, Made
from jaxw2v.vectors.neighbors import Neighbor
from jaxw2v.vectors.table import Table, vector

if TYPE_CHECKING:
    import pandas as pd

SUFFIXES = {".bin": "bin", ".txt": "txt", ".vec": "txt", ".npz": "npz"}


class Vectors(Lookup):
    """V words and their vectors, the most frequent word first as a rule.

    `vectors["king"]` is a vector, `vectors[["king", "queen"]]` several; `"king" in vectors`, `len(vectors)` and
    `for word in vectors` are of words. A query costs a product with the vectors, without a copy of them; they cannot be
    written to. Mapped vectors stay on the disk, and each query reads them once.

    A word that is not there is an `UnknownWordError`, which is a `KeyError` and names words that are nearly it.

    Attributes:
      notes: what was passed over when the file was read, a line for each kind.
    """

    def __init__(self, table: Table, notes: Sequence[str] = (), name: str = "the vectors", made: Made | None = None):
        super().__init__(table, name, made)
        self.notes = list(notes)

    @property
    def words(self) -> list[str]:
        """V different words, one for each row."""
        return self.table.words

    @property
    def matrix(self) -> np.ndarray | scipy.sparse.csr_array:
        """[V, D] float32, as in the file, read-only; a CSR array where vectors are sparse."""
        return self.table.vectors_VD

    def __repr__(self) -> str:
        words, numbers = self.matrix.shape
        return f"Vectors({words:,} words, {numbers} dimensions)"

    def __len__(self) -> int:
        return len(self.words)

    def __iter__(self) -> Iterator[str]:
        return iter(self.words)

    def __contains__(self, word: object) -> bool:
        return isinstance(word, str) and word in self.row_of

    def __getitem__(self, words: str | Iterable[str]) -> np.ndarray:
        """[D] float32 of a word, or [N, D] of N words; a copy.

        Raises:
          UnknownWordError: a word is not there.
          TypeError: no words; row 5 is `matrix[5]`.
        """
        if isinstance(words, str):
            return np.array(vector(self.table, self.row(words)))
        listed: list = list(words) if isinstance(words, Iterable) else [words]
        if not isinstance(words, Iterable) or not all(isinstance(word, str) for word in listed):
            raise TypeError(f"{listed[:3]}: give a word or a list of words; rows by number are vectors.matrix[...]")
        rows = [self.row(word) for word in listed]
        found = np.empty((len(rows), self.matrix.shape[1]), np.float32)
        for at, row in enumerate(rows):
            found[at] = vector(self.table, row)
        return found

    def get(self, word: str, default: object = None) -> object:
        """[D] float32 of a word, or `default` where it is not there."""
        row = self.row_of.get(word) if isinstance(word, str) else None
        return default if row is None else np.array(vector(self.table, row))

    def similarity(self, a: str, b: str) -> float:
        """The cosine of two words, in [-1, 1]; 0 where the vector of one is zero.

        Raises:
          UnknownWordError: a word is not there.
        """
        one_D, two_D = self[[a, b]].astype(np.float64)
        length = np.sqrt(one_D @ one_D) * np.sqrt(two_D @ two_D)
        return float(np.clip(one_D @ two_D / length, -1, 1)) if length > 0 else 0.0

    def most_similar(
        self,
        query: str | Iterable[str] | np.ndarray,
        n: int = 10,
        *,
        negative: str | Iterable[str] = (),
        exclude: Iterable[str] = (),
    ) -> list[Neighbor]:
        """The n words nearest to the query, nearest first, as (word, cosine); the words of the query are left out.

        Args:
          query: a word; an expression, "king - man + woman" (white space around each sign); a list of words, whose
            vectors of length 1 are added; a vector, [D] float.
          n: at least 1.
          negative: words whose vectors of length 1 are subtracted from those of the query.
          exclude: further words to leave out; unknown ones are ignored.

        Raises:
          UnknownWordError: a word is not there.
          InputError: two words or two signs in a row, a vector of another length, a sum that is zero, n below 1.

        As gensim's `most_similar`, whose cosines these are; at equal cosines the more frequent word is first.
        """
        less, exclude = _listed(negative), _listed(exclude)
        if isinstance(query, np.ndarray) and query.dtype.kind not in "US":
            if less:
                raise InputError("negative=...: give the query as words, not as a vector")
            return neighbors.nearest(self, query, n, exclude)
        if isinstance(query, str) and not less:
            if query in self:
                return neighbors.nearest(self, query, n, exclude)
            found = neighbors.solve(self, query, n + len(exclude))
            return [near for near in found if near.word not in exclude][:n]
        more = _listed(query)  # type: ignore[arg-type]  # an array of words is a list of them
        if not more and not less:
            raise InputError("the query is empty; give a word, a list of words or a vector")
        return neighbors.of_sum(self, [*more, *less], [1] * len(more) + [-1] * len(less), n, exclude)

    def analogy(self, a: str, b: str, c: str, n: int = 1) -> list[Neighbor]:
        """The n best words x such that a is to b as x is to c: those nearest to a - b + c, the best first.

        `analogy("paris", "france", "italy")` asks for the capital of Italy, as "paris - france + italy" does. a, b and
        c are never answers. 3CosAdd on vectors of length 1.

        Raises:
          UnknownWordError: a word is not there.
          InputError: the sum is zero, n below 1.
        """
        return neighbors.of_sum(self, _listed([a, b, c]), [1, -1, 1], n)

    def to_pandas(self) -> "pd.DataFrame":
        """A table of V rows, its index the words, and D columns 0, 1, ...; a copy, which can be written to."""
        import pandas as pd  # here: its import takes half a second

        index = pd.Index(self.words, name="word", dtype=object)
        if scipy.sparse.issparse(self.matrix):
            return pd.DataFrame.sparse.from_spmatrix(self.matrix, index=index)
        return pd.DataFrame(np.array(self.matrix), index=index, copy=False)

    def save(self, path: str | os.PathLike, format: str | None = None, *, spaces: str | None = None) -> None:
        """Writes them to a file.

        Args:
          path: its folder must exist.
          format: "bin", "txt" or "npz"; None: by the end of the name, .bin, .txt, .vec or .npz.
          spaces: stands for white space in words, such as "_": bin and txt hold no word with white space. None: as they
            are, which npz holds.

        Raises:
          InputError: the name says no format, the format cannot hold a word, or the file cannot be written.
        """
        format = format or SUFFIXES.get(Path(path).suffix.lower())
        if format is None:
            raise InputError(f"{path}: its name says no format; end it with {', '.join(SUFFIXES)}, or give format=")
        if scipy.sparse.issparse(self.matrix):
            raise InputError(f"{path}: sparse vectors fit none of the formats; use scipy.sparse.save_npz")
        words = self.words
        if spaces is not None:
            words = [re.sub(r"[ \t\n\v\f\r]+", lambda _: spaces, word) for word in words]
        formats.save(Table(words, self.table.vectors_VD), path, format)


def _listed(words: str | Iterable[str]) -> list[str]:
    listed: list = list(words) if isinstance(words, Iterable) and not isinstance(words, str | bytes) else [words]
    for word in listed:
        if not isinstance(word, str):
            raise TypeError(f"{str(word)[:60]}: give words; a vector is an array of NumPy")
    return listed


def load(
    path: str | os.PathLike,
    *,
    limit: int | None = None,
    mmap: bool = False,
    invalid_utf8: str = "error",
    say: Callable[[str], None] | None = None,
) -> Vectors:
    """The vectors in a file; arguments and errors as for `formats.load`. What is said is in `notes`, too."""
    notes: list[str] = []
    table, made = formats.read(path, limit, mmap, invalid_utf8, notes)
    formats.tell(notes, say)
    return Vectors(table, notes, str(path), made)
