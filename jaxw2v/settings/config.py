"""Every setting's type and range; every value is in conf/. One section for each module that uses it."""

import math
from dataclasses import dataclass
from typing import Any

from jaxw2v.settings.checks import MOST
from jaxw2v.settings.checks import need as _need
from jaxw2v.settings.checks import one_of as _one_of
from jaxw2v.settings.checks import path as _path
from jaxw2v.settings.heldout import SCORE, Heldout
from jaxw2v.settings.model import Model
from jaxw2v.settings.phrases import Normalise, Phrases


@dataclass
class Corpus:
    source: str  # docstrings, text8, file, or pairs: files of two columns, a word and its context
    path: Any  # of `file` and `pairs`: a file, a glob, a folder, or a list of them
    packages: list[str]  # of `docstrings`: import names of installed packages
    standard_library: bool  # of `docstrings`
    url: str  # of `text8`
    timeout: float  # of `text8`: seconds without a byte before the download is given up
    max_sentence: int | None  # words; a longer line is cut into sentences of this length, nothing dropped
    invalid_utf8: str  # error or replace
    normalise: Normalise
    phrases: Phrases

    def __post_init__(self):
        _one_of("corpus.source", self.source, ("docstrings", "text8", "file", "pairs"))
        _one_of("corpus.invalid_utf8", self.invalid_utf8, ("error", "replace"))
        if self.max_sentence is not None:
            _need(self.max_sentence >= 2, "corpus.max_sentence", self.max_sentence, "use 2 or more words, or null")
        _need(0 < self.timeout <= 1e6, "corpus.timeout", self.timeout, "use a positive number of seconds up to 1e6")
        _need(
            self.source not in ("file", "pairs") or bool(self.path),
            "corpus.path",
            self.path,
            "say which text: corpus.path=FILE",
        )


@dataclass
class Vocab:
    min_count: int  # rarer words are removed before windows are made
    max_size: int | None  # keep only this many words, the most frequent
    path: str | None  # a file of `word count` lines to use as it is instead of counting
    grow: bool  # of train.start_from: the words known there stay, and counts are those of both texts

    def __post_init__(self):
        _need(self.min_count >= 1, "vocab.min_count", self.min_count, "use 1 or more")
        if self.max_size is not None:
            _need(self.max_size >= 2, "vocab.max_size", self.max_size, "use 2 or more words, or null")


@dataclass
class Subsample:
    threshold: float  # t of the paper, -sample of word2vec.c; 0 keeps every token
    formula: str  # word2vec_c or paper

    def __post_init__(self):
        _need(0 <= self.threshold < math.inf, "subsample.threshold", self.threshold, "use 0 (off) or a positive number")
        _one_of("subsample.formula", self.formula, ("word2vec_c", "paper"))


@dataclass
class Windows:
    window: int  # the farthest context, in kept tokens to each side
    dynamic: bool  # reach drawn uniformly from 1..window for each centre; false: always window

    def __post_init__(self):
        _need(1 <= self.window <= 1000, "windows.window", self.window, "use 1 to 1000")


@dataclass
class Negatives:
    k: int  # noise pairs for each positive pair; 0: none
    exponent: float  # noise probability is proportional to count ** exponent; any real number
    shared_by: str  # pair, window or stretch: who shares a set of noise words
    stretch: int  # of `stretch`: how many neighbouring tokens share a set
    draws: int  # of `stretch`: noise words in a set; each counts k / draws for each positive pair

    def __post_init__(self):
        _need(0 <= self.k <= MOST, "negatives.k", self.k, f"use 0 (no noise) or more, {MOST} at most")
        _need(math.isfinite(self.exponent), "negatives.exponent", self.exponent, "use a finite number")
        _one_of("negatives.shared_by", self.shared_by, ("pair", "window", "stretch"))
        _need(1 <= self.stretch <= MOST, "negatives.stretch", self.stretch, f"use 1 or more tokens, {MOST} at most")
        _need(1 <= self.draws <= MOST, "negatives.draws", self.draws, f"use 1 or more noise words, {MOST} at most")


@dataclass
class Optimizer:
    name: str  # sgd, damped_sgd, rowwise_adagrad or optax
    rate: float  # learning rate at the start
    floor: float  # learning rate at the end, as a fraction of the start
    schedule: str  # constant, linear or cosine, over the fraction of raw words seen
    warmup: float  # fraction of the words over which the rate first rises from 0
    start: float  # of damped_sgd and rowwise_adagrad: where a row's sum of squares starts
    power: float  # of the same: how fast the rate falls with the sum; 0.5 is Adagrad's own
    transform: str  # of `optax`: an elementwise transformation, e.g. scale_by_adam
    options: dict[str, Any]  # of `optax`: its arguments

    def __post_init__(self):
        _one_of("optimizer.name", self.name, ("sgd", "damped_sgd", "rowwise_adagrad", "optax"))
        _one_of("optimizer.schedule", self.schedule, ("constant", "linear", "cosine"))
        _need(0 < self.rate <= 1e6, "optimizer.rate", self.rate, "use a positive number up to 1e6")
        _need(0 <= self.floor <= 1, "optimizer.floor", self.floor, "use a fraction from 0 to 1")
        _need(0 <= self.warmup < 1, "optimizer.warmup", self.warmup, "use a fraction from 0 to below 1")
        _need(0 <= self.power <= 2, "optimizer.power", self.power, "use 0 to 2")
        _need(1e-30 <= self.start <= 1e30, "optimizer.start", self.start, "use a number from 1e-30 to 1e30")


@dataclass
class Train:
    epochs: int
    heldout: float  # share of the sentences kept aside, on which the loss is measured; 0: none
    step_tokens: int  # kept tokens whose windows make one update
    chunk_tokens: int  # kept tokens whose windows and noise are drawn at a time; whole steps, at least one
    segment: int | None  # raw tokens of a piece of text, about; null: 16 for each word of the vocabulary
    # copies that train on a piece each and add what they learned; null: 2 for damped_sgd on CPUs, else 1
    replicas: int | None
    device: str  # auto, cpu, gpu or tpu
    deterministic: (
        bool  # on a GPU the same bytes every time, in sorted sums instead of atomic adds; a CPU always has them
    )
    report_seconds: float  # without a terminal: seconds between two lines of progress
    checkpoint_every: float  # seconds or segments from one checkpoint to the next; 0: none
    checkpoint_unit: str  # seconds or segments
    resume: str  # auto: go on from a checkpoint that is there; must: or refuse; never: start anew
    start_from: str | None  # the folder of a finished run whose tables this one begins with
    keep_state: bool  # leave the tables and the optimizer's state exactly as they are, to start from

    def __post_init__(self):
        for key, least in (("epochs", 1), ("step_tokens", 1), ("chunk_tokens", 1), ("segment", 1), ("replicas", 1)):
            value = getattr(self, key)
            within = value is None or least <= value <= MOST
            _need(within, f"train.{key}", value, f"use {least} or more, {MOST} at most")
        _need(self.segment is None or self.segment <= 2**28, "train.segment", self.segment, "use at most 2^28 tokens")
        _need((self.replicas or 1) <= 1024, "train.replicas", self.replicas, "use at most 1024")
        power = self.replicas is None or self.replicas & (self.replicas - 1) == 0
        _need(power, "train.replicas", self.replicas, "use a power of 2: replicas join pair by pair")
        _one_of("train.device", self.device, ("auto", "cpu", "gpu", "tpu"))
        seconds = self.report_seconds
        _need(0 <= seconds < math.inf, "train.report_seconds", seconds, "use 0 or more seconds, such as 1e9 for never")
        _one_of("train.checkpoint_unit", self.checkpoint_unit, ("seconds", "segments"))
        _one_of("train.resume", self.resume, ("auto", "must", "never"))
        every = self.checkpoint_every
        _need(0 <= every < math.inf, "train.checkpoint_every", every, "use 0 (none) or more")
        whole = self.checkpoint_unit == "seconds" or every == int(every)
        _need(whole, "train.checkpoint_every", every, "use a whole number of segments")


@dataclass
class Factorise:
    """Vectors by counting in the place of training, under the same corpus, vocab, subsample, windows, model.dim."""

    method: str  # none: train; ppmi: rows of the matrix of positive PMI; svd: its truncated decomposition
    shift: float  # k of PMI - log k
    contexts: str  # counted, or noise: whose distribution the PMI is relative to
    exponent: float  # to which the counts of that distribution are raised
    power: float  # of svd: to which the singular values are raised
    tolerance: float  # probability of farther contexts at which a window is taken as closed
    memory: float  # GB that the counts may take

    def __post_init__(self):
        _one_of("factorise.method", self.method, ("none", "ppmi", "svd"))
        _one_of("factorise.contexts", self.contexts, ("counted", "noise"))
        _need(0 < self.shift < math.inf, "factorise.shift", self.shift, "use a positive number; 1 is no shift")
        _need(math.isfinite(self.exponent), "factorise.exponent", self.exponent, "use a finite number")
        _need(0 <= self.power <= 2, "factorise.power", self.power, "use 0 to 2")
        _need(0 <= self.tolerance <= 0.1, "factorise.tolerance", self.tolerance, "use 0 to 0.1")
        _need(0 < self.memory < math.inf, "factorise.memory", self.memory, "use a positive number of GB")


@dataclass
class Vectors:
    tables: list[str]  # input, context, sum; the first is evaluated
    formats: list[str]  # bin, txt, npz

    def __post_init__(self):
        _need(bool(self.tables), "vectors.tables", self.tables, "name at least one of input, context, sum")
        _need(bool(self.formats), "vectors.formats", self.formats, "name at least one of bin, txt, npz")
        for name in self.tables:
            _one_of("vectors.tables", name, ("input", "context", "sum"))
        for name in self.formats:
            _one_of("vectors.formats", name, ("bin", "txt", "npz"))


@dataclass
class Eval:
    similarity: list[str]  # files of word, word, score
    analogies: list[str]  # files in the format of Google's questions-words.txt
    methods: list[str]  # 3cosadd, 3cosmul
    vocabulary: int | None  # answer analogies among this many most frequent words; null: all
    case: str  # lower, upper: fold both sides; exact: as written
    unanswerable: str  # drop: left out of the score, as compute-accuracy; wrong: counted as wrong
    neighbours: list[str]  # words whose neighbours are shown after training
    score: str | None  # the score a run returns to a sweeper; null: the mean of all

    def __post_init__(self):
        _one_of("eval.case", self.case, ("lower", "upper", "exact"))
        _one_of("eval.unanswerable", self.unanswerable, ("drop", "wrong"))
        _need(bool(self.methods), "eval.methods", self.methods, "name at least one of 3cosadd, 3cosmul")
        for name in self.methods:
            _one_of("eval.methods", name, ("3cosadd", "3cosmul"))
        if self.vocabulary is not None:
            _need(self.vocabulary >= 4, "eval.vocabulary", self.vocabulary, "use 4 or more words, or null")


@dataclass
class Config:
    name: str
    seed: int
    cache: str  # folder for texts and ids made once
    figures: bool
    corpus: Corpus
    vocab: Vocab
    subsample: Subsample
    windows: Windows
    negatives: Negatives
    model: Model
    optimizer: Optimizer
    train: Train
    heldout: Heldout
    factorise: Factorise
    vectors: Vectors
    eval: Eval

    def __post_init__(self):
        _need(0 <= self.seed < 2**32, "seed", self.seed, "use 0 to 4294967295")
        _need(self.cache.strip() != "", "cache", self.cache, "name a folder; $JAXW2V_CACHE is empty, perhaps")
        _path("cache", self.cache)
        least = 4 * self.windows.window
        segment = self.train.segment
        _need(segment is None or segment >= least, "train.segment", segment, f"use {least} tokens or more")
        for one_table, why in (
            (self.factorise.method == "ppmi", "rows of PPMI are one table"),
            (self.model.tied, "model.tied has one table"),
            (self.model.objective == "hierarchical_softmax", "hierarchical_softmax has vectors of words as input only"),
        ):
            only = not one_table or self.vectors.tables == ["input"]
            _need(only, "vectors.tables", self.vectors.tables, f"{why}, [input]")
        self._check_heldout()
        if self.corpus.source == "pairs":
            self._check_pairs()
        self._check_start()
        if self.negatives.shared_by == "stretch":
            _need(
                self.train.step_tokens % self.negatives.stretch == 0,
                "train.step_tokens",
                self.train.step_tokens,
                f"use a multiple of negatives.stretch={self.negatives.stretch}",
            )

    def _check_heldout(self) -> None:
        share = self.train.heldout
        _need(0 <= share < 1, "train.heldout", share, "use a share of the sentences, 0 (none) to below 1")
        _need(share > 0 or self.eval.score != SCORE, "eval.score", SCORE, "keep sentences aside: train.heldout=0.01")
        why = "the held-out loss is that of skip-gram with negative sampling; use train.heldout=0 with"
        for key, value, only in (
            ("model.architecture", self.model.architecture, "skipgram"),
            ("model.objective", self.model.objective, "negative_sampling"),
            ("factorise.method", self.factorise.method, "none"),
        ):
            _need(share == 0 or value == only, "train.heldout", share, f"{why} {key}={value}")

    def _check_start(self) -> None:
        start, method, path = self.train.start_from, self.factorise.method, self.vocab.path
        _need(start is None or method == "none", "train.start_from", start, f"factorise.method={method} starts anew")
        if self.vocab.grow:
            _need(start is not None, "vocab.grow", True, "say which run's vocabulary: train.start_from=FOLDER")
            _need(path is None, "vocab.path", path, "is used as it is; leave it out, or vocab.grow")
            _need(self.corpus.source != "pairs", "vocab.grow", True, "corpus=pairs counts its own words")

    def _check_pairs(self) -> None:
        settings = {"input": "centre", "architecture": "skipgram", "objective": "negative_sampling", "tied": False}
        only = {f"model.{key}": (getattr(self.model, key), value) for key, value in settings.items()}
        only |= {"factorise.method": (self.factorise.method, "none"), "vocab.path": (self.vocab.path, None)}
        only |= {"corpus.phrases.method": (self.corpus.phrases.method, "none")}
        for key, (value, expected) in (only | {"negatives.shared_by": (self.negatives.shared_by, "pair")}).items():
            _need(value == expected, key, value, f"corpus=pairs trains with {key}={expected} only")
        _need("sum" not in self.vectors.tables, "vectors.tables", self.vectors.tables, "contexts of pairs are no words")
        _need(
            self.train.step_tokens % 2 == 0, "train.step_tokens", self.train.step_tokens, "a pair is two; use an even"
        )
        _need(self.vectors.tables[0] == "input", "vectors.tables", self.vectors.tables, "put input first")
