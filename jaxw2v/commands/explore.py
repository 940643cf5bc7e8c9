"""Makes a page of word vectors to look at, and files for TensorBoard's projector.

    jaxw2v explore vectors.bin --out page.html
    jaxw2v explore glove.zip --words 20000 --layout pca --out page.html
    jaxw2v explore vectors.bin --projector folder && tensorboard --logdir folder  # http://localhost:6006/#projector

reads word2vec binary or text, GloVe text, fastText's .vec or npz, compressed or not. The page has a map of the most
frequent words, a search, and the 20 words nearest to each one with their cosines. It is one file, about 1.3 MB for
10,000 words, for any browser, without a network. The same vectors give the same page.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from jaxw2v.commands import vectors_file
from jaxw2v.errors import InputError
from jaxw2v.files import writing
from jaxw2v.files.paths import expanded
from jaxw2v.launch.command import Parser, run, say
from jaxw2v.study import explorer, layout
from jaxw2v.study.explorer import WordMap
from jaxw2v.vectors import neighbors, projector
from jaxw2v.vectors.matrix import enough_memory
from jaxw2v.vectors.table import unit_rows
from jaxw2v.vectors.vectors import Vectors

_WORDS, _LEAST, _MOST = 10_000, 5, 40_000  # a page of the most has 5 MB
_NEIGHBORS = 20
_LAYOUTS = {
    "tsne": "The map is by t-SNE: words that stand close together have near vectors; longer distances say little.",
    "pca": "The map has the two principal components of the vectors: a small part of what is in them.",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Exit status: 0, or 2 after a user's mistake."""
    return run(lambda: _explore(argv))


def _parser() -> Parser:
    parser = Parser(prog="jaxw2v explore", description=__doc__)
    vectors_file.add_file(parser)
    parser.add_argument("--out", metavar="PAGE.html", help="the page; it is replaced")
    parser.add_argument(
        "--projector",
        metavar="FOLDER",
        help="write vectors.tsv, metadata.tsv and projector_config.pbtxt for TensorBoard's projector there",
    )
    parser.add_argument(
        "--words", type=int, metavar="N", help=f"the first N words of the file only (default: {_WORDS}, or all)"
    )
    parser.add_argument(
        "--layout",
        choices=layout.KINDS,
        default="tsne",
        help="how the page's map is made; t-SNE takes a minute or so for 10,000 words, pca a second (default: tsne)",
    )
    return parser


def _explore(argv: Sequence[str] | None) -> None:
    chosen = _parser().parse_used(argv, {"--layout": ["--out"]})
    out = _page_place(chosen)
    folder = expanded(chosen.projector, "--projector") if chosen.projector is not None else None
    if folder is not None and folder.exists() and not folder.is_dir():
        raise InputError(f"--projector {chosen.projector}: this is a file; name a folder")
    vectors = _read(chosen)
    if folder is not None:
        with enough_memory(chosen.vectors):
            projector.save(vectors.table, folder)
        say(f"{folder}: {', '.join(projector.FILES)}, {len(vectors):,} words")
        say(f"tensorboard --logdir {folder}; then open http://localhost:6006/#projector")
    if out is not None:
        with enough_memory(chosen.vectors):
            text = _page(chosen, vectors).encode("utf-8", "backslashreplace")
        try:
            with writing.whole(out) as file:
                file.write(text)
        except OSError as error:
            raise InputError(f"--out {chosen.out}: cannot write ({error.strerror}); choose another file") from error
        say(f"{out}: {len(text) / 1e6:.1f} MB; open it in a browser")


def _page_place(chosen: argparse.Namespace) -> Path | None:
    """Where the page goes, None: none was asked for. Mistakes are found before the file of vectors is read."""
    if chosen.out is None and chosen.projector is None:
        raise InputError("nothing to make; give --out PAGE.html or --projector FOLDER")
    if chosen.words is not None and chosen.words < _LEAST:
        raise InputError(f"--words {chosen.words}: use {_LEAST} or more")
    if chosen.out is None:
        return None
    if (chosen.words or 0) > _MOST:
        raise InputError(f"--words {chosen.words}: a page has room for {_MOST:,}; use that or fewer")
    out = expanded(chosen.out, "--out")
    if not out.parent.is_dir():
        raise InputError(f"--out {chosen.out}: there is no folder {out.parent}; make it first, or name another")
    if out.is_dir():
        raise InputError(f"--out {chosen.out}: this is a folder; name a file, such as {out / 'page.html'}")
    if out.suffix.lower() not in (".html", ".htm"):
        raise InputError(f"--out {chosen.out}: the page is HTML; name it .html")
    return out


def _read(chosen: argparse.Namespace) -> Vectors:
    """The first words of the file.

    Raises:
      InputError: it cannot be read, or has fewer words than were asked for, and none was passed over.
    """
    chosen.limit, chosen.mmap = chosen.words or _WORDS, False
    vectors = vectors_file.load(chosen)
    if chosen.words is not None and len(vectors) < chosen.words and not vectors.notes:
        raise InputError(f"--words {chosen.words}: {chosen.vectors} has {len(vectors):,}; ask for that or fewer")
    return vectors


def _page(chosen: argparse.Namespace, vectors: Vectors) -> str:
    with_direction_V = vectors.length_V > 0
    words = [word for word, kept in zip(vectors.words, with_direction_V) if kept]
    if len(words) < _LEAST:
        raise InputError(
            f"{chosen.vectors}: {len(words)} words with a vector that is not zero are too few for a map; "
            f"it takes {_LEAST}"
        )
    unit_ND = unit_rows(np.asarray(vectors.matrix)[with_direction_V])
    how = "t-SNE, a minute or so for 10,000" if chosen.layout == "tsne" else "their principal components"
    say(f"{chosen.vectors}: {len(words):,} words, {unit_ND.shape[1]} dimensions; a map by {how}")
    row_NK, cosine_NK = neighbors.of_each(unit_ND, min(_NEIGHBORS, len(words) - 1))
    wide_ND = unit_ND.astype(np.float64)
    shown = WordMap(words, layout.plane(wide_ND, chosen.layout), explorer.clusters(wide_ND), row_NK, cosine_NK)
    summary = f"the first {len(vectors):,} words of the file, {unit_ND.shape[1]} dimensions"
    if zero := len(vectors) - len(words):
        summary += f"; {zero:,} whose vector is zero left out"
    return explorer.render(shown, Path(chosen.vectors).name, summary, _LAYOUTS[chosen.layout])
