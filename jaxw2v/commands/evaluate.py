"""Scores a file of word vectors on similarity and analogy test sets.

    jaxw2v evaluate vectors.bin --similarity wordsim353.tsv --analogies questions-words.txt

reads word2vec binary or text, GloVe text or npz, and prints one line a test set: Spearman's rank correlation with
people's judgments (similarity), the fraction of questions answered right (analogies), and how many questions the
vectors could answer at all.

A similarity file has lines of two words and a score; an analogy file has lines of four words under lines ": section".
"""

from collections.abc import Sequence
from pathlib import Path

from jaxw2v.errors import InputError
from jaxw2v.files.paths import expanded
from jaxw2v.files.results import write_result
from jaxw2v.launch.command import Parser, run
from jaxw2v.vectors import analogies, formats, similarity
from jaxw2v.vectors.similarity import Score


def main(argv: Sequence[str] | None = None) -> int:
    """Exit status: 0, or 2 after a user's mistake."""
    return run(lambda: _evaluate(argv))


def _parser() -> Parser:
    parser = Parser(prog="jaxw2v evaluate", description=__doc__)
    parser.add_argument("vectors", metavar="VECTORS", help="file of word vectors, most frequent word first")
    parser.add_argument("--similarity", nargs="+", default=[], metavar="FILE", help="test sets of word pairs")
    parser.add_argument("--analogies", nargs="+", default=[], metavar="FILE", help="test sets of analogies")
    parser.add_argument(
        "--method",
        nargs="+",
        choices=analogies.METHODS,
        default=["3cosadd"],
        help="how an analogy is answered; both may be given (default: 3cosadd)",
    )
    parser.add_argument(
        "--restrict-vocab",
        type=_vocabulary,
        default=30_000,  # as the demonstration scripts of word2vec.c
        metavar="N",
        help="answer analogies among the N most frequent words, or 'all' (default: 30000)",
    )
    parser.add_argument(
        "--case",
        choices=("lower", "upper", "exact"),
        default="lower",
        help="fold words of vectors and test sets to this case; exact: compare them as written (default: lower)",
    )
    parser.add_argument(
        "--oov",
        choices=("skip", "wrong"),
        default="skip",
        help="analogies with an unknown word: leave them out of the score or count them as wrong (default: skip)",
    )
    parser.add_argument("--sections", action="store_true", help="print a line for each section of an analogy file, too")
    parser.add_argument("--json", metavar="OUT", help="also write the scores to this file")
    return parser


def _vocabulary(text: str) -> int | None:
    return None if text == "all" else int(text)


_vocabulary.__name__ = "number of words"  # argparse names it when it fails


def _evaluate(argv: Sequence[str] | None) -> None:
    chosen = _parser().parse_args(argv)
    if not chosen.similarity and not chosen.analogies:
        raise InputError("no test set; give --similarity FILE or --analogies FILE")
    pairs_of = {path: similarity.load_pairs(path) for path in chosen.similarity}  # mistakes first, then the large file
    questions_of = {path: analogies.load_questions(path) for path in chosen.analogies}
    table = formats.load(chosen.vectors)
    words, numbers = table.vectors_VD.shape
    print(f"{chosen.vectors}: {words} words, {numbers} dimensions")

    result: dict[str, object] = {
        "vectors": chosen.vectors,
        "restrict_vocab": chosen.restrict_vocab,
        "case": chosen.case,
        "oov": chosen.oov,
    }
    for path, pairs in pairs_of.items():
        _report(result, f"similarity.{Path(path).stem}", similarity.evaluate(table, pairs, chosen.case))
    for path, questions in questions_of.items():
        for method in dict.fromkeys(chosen.method):
            scores = analogies.evaluate(table, questions, method, chosen.restrict_vocab, chosen.case, chosen.oov)
            name = f"analogies.{Path(path).stem}.{method}"
            _report(result, name, scores.total)
            for section, score in scores.sections.items() if chosen.sections else ():
                _report(result, f"{name}.{section}", score)
    if chosen.json:
        write_result(expanded(chosen.json, "--json"), result)


def _report(result: dict[str, object], name: str, score: Score) -> None:
    while name in result:  # two files of one name in different folders
        name += "'"
    result |= {name: score.value, f"{name}.answered": score.answered, f"{name}.asked": score.asked}
    value = "no score" if score.value is None else f"{score.value:8.4f}"
    print(f"{name:40} {value:>8}   answered {score.answered} of {score.asked}")
