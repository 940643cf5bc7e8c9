"""Plain names of scores, settings and measures, for the readers of figures, tables and pages."""

import re

_TEST_SETS = {  # the letters and digits of the name of a file, in lower case
    "wordsim353": "WordSim-353",
    "ws353": "WordSim-353",
    "simlex999": "SimLex-999",
    "simlex": "SimLex-999",
    "men": "MEN",
    "mturk287": "MTurk-287",
    "mturk771": "MTurk-771",
    "rw": "Rare Words",
    "rareword": "Rare Words",
    "rarewords": "Rare Words",
    "rg65": "RG-65",
    "mc30": "MC-30",
    "yp130": "YP-130",
    "verb143": "Verb-143",
    "simverb3500": "SimVerb-3500",
    "card660": "CARD-660",
    "google": "Google analogies",
    "googleanalogies": "Google analogies",
    "questionswords": "Google analogies",
    "questionsphrases": "Phrase analogies",
    "msr": "MSR analogies",
    "msranalogies": "MSR analogies",
    "bats": "BATS",
    "docstringssimilarity": "Docstring similarity",
    "docstringsanalogies": "Docstring analogies",
}
_METHODS = {"spearman": "Spearman", "3cosadd": "3CosAdd", "3cosmul": "3CosMul"}
_AXES = {
    "corpus.raw_words": "words of the text",
    "negatives.exponent": "exponent of the noise distribution",
    "negatives.k": "k, negative samples for each pair",
    "negatives.shared_by": "tokens that share negative samples",
    "optimizer.learning_rate": "learning rate",
    "subsample.threshold": "subsampling threshold",
    "train.segment_tokens": "tokens of a segment",
    "train.step_tokens": "tokens of a step",
    "vocab.min_count": "least count of a word",
    "windows.window": "window, words on either side",
}
MEASURES = {
    "loss": "training loss (nats per pair)",
    "heldout.loss": "held-out loss (nats per pair)",
    "words_per_second": "words per second",
    "seconds.training": "training (s)",
    "seconds.total": "whole run (s)",
}


def of_score(key: str) -> str:
    """Such as "WordSim-353 (Spearman)" for "wordsim353.spearman"; a test set that is not known keeps its name."""
    name, _, method = key.rpartition(".")
    known = _TEST_SETS.get(re.sub(r"[\W_]", "", name.lower()), name)
    return f"{known} ({_METHODS[method]})" if name and method in _METHODS else key


def of_setting(short: str) -> str:
    """The name of a setting in a sentence or a table, such as "learning rate" for "learning_rate".

    Args:
      short: of `collection.shortened`.
    """
    return "dimensions" if short == "dim" else short.replace("_", " ")


def of_axis(name: str, short: str) -> str:
    """The label of the axis of a setting.

    Args:
      name: such as "negatives.k".
      short: of `collection.shortened`.
    """
    return _AXES.get(name, of_setting(short))
