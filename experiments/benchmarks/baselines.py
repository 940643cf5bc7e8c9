"""Trains word vectors with another program, for benchmarks.speed, and prints its speed as one JSON object.

    python -m experiments.benchmarks.baselines gensim TEXT vectors.bin --workers 2
    python -m experiments.benchmarks.baselines word2vec TEXT vectors.bin --binary ./word2vec --workers 2

gensim and word2vec.c train skip-gram with negative sampling on a file with one sentence a line.
"""

import json
import math
import subprocess
import sys
import time
from argparse import Namespace
from collections.abc import Sequence

from jaxw2v.errors import InputError
from jaxw2v.launch.command import Parser, run


def add_settings(parser: Parser) -> None:
    """The settings that all programs share; the defaults are those of word2vec.c."""
    parser.add_argument("--dim", type=int, default=100, help="dimensions (default: 100)")
    parser.add_argument("--window", type=int, default=5, help="farthest context (default: 5)")
    parser.add_argument("--k", type=int, default=5, help="negative samples for a pair (default: 5)")
    parser.add_argument("--threshold", type=float, default=1e-3, help="of subsampling (default: 1e-3)")
    parser.add_argument("--min-count", type=int, default=5, help="rarer words are left out (default: 5)")
    parser.add_argument("--epochs", type=int, default=5, help="passes over the text (default: 5)")


def learning_rate(text: str) -> float:
    """Of a command line; ValueError, whose word argparse names, unless it is above 0 and finite."""
    value = float(text)
    if not 0 < value < math.inf:
        raise ValueError(text)
    return value


def main(argv: Sequence[str] | None = None) -> int:
    """Exit status: 0, or 2 after a user's mistake."""
    return run(lambda: _train(argv))


def _train(argv: Sequence[str] | None) -> None:
    parser = Parser(prog="python -m experiments.benchmarks.baselines", description=__doc__)
    parser.add_argument("program", choices=("gensim", "word2vec"))
    parser.add_argument("text", metavar="TEXT")
    parser.add_argument("vectors", metavar="VECTORS", help="the file for the vectors, in word2vec's binary format")
    parser.add_argument("--workers", type=int, default=2, help="threads (default: 2)")
    parser.add_argument("--seed", type=int, help="of gensim; word2vec.c has none (default: 1)")
    parser.add_argument("--binary", metavar="PATH", help="the word2vec.c program")
    parser.add_argument(
        "--learning-rate", type=learning_rate, metavar="RATE", help="the first; it falls to almost 0 (default: 0.025)"
    )
    add_settings(parser)
    chosen = parser.parse_args(argv)
    if chosen.program == "gensim" and chosen.binary:
        raise InputError("--binary: not used with gensim; choose word2vec, or leave it out")
    if chosen.program == "word2vec" and chosen.seed is not None:
        raise InputError("--seed: not used with word2vec, which has none; choose gensim, or leave it out")
    print(json.dumps(_gensim(chosen) if chosen.program == "gensim" else _word2vec(chosen)))


def _gensim(chosen: Namespace) -> dict[str, float]:
    try:
        from gensim.models import Word2Vec
    except ImportError as error:
        raise InputError("gensim is not installed; pip install -e '.[gensim]'") from error
    begin = time.perf_counter()
    model = Word2Vec(
        sg=1,
        hs=0,
        vector_size=chosen.dim,
        window=chosen.window,
        negative=chosen.k,
        sample=chosen.threshold,
        min_count=chosen.min_count,
        epochs=chosen.epochs,
        workers=chosen.workers,
        seed=1 if chosen.seed is None else chosen.seed,
        **({} if chosen.learning_rate is None else {"alpha": chosen.learning_rate}),
    )
    model.build_vocab(corpus_file=chosen.text)
    mark = time.perf_counter()
    model.train(
        corpus_file=chosen.text,
        total_examples=model.corpus_count,
        total_words=model.corpus_total_words,
        epochs=chosen.epochs,
    )
    training = time.perf_counter() - mark
    model.wv.save_word2vec_format(chosen.vectors, binary=True)
    total = time.perf_counter() - begin
    words = model.corpus_total_words * chosen.epochs
    return {"words_per_second": words / training, "seconds.training": training, "seconds.to_saved_vectors": total}


def _word2vec(chosen: Namespace) -> dict[str, float | None]:
    if not chosen.binary:
        raise InputError("word2vec: name the program, --binary PATH")
    flags = {
        "train": chosen.text, "output": chosen.vectors, "cbow": 0, "hs": 0, "negative": chosen.k, "size": chosen.dim,
        "window": chosen.window, "sample": chosen.threshold, "min-count": chosen.min_count, "iter": chosen.epochs,
        "threads": chosen.workers, "binary": 1,
    }  # fmt: skip
    if chosen.learning_rate is not None:
        flags["alpha"] = chosen.learning_rate
    line = [chosen.binary, *(str(part) for name, value in flags.items() for part in (f"-{name}", value))]
    begin = time.perf_counter()
    try:
        subprocess.run(line, check=True, stdout=subprocess.DEVNULL)
    except (OSError, subprocess.CalledProcessError) as error:
        raise InputError(f"--binary {chosen.binary}: cannot be run ({error})") from error
    # it does not report when its vocabulary is ready: only the total time is known
    return {"seconds.to_saved_vectors": time.perf_counter() - begin}


if __name__ == "__main__":
    sys.exit(main())
