"""Scores a file of word vectors on similarity and analogy test sets.

    jaxw2v evaluate vectors.bin --similarity wordsim353.tsv --analogies questions-words.txt

reads word2vec binary or text, GloVe text, fastText's .vec or npz, compressed or not, and prints
one line a test set: Spearman's rank correlation with people's judgments (similarity), the fraction of questions
answered right (analogies), and how many questions the vectors could answer at all.

A similarity file has lines of two words and a score, in columns or quotes of any usual kind; an analogy file has lines
of four words under lines ": section", or is one of BATS, or its folder.

    jaxw2v evaluate gensim.bin --beside outputs/sweeps/k/k=5 --program gensim --seed 1 --out outputs/sweeps/k/gensim-1

scores vectors of another program as that run was scored, and leaves a folder that report and export read as a run.
"""

import argparse
from collections.abc import Sequence

from jaxw2v.commands import vectors_file
from jaxw2v.errors import InputError
from jaxw2v.files import spaces
from jaxw2v.files.lines import Rules
from jaxw2v.files.paths import expanded
from jaxw2v.files.results import write_result
from jaxw2v.launch.command import Parser, run, say
from jaxw2v.launch.kinds import setting_names
from jaxw2v.launch.places import REPOSITORY
from jaxw2v.vectors import analogies, pair_files, question_files, similarity
from jaxw2v.vectors.halves import HALVES, half
from jaxw2v.vectors.matrix import enough_memory
from jaxw2v.vectors.similarity import Score
from jaxw2v.vectors.unanswered import NO_RANKS, reason
from jaxw2v.vectors.vectors import Vectors

_NO_HALF = "leave out --half"
OF_ANALOGIES = ("--method", "--restrict-vocab", "--oov", "--sections")  # flags that nothing else reads
OF_TEST_SETS = ("--case", "--white-space", "--half", "--json")
OF_BESIDE = ("--program", "--seed", "--out")


def main(argv: Sequence[str] | None = None) -> int:
    """Exit status: 0, or 2 after a user's mistake."""
    return run(lambda: _evaluate(argv))


def _parser() -> Parser:
    parser = Parser(prog="jaxw2v evaluate", description=__doc__)
    vectors_file.add_flags(parser)
    parser.add_argument("--similarity", nargs="+", default=[], metavar="FILE", help="test sets of word pairs")
    parser.add_argument(
        "--columns",
        nargs="+",
        default=[],
        metavar="COLUMN",
        help="names or numbers (from 1) of the columns of both words and the score, or of the score, in each FILE of "
        "--similarity (default: found)",
    )
    parser.add_argument("--analogies", nargs="+", default=[], metavar="FILE", help="test sets of analogies")
    _add_rules(parser)
    parser.add_argument("--sections", action="store_true", help="print a line for each section of an analogy file, too")
    parser.add_argument("--json", metavar="OUT", help="also write the scores to this file")
    _add_beside(parser)
    return parser


def _add_beside(parser: Parser) -> None:
    """Flags for vectors of another program that are to stand in a report."""
    parser.add_argument(
        "--beside", metavar="RUN", help="score the vectors as the run in this folder, by its test sets and rules"
    )
    parser.add_argument("--program", metavar="NAME", help="what made the vectors, such as gensim")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="of the vectors (default: 1)")
    parser.add_argument("--out", metavar="FOLDER", help="where the result goes, for report and export")


def _add_rules(parser: Parser) -> None:
    """Flags that say which questions count and how they are answered."""
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
    parser.add_argument(
        "--white-space",
        choices=spaces.KINDS,
        default="ascii",
        help="what separates words in test sets; unicode: also no-break spaces and the like (default: ascii)",
    )
    parser.add_argument(
        "--half",
        choices=HALVES,
        help="score these questions only: half of each test set, by a hash of a question's words, to choose settings "
        "by (tuning), or the other half (reporting; default: all)",
    )


def _vocabulary(text: str) -> int | None:
    if text != "all" and int(text) < 4:
        raise argparse.ArgumentTypeError(f"{text}: use 4 or more words, or all")
    return None if text == "all" else int(text)


_vocabulary.__name__ = "number of words"  # argparse names it when it fails


def _evaluate(argv: Sequence[str] | None) -> None:
    needs = {flag: ["--analogies"] for flag in OF_ANALOGIES} | {flag: ["--beside"] for flag in OF_BESIDE}
    chosen = _parser().parse_used(argv, needs | {flag: ["--similarity", "--analogies"] for flag in OF_TEST_SETS})
    if chosen.beside:
        return _beside(chosen)
    if not chosen.similarity and not chosen.analogies:
        raise InputError("no test set; give --similarity FILE, --analogies FILE or --beside RUN")
    if len(chosen.columns) not in (0, 1, 3) or (chosen.columns and not chosen.similarity):
        named = " ".join(chosen.columns)
        raise InputError(f"--columns {named}: name three, or that of the score, with --similarity FILE")
    if chosen.json and not (place := expanded(chosen.json, "--json")).parent.is_dir():
        raise InputError(f"--json {chosen.json}: there is no folder {place.parent}; make it first, or name another")
    if chosen.json and place.is_dir():
        raise InputError(f"--json {chosen.json}: this is a folder; name a file")
    rules = Rules(chosen.white_space)  # mistakes first, then the large file
    pairs_of = {path: pair_files.load(path, chosen.columns, rules, say) for path in chosen.similarity}
    pairs_of = {path: half(path, pairs, chosen.half, _NO_HALF) for path, pairs in pairs_of.items()}
    questions_of = {path: question_files.load(path, rules, say) for path in chosen.analogies}
    questions_of = {path: half(path, questions, chosen.half, _NO_HALF) for path, questions in questions_of.items()}
    if pairs_of:
        import scipy.stats  # noqa: F401  # its code needs room, too, and says so badly when the vectors have taken it
    vectors = vectors_file.load(chosen)
    words, numbers = vectors.matrix.shape
    print(f"{chosen.vectors}: {words} words, {numbers} dimensions")

    result: dict[str, object] = {
        "vectors": chosen.vectors,
        "restrict_vocab": chosen.restrict_vocab,
        "case": chosen.case,
        "oov": chosen.oov,
        "half": chosen.half,
    }
    with enough_memory(chosen.vectors):
        _scores(chosen, vectors, pairs_of, questions_of, result)
    if chosen.json:
        write_result(expanded(chosen.json, "--json"), result)


def _beside(chosen: argparse.Namespace) -> None:
    if chosen.similarity or chosen.analogies:
        raise InputError("--beside: takes the test sets of the run; leave out --similarity and --analogies")
    if not chosen.program or not chosen.out:
        raise InputError("--beside: give --program NAME and --out FOLDER, too")
    if not 0 <= chosen.seed < 2**32:
        raise InputError(f"--seed {chosen.seed}: use 0 to {2**32 - 1}")
    from jaxw2v.runs import beside  # here: JAX takes a while to start

    out = expanded(chosen.out, "--out")
    asked = beside.read(expanded(chosen.beside, "--beside"), say)
    vectors = vectors_file.load(chosen)
    with enough_memory(chosen.vectors):
        made = chosen.program, chosen.seed, setting_names(), REPOSITORY
        scores = beside.write(out, vectors.table, asked, *made)
    for name in [key for key in scores if f"{key}.answered" in scores]:
        _print(name, scores[name], scores[f"{name}.answered"], scores[f"{name}.asked"])
    print(f"files: {out}: predictions.npz, result.json and the vectors")


def _scores(
    chosen: argparse.Namespace,
    vectors: Vectors,
    pairs_of: dict[str, similarity.WordPairs],
    questions_of: dict[str, analogies.Questions],
    result: dict[str, object],
) -> None:
    for path, pairs in pairs_of.items():
        found = similarity.evaluate(vectors.table, pairs, chosen.case)
        _report(result, f"similarity.{question_files.section_of(path)}", found)
        if not found.answered:
            say(f"  none could be answered: {reason(vectors.words, pairs.words, chosen.case)}")
        elif found.value is None:
            say(f"  {NO_RANKS}")
    for path, questions in questions_of.items():
        for method in dict.fromkeys(chosen.method):
            scores = analogies.evaluate(vectors, questions, method, chosen.restrict_vocab, chosen.case, chosen.oov)
            name = f"analogies.{question_files.section_of(path)}.{method}"
            _report(result, name, scores.total)
            if not scores.total.answered:
                why = reason(vectors.words, questions.words, chosen.case, chosen.restrict_vocab)
                say(f"  none could be answered: {why}")
            for section, score in scores.sections.items() if chosen.sections else ():
                _report(result, f"{name}.{section}", score)


def _report(result: dict[str, object], name: str, score: Score) -> None:
    while name in result:  # two files of one name in different folders
        name += "'"
    result |= {name: score.value, f"{name}.answered": score.answered, f"{name}.asked": score.asked}
    _print(name, score.value, score.answered, score.asked)


def _print(name: str, value: float | int | None, answered: float | int | None, asked: float | int | None) -> None:
    shown = "no score" if value is None else f"{value:8.4f}"
    print(f"{name:40} {shown:>8}   answered {answered} of {asked}")
