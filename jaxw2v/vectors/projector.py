"""A folder for TensorBoard's projector: vectors.tsv, metadata.tsv, and projector_config.pbtxt, which names both."""

import os
import re

from jaxw2v.errors import InputError
from jaxw2v.files import writing
from jaxw2v.files.paths import expanded
from jaxw2v.vectors.table import Table, blocks
from jaxw2v.vectors.txt_format import number_lines

FILES = ("vectors.tsv", "metadata.tsv", "projector_config.pbtxt")
_BLOCK = 1 << 20  # numbers written at a time
_CONFIG = 'embeddings {\n  tensor_path: "vectors.tsv"\n  metadata_path: "metadata.tsv"\n}\n'
_BREAKS = re.compile(r"[\t\n\v\f\r\x1c-\x1e\x85\u2028\u2029]")  # that end a cell, or a line of some program


def save(table: Table, folder: str | os.PathLike) -> None:
    """Writes the three files: a line of numbers for each word, and its word; the same table gives the same bytes.

    Args:
      table: V words, [V, D] float32, D at least 2.
      folder: it is made; files of these names are replaced.

    Raises:
      InputError: one dimension, which the projector refuses; the files cannot be written.

    A tab or the end of a line in a word becomes a space, and a word that is nothing but white space its escapes: the
    projector would pass over the line, and every later word would stand at the vector of another one.
    """
    place = expanded(folder)
    if table.vectors_VD.shape[1] < 2:
        raise InputError(f"{folder}: the projector shows vectors of 2 dimensions or more; these have one")
    try:
        place.mkdir(parents=True, exist_ok=True)
        with writing.whole(place / FILES[0]) as file:
            for _, vectors_ND in blocks(table, _BLOCK):
                file.write(b"".join(b"%s\n" % line for line in number_lines(vectors_ND, "\t")))
        with writing.whole(place / FILES[1]) as file:
            file.write("".join(f"{_cell(word)}\n" for word in table.words).encode("utf-8", "backslashreplace"))
        with writing.whole(place / FILES[2]) as file:
            file.write(_CONFIG.encode())
    except OSError as error:
        raise InputError(f"{folder}: cannot write ({error.strerror}); choose another folder") from error


def _cell(word: str) -> str:
    cell = _BREAKS.sub(" ", word)
    return cell if cell.replace("\ufeff", "").strip() else "".join(f"\\u{ord(letter):04x}" for letter in word)
