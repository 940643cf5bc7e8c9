"""How each notebook's claim is broken on purpose, and what then holds instead.

A break is (what a cell says, what it says instead), or a function of pytest's monkeypatch that changes the library. All
breaks of a notebook together make every assertion of its last cell fail.
"""

import jax
import jax.numpy as jnp
import numpy as np
import scipy.sparse

from jaxw2v.runs import convergence
from jaxw2v.study import marginals, pareto
from jaxw2v.text import formula
from jaxw2v.theory import agreement, counts, drawn_pairs, example, objective, one_pair, trivial, unigram_table
from jaxw2v.training import blocks, negatives, segment, subsample
from tests import broken_reproductions

BROKEN = {}
PRICED = {"softmax": "negative_sampling", "negative_sampling": "softmax"}


def instead(module, name, make):
    """A break: the function of that name is what `make` makes of it."""
    return lambda monkeypatch: monkeypatch.setattr(module, name, make(getattr(module, name)))


BROKEN["00_quickstart"] = {
    "vectors that are not trained": (
        'run = jaxw2v.train("train.epochs=5")',
        'run = jaxw2v.train("optimizer.learning_rate=1e-9")',
    ),
    "vectors of other words": ("run.vectors.matrix[FIRST:LAST]", "run.vectors.matrix[FIRST:LAST][::-1]"),
}

BROKEN["01_softmax_to_negative_sampling"] = {
    "no label in the gradient": instead(
        one_pair,
        "_times",
        lambda original: lambda p, observed, word, output: original(p.at[observed].add(1.0), observed, word, output),
    ),
    "one negative sample over and over": instead(
        blocks, "words_of", lambda original: lambda bits, table: jnp.zeros(bits.shape[1:], jnp.int32)
    ),
    "another dimension": ("10_000, 300, 5", "10_000, 30, 5"),
    "words that do not learn": instead(
        segment, "make_step", lambda original: lambda objective, optimizer: original(objective, optimizer, "input")
    ),
    "noise in the place of the softmax": ('key, "softmax", V', 'key, "negative_sampling", V'),
    "the prices exchanged": instead(
        example, "operations", lambda original: lambda name, *of: original(PRICED[name], *of)
    ),
}

BROKEN["02_what_negatives_are_for"] = {
    "a flatter sigmoid": instead(trivial, "_sigmoid", lambda original: lambda x: original(x / 2)),
    "short vectors": ("trivial.loss(product=40", "trivial.loss(product=10"),
    "noise after all": ('jaxw2v.train("experiment=no_negatives", *settings)', "jaxw2v.train(*settings)"),
    "no noise where it should be": ('"k = 5": jaxw2v.train(', '"k = 5": jaxw2v.train("negatives.k=0", '),
}

BROKEN["03_two_vectors_a_word"] = {
    "a text of repetitions": instead(
        counts,
        "count",
        lambda original: lambda ids, keep, *windows: _repeated(original(ids, keep, *windows)),
    ),
    "products of two tables for those of one": (
        "expit((one.vectors.matrix**2)",
        "expit((two.vectors.matrix * two.outputs.matrix)",
    ),
    "one table for two": ("two.vectors.matrix * two.outputs.matrix", "two.vectors.matrix**2"),
}

BROKEN["04_subsampling_and_windows"] = {
    "the paper's formula for that of the C program": instead(
        subsample, "keep_of_share", lambda original: lambda share, t, formula: original(share, t, "paper")
    ),
    "that of the C program for the paper's": instead(
        subsample, "keep_of_share", lambda original: lambda share, t, formula: original(share, t, "word2vec_c")
    ),
    "another threshold": instead(
        subsample, "keep_of_share", lambda original: lambda share, t, formula: original(share, 2 * t, formula)
    ),
    "coins that fall too low": instead(
        drawn_pairs, "subsample", lambda original: lambda key, ids, keep: original(key, ids, keep * 0.9)
    ),
    "nothing removed from windows": instead(
        drawn_pairs, "subsample", lambda original: lambda key, ids, keep: original(key, ids, jnp.ones_like(keep))
    ),
    "fixed windows": instead(
        drawn_pairs,
        "draw_reach",
        lambda original: lambda key, shape, window, dynamic: original(key, shape, window, False),
    ),
    "subsampling everywhere": (
        '"dynamic window": drawn_pairs.distances(KEY, ids, everything,',
        '"dynamic window": drawn_pairs.distances(KEY, ids, keep,',
    ),
}

BROKEN["05_noise_distribution"] = {
    "exponents above 1 for those below": instead(
        negatives, "noise_probabilities", lambda original: lambda count, exponent: original(count, 2 - exponent)
    ),
    "a slot too many": instead(
        unigram_table, "slots", lambda original: lambda p, size=unigram_table.C_SIZE: original(p, size) + 1
    ),
    "a coarse table": instead(
        unigram_table,
        "slots",
        lambda original: lambda p, size=unigram_table.C_SIZE: original(p, size // 1000) * 1000,
    ),
    "slots of eight bytes": lambda monkeypatch: monkeypatch.setattr(unigram_table, "SLOT_BYTES", 8),
    "aliases of eight bytes": instead(negatives, "build_alias_table", lambda original: lambda p: _wide(original(p))),
    "the coin forgotten": instead(
        negatives,
        "draw",
        lambda original: lambda key, table, shape: jax.random.randint(key, shape, 0, len(table.keep_V)),
    ),
    "the unigram distribution itself": ("noise_probabilities(words, 0.75)", "noise_probabilities(words, 1.0)"),
    "four negative samples": ("dynamic=False, k=5)", "dynamic=False, k=4)"),
}

BROKEN["06_what_sgns_factorizes"] = {
    "without log k": instead(
        objective, "optimum", lambda original: lambda positive, negative: original(positive, negative) + np.log(5)
    ),
    "other noise": instead(
        convergence, "noise_distribution", lambda original: lambda count, settings: np.full(len(count), 1 / len(count))
    ),
    "the end alone": instead(convergence, "moments", lambda original: lambda epochs: [epochs]),
    "all pairs in one band": lambda monkeypatch: monkeypatch.setattr(convergence, "EDGES", (0, np.inf)),
    "what is of chance for what is in common": instead(
        agreement, "parts", lambda original: lambda *of: original(*of)._replace(common=0.0)
    ),
    "the noise that was drawn for another": ("noise_probabilities(words, 1.0)", "noise_probabilities(words, 0.75)"),
    "training and SVD exchanged": (
        '("training", dim): run.vectors.matrix @ run.outputs.matrix.T, ("SVD", dim): left @ right.T',
        '("SVD", dim): run.vectors.matrix @ run.outputs.matrix.T, ("training", dim): left @ right.T',
    ),
    "a file of the first epoch": instead(
        convergence, "from_csv", lambda original: lambda text: (original(text)[0][:1], *original(text)[1:])
    ),
    "a file whose errors are systematic": instead(
        convergence, "from_csv", lambda original: lambda text: _exchanged(*original(text))
    ),
}

BROKEN["07_k_window_exponent"] = {
    "the one taken for the other": instead(
        marginals, "difference", lambda original: lambda group, one, other, *keys: original(group, other, one, *keys)
    ),
    "intervals of 50 %": instead(
        marginals, "difference", lambda original: lambda *asked: original(*asked, confidence=0.5)
    ),
    "runs that learn nothing": ("jaxw2v.sweep(", 'jaxw2v.sweep("optimizer.learning_rate=1e-9", '),
}

BROKEN["08_phrases"] = {
    "another threshold": ("if score > threshold}", "if score > 2 * threshold}"),
    "another score": instead(
        formula, "scores", lambda original: lambda *read: {pair: n / 2 for pair, n in original(*read).items()}
    ),
    "phrases that are not learned": ('"train.epochs=3", *chosen)', '"optimizer.learning_rate=1e-9", *chosen)'),
    "before for after": ("interval((beside - alone)[both])", "interval((alone - beside)[both])"),
}

BROKEN["09_what_is_convex"] = {
    "the given contexts not held": ('convexity.ends(held, pairs, fixed="output")', "convexity.ends(held, pairs)"),
    "stopped too early": ('pairs, fixed="output")', 'pairs, fixed="output", steps=3)'),
    "both stopped too early": ("convexity.ends(starts, pairs)", "convexity.ends(starts, pairs, steps=3)"),
    "one start for all": ("convexity.ends(starts, pairs)", "convexity.ends(starts[:1].repeat(3, 0), pairs)"),
    "contexts that move with the words": ("between(held[0], held[1], pairs)", "between(first, second, pairs)"),
    "a start that is flat": ("starts = np.random", "starts = 0 * np.random"),
    "not all vectors 0": ("zeros = np.zeros(", "zeros = np.ones("),
}

BROKEN["10_speed_and_quality"] = {
    "what is beaten taken for what beats": instead(
        pareto,
        "tradeoffs",
        lambda original: lambda *asked: {name: _turned(tradeoff) for name, tradeoff in original(*asked).items()},
    ),
    "a seed lost": (
        '(study,) = export.load("study")',
        '(study,) = export.load("study"); del study.configurations[0].runs[2]',
    ),
    "configurations that differ by seed": instead(
        marginals,
        "by_seed",
        lambda original: (
            lambda configurations, *keys: _scattered(original(configurations, *keys), configurations[0].runs[0])
        ),
    ),
}

BROKEN |= broken_reproductions.breaks(instead)


def _repeated(found):
    """Counts in which every word is its own context half of the time."""
    own = scipy.sparse.diags_array(np.asarray(found.count_VV.sum(axis=1)).ravel(), format="csr")
    return found._replace(count_VV=found.count_VV + own)


def _exchanged(curve, bands, remarks):
    parts = [band.parts._replace(common=band.parts.own, own=band.parts.common) for band in bands]
    return curve, [band._replace(parts=each) for band, each in zip(bands, parts)], remarks


def _wide(table):
    return table._replace(keep_V=table.keep_V.astype(np.float64))


def _turned(tradeoff):
    ratio, difference = tradeoff.ratio, tradeoff.difference
    return tradeoff._replace(
        ratio=ratio._replace(mean=1 / ratio.mean, low=1 / ratio.high, high=1 / ratio.low),
        difference=difference._replace(mean=-difference.mean, low=-difference.high, high=-difference.low),
    )


def _scattered(found, run):
    return {seed: value * (1.5 + np.sin(seed * len(run.result["preset"]))) for seed, value in found.items()}
