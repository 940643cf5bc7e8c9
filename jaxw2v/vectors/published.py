"""Test sets that others have published: where each is, and how to know that what came is the one.

Publishers pack a set anew from time to time, and mirrors change its header or its line ends. So the checksum is of the
questions, not of a file.
"""

import hashlib
import io
import tarfile
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from jaxw2v.errors import InputError
from jaxw2v.files import download, foreign, writing
from jaxw2v.vectors import pair_files

_LARGEST = 2**25  # bytes; SimLex-999 is packed in 100 kB, the analogies have 604 kB
_GENSIM = "https://raw.githubusercontent.com/piskvorky/gensim/4.4.0/gensim/test/test_data/"


class Source(NamedTuple):
    """A place in the network.

    Attributes:
      url: http or https.
      member: the name of the file inside the zip or tar archive; empty: what comes is the file.
    """

    url: str
    member: str = ""


class Published(NamedTuple):
    """A test set.

    Attributes:
      file: the name that it gets.
      kind: "similarity" or "analogies".
      what: its size, authors, year and license, for a person.
      sources: the publisher's first, then mirrors.
      sha256: hexadecimal; of pairs, as sorted lines of two words and the score; of analogies, of the file with plain
        line ends.
    """

    file: str
    kind: str
    what: str
    sources: tuple[Source, ...]
    sha256: str


_AGIRRE = "http://alfonseca.org/pubs/ws353simrel.tar.gz"
_WORD2VEC = "https://raw.githubusercontent.com/tmikolov/word2vec/20c129af10659f7c50e86e3be406df663beff438/"
TEST_SETS = {
    "wordsim353": Published(
        "wordsim353.tsv",
        "similarity",
        "WordSim-353: 353 pairs (Finkelstein et al. 2002; CC BY 4.0)",
        (
            Source("http://www.gabrilovich.com/resources/data/wordsim353/wordsim353.zip", "combined.csv"),
            Source(_GENSIM + "wordsim353.tsv"),
        ),
        "b34892454bfdb16c2f898c078920a4b9c92b456e525033f5e5403224ec753881",
    ),
    "wordsim353-sim": Published(
        "wordsim353-sim.tsv",
        "similarity",
        "WordSim-353, similarity: 203 pairs of it (Agirre et al. 2009; CC BY 4.0)",
        (Source(_AGIRRE, "wordsim353_sim_rel/wordsim_similarity_goldstandard.txt"),),
        "55c245a50dc46c5d582b62e641b7a8ab45137204d8f51c857079377d94e207a5",
    ),
    "wordsim353-rel": Published(
        "wordsim353-rel.tsv",
        "similarity",
        "WordSim-353, relatedness: 252 pairs of it (Agirre et al. 2009; CC BY 4.0)",
        (Source(_AGIRRE, "wordsim353_sim_rel/wordsim_relatedness_goldstandard.txt"),),
        "dc7986abbe39f6ec38320ad74ae429bce5f6b9c98d3b776153ffaf656dab186e",
    ),
    "simlex999": Published(
        "simlex999.tsv",
        "similarity",
        "SimLex-999: 999 pairs (Hill, Reichart and Korhonen 2015; no license stated, cite it)",
        (
            Source("https://fh295.github.io/SimLex-999.zip", "SimLex-999/SimLex-999.txt"),
            Source(_GENSIM + "simlex999.txt"),
        ),
        "8928303e85374c5e83c66b2294cbdb02a5641e24a6cd8944750e8ae1628d83f7",
    ),
    "google-analogies": Published(
        "google-analogies.txt",
        "analogies",
        "Google's analogies: 19,544 questions (Mikolov et al. 2013; Apache-2.0)",
        (Source(_WORD2VEC + "questions-words.txt"), Source(_GENSIM + "questions-words.txt")),
        "8c29b3332afc46f3fb8be04cb5297bf96f39aa7131272dff57869b4485b22a36",
    ),
}


def fetch(name: str, folder: Path, timeout: float, sets: dict[str, Published] = TEST_SETS) -> Path:
    """The file of a test set, in a folder; what is there already and right is left as it is.

    Args:
      name: of `sets`.
      folder: that exists.
      timeout: seconds without a byte before a place is given up and the next is tried.
      sets: the table.

    Returns:
      `folder/FILE`: lines of two words and a score, separated by tabs, in the publisher's order; analogies as they are.

    Raises:
      InputError: none of the places has it; each is named with what went wrong there.
      OSError: the file cannot be written.
    """
    wanted = sets[name]
    target = folder / wanted.file
    if target.is_file():
        if _content(target.read_bytes(), wanted)[1] == wanted.sha256:
            return target
        raise InputError(f"{target}: it is there and is not {name}; choose another --out, or move it away")
    problems = []
    for source in wanted.sources:
        text = _from(source, timeout, wanted)
        if isinstance(text, bytes):
            with writing.whole(target) as file:
                file.write(text)
            return target
        problems.append(f"{source.url}: {text}")
    raise InputError(f"{name}: {'; '.join(problems)}; try again, or put the file at {target} by hand")


def _from(source: Source, timeout: float, wanted: Published) -> bytes | str:
    """The file, as it is kept, or what went wrong."""
    packed = download.small(source.url, timeout, _LARGEST)
    if isinstance(packed, str):
        return packed
    raw = _member(packed, source.member) if source.member else packed
    if raw is None:
        return f"no archive with {source.member}"
    text, digest = _content(raw, wanted)
    return text if digest == wanted.sha256 else "its checksum is not that of the test set, so this is another file"


def _member(packed: bytes, member: str) -> bytes | None:
    """A file of a zip or a tar archive; None: there is none."""
    try:
        if packed.startswith(foreign.ZIP):
            with zipfile.ZipFile(io.BytesIO(packed)) as zipped, zipped.open(member) as file:
                return file.read(_LARGEST)
        with tarfile.open(fileobj=io.BytesIO(packed)) as tarred:
            entry = tarred.extractfile(member)
            return None if entry is None else entry.read(_LARGEST)
    except Exception:  # of broken archives zipfile, zlib, lzma and tarfile raise a dozen kinds
        return None


def _content(raw: bytes, wanted: Published) -> tuple[bytes, str]:
    """A file as it is kept, and its checksum; nothing, where it has not the form of a test set."""
    if wanted.kind == "analogies":
        text = raw.replace(b"\r\n", b"\n")
        return text, hashlib.sha256(text).hexdigest()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / wanted.file
        path.write_bytes(raw)
        try:
            pairs = pair_files.load(path)
        except InputError:
            return b"", ""
    lines = [f"{one}\t{two}\t{score:g}\n".encode() for (one, two), score in zip(pairs.words, pairs.human_Q.tolist())]
    return b"".join(lines), _of_lines(lines)


def _of_lines(lines: Sequence[bytes]) -> str:
    return hashlib.sha256(b"".join(sorted(lines))).hexdigest()
