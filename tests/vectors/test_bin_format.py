import io
from pathlib import Path

import numpy as np
import pytest

from jaxw2v.errors import InputError
from jaxw2v.vectors import bin_format, formats
from jaxw2v.vectors.source import Source, Stream
from jaxw2v.vectors.table import Table

WORDS = ["w", "", "né", "a\nb", "\n", "x" * 50, "\u4e2d\u6587", "0"]


def table(numbers):
    # many of the numbers' bytes are spaces and newlines
    data = np.random.default_rng(numbers).choice(np.frombuffer(b" \n\0a", np.uint8), (len(WORDS), 4 * numbers))
    return Table(WORDS, data.view("<f4"))


def written(made, end):
    """Row by row, the slow way."""
    rows = [word.encode() + b" " + row.tobytes() + end for word, row in zip(*made)]
    return b"%d %d\n" % made.vectors_VD.shape + b"".join(rows)


def cut_slowly(data, start, numbers):
    """Words, numbers, and where each row stands."""
    at, found = start, []
    for row in range(len(WORDS)):
        at += data[at] == 10
        space = data.index(b" ", at)
        end = space + 1 + 4 * numbers
        found.append((data[at:space], data[space + 1 : end], f"row {row + 1} of {len(WORDS)} at byte {at}"))
        at = end
    return found


@pytest.mark.parametrize("end", [b"\n", b""], ids=["C", "gensim"])
@pytest.mark.parametrize("numbers", [1, 3, 20])
@pytest.mark.parametrize("piece", [1, 7, 64, 10**6])
def test_rows_are_cut_where_a_loop_would_cut_them(monkeypatch, end, numbers, piece):
    monkeypatch.setattr(bin_format, "_PIECE", piece)
    monkeypatch.setattr(bin_format, "_LONGEST_WORD", 80)
    data = written(table(numbers), end)
    stream = Stream("v", io.BytesIO(data), "", len(data))
    start = len(stream.read(data.index(b"\n") + 1))
    found = []
    for rows in bin_format.read(Source("v", Path("v"), stream, None), start, len(WORDS), numbers, None):
        found += [(word, rows.vectors_ND[at].tobytes(), rows.place(at)) for at, word in enumerate(rows.words)]
    assert found == cut_slowly(data, start, numbers)


@pytest.mark.parametrize("numbers", [1, 3, 20])
def test_what_is_written_is_what_a_loop_would_write(numbers):
    made = Table(WORDS[:1] + WORDS[2:3] + WORDS[5:], table(numbers).vectors_VD[:5])
    file = io.BytesIO()
    bin_format.write(made, file)
    assert file.getvalue() == written(made, b"\n")


def test_a_file_without_a_space_is_refused_in_one_pass(tmp_path):
    (tmp_path / "v.bin").write_bytes(b"3 4\n" + b"\x01" * 2**20)  # a pass for each byte would take hours
    with pytest.raises(InputError, match="row 1 of 3 at byte 4: the file is cut here or its header is wrong"):
        formats.load(tmp_path / "v.bin")


def test_a_word_longer_than_any_is_refused_where_it_stands(tmp_path):
    row = b"\0" * 16 + b"\n"
    (tmp_path / "v.bin").write_bytes(b"3 4\na " + row + b"x" * 2**16 + b" " + row + b"c " + row)
    with pytest.raises(InputError, match=r"row 2 of 3 at byte 22, after 'a'.*--limit 1"):
        formats.load(tmp_path / "v.bin")
