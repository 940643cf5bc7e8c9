"""Shows the words nearest to a word, or to a sum of words.

    jaxw2v neighbors vectors.bin king paris
    jaxw2v neighbors vectors.bin "king - man + woman" --n 5
    jaxw2v neighbors vectors.bin < queries.txt

reads word2vec binary or text, GloVe text, fastText's .vec or npz, compressed or not. Each query is a word, or words
with + and - between them (in quotes, with a space on both sides of each sign). Without a query, one a line is read from
standard input. A line of the answer is a cosine and a word; the words of the query are left out.
"""

import sys
from collections.abc import Iterable, Sequence

from jaxw2v.commands import vectors_file
from jaxw2v.errors import InputError
from jaxw2v.files import spaces
from jaxw2v.launch.command import Parser, run
from jaxw2v.vectors import neighbors
from jaxw2v.vectors.matrix import enough_memory


def main(argv: Sequence[str] | None = None) -> int:
    """Exit status: 0, or 2 after a user's mistake."""
    return run(lambda: _neighbors(argv))


def _parser() -> Parser:
    parser = Parser(prog="jaxw2v neighbors", description=__doc__)
    vectors_file.add_flags(parser)
    parser.add_argument("queries", nargs="*", metavar="QUERY", help='a word, or a sum such as "king - man + woman"')
    parser.add_argument("--n", type=int, default=10, help="how many words to show (default: 10)")
    parser.add_argument(
        "--white-space",
        choices=spaces.KINDS,
        default="ascii",
        help="what separates words in a query; unicode: also no-break spaces and the like (default: ascii)",
    )
    return parser


def _neighbors(argv: Sequence[str] | None) -> int:
    chosen = _parser().parse_args(argv)
    if chosen.n < 1:
        raise InputError(f"--n {chosen.n}: ask for 1 or more neighbors")
    vectors = vectors_file.load(chosen)
    status = 0
    for query in chosen.queries or _typed():
        try:
            with enough_memory(chosen.vectors):
                found = neighbors.solve(vectors, query, chosen.n, chosen.white_space)
        except InputError as error:  # the other queries are still answered
            print("error:", error, file=sys.stderr, flush=True)
            status = 2
            continue
        print(query)
        for neighbor in found:
            print(f"  {neighbor.cosine:7.4f}  {neighbor.word}")
        sys.stdout.flush()
    return status


def _typed() -> Iterable[str]:
    if sys.stdin.isatty():
        print("a word or a sum of words a line; Ctrl-D ends", file=sys.stderr)
    try:
        for line in sys.stdin:
            if query := spaces.strip(line):
                yield query
    except UnicodeDecodeError as error:
        raise InputError(f"standard input: byte {error.start} is not UTF-8; convert it to UTF-8") from None
