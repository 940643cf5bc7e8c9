"""Which choice reads which setting: one table, from which refusals, the help and docs/settings.md are made.

A setting that a choice leaves unread has no effect on a run: not on its words, its tables, its scores or its files.
"""

from collections.abc import Collection, Mapping

from jaxw2v.settings.choices import GROUPS, Choice, but, one_of

_TRAINS = one_of("baseline.method", "none")
_COUNTS = one_of("baseline.method", "svd", "ppmi")
_COUNTING = Choice(
    ("baseline.method", "eval.deviation"), ("svd", "ppmi", True), True,
    ("baseline=svd", "baseline=ppmi", "eval.deviation=true"),
)  # fmt: skip
_DENSE = one_of("baseline.method", "none", "svd")
_SVD = one_of("baseline.method", "svd")
_TEXT = one_of("corpus.source", "file", "docstrings", "text8")
_FILES = one_of("corpus.source", "file", "pairs")
_RESAMPLED = but(None, "corpus.resample.seed=1")
_DOCSTRINGS = one_of("corpus.source", "docstrings")
_DOWNLOADED = one_of("corpus.source", "text8")
_JOINED = one_of("phrases.method", "word2phrase", "npmi", "list")
_FOUND = one_of("phrases.method", "word2phrase", "npmi")
_LISTED = one_of("phrases.method", "list")
_COUNTED = Choice(("vocab.path",), (None,), True, ("vocab.path=null",))
_GOING_ON = but(None, "train.init_from=FOLDER")
_SUBSAMPLED = but(0, "subsample.threshold=1e-3")
_WIDE = but(1, "windows.window=5")
_STEPS = one_of("train.order", "step")
_SEQUENTIAL = one_of("train.order", "sequential")
_SEEDED = Choice(
    ("model.init", "train.order", "train.generator"), ("uniform", "step", "philox"), True,
    ("model.init=uniform", "train.order=step", "train.generator=philox"),
)  # fmt: skip
_LINE_ENDS = Choice(("vocab.sentence_end",), (True,), True, ("vocab.sentence_end=true",))
_SKIPGRAM = one_of("model.architecture", "skipgram")
_CBOW = one_of("model.architecture", "cbow")
_NEGATIVE_SAMPLING = one_of("model.objective", "negative_sampling")
_PRODUCTS = one_of("model.objective", "negative_sampling", "hierarchical_softmax")
_SOFTMAX = one_of("model.objective", "softmax")
_WORD_ROWS = one_of("model.objective", "negative_sampling", "softmax")
_NOISE = but(0, "negatives.k=5")
_SPANS = one_of("negatives.shared_by", "span")
_TWO_TABLES = Choice(("model.tied",), (False,), True, ("model.tied=false",))
_ACCUMULATING = one_of("optimizer.name", "damped_sgd", "rowwise_adagrad")
_DAMPING = but(0, "optimizer.accumulator_power=0.5")
_OPTAX = Choice(("optimizer.name",), ("optax",), True, ("optimizer=adam",))
_FALLING = one_of("optimizer.schedule", "linear", "cosine", "word2vec_c")
_HELD_OUT = but(0, "train.heldout_fraction=0.01")
_CHECKPOINTS = but(0, "train.checkpoint_every=60")
_SEVERAL = but(None, "train.hosts.coordinator=auto")
_BY_HAND = Choice(("train.hosts.coordinator",), (None, "auto"), False, ("train.hosts.coordinator=10.0.0.1:12345",))
_ACCELERATOR = one_of("train.device", "auto", "gpu", "tpu")
_DRAWN = Choice(("figures",), (True,), True, ("figures=true",))
_SIMILARITY = but([], "eval.similarity=[FILE]")
_ANALOGIES = but([], "eval.analogies=[FILE]")
_TEST_SETS = but([], "eval.similarity=[FILE]", "eval.analogies=[FILE]")

SECTIONS = {  # choices that the comment on a section in conf/config.yaml names, for (nearly) all of its settings
    "corpus.normalize": (_TEXT,),
    "phrases.normalize": (_LISTED,),
    "windows": (_TEXT,),
    "negatives": (_TRAINS, _NEGATIVE_SAMPLING),
    "model": (_TRAINS,),
    "optimizer": (_TRAINS,),
    "train": (_TRAINS,),
    "train.mesh": (_TRAINS,),
    "train.hosts": (_TRAINS,),
    "heldout": (_HELD_OUT,),
    "baseline": (_COUNTS,),
}
USES: dict[str, tuple[Choice, ...]] = {  # all must be made for the setting to be read; none: it always is
    "name": (),
    "seed": (_TRAINS, _SEEDED),
    "cache": (),
    "figures": (),
    "projection": (_DENSE, _DRAWN),
    "compilation_cache": (_TRAINS,),
    "corpus.source": (),
    "corpus.path": (_FILES,),
    "corpus.packages": (_DOCSTRINGS,),
    "corpus.standard_library": (_DOCSTRINGS,),
    "corpus.url": (_DOWNLOADED,),
    "corpus.timeout": (_DOWNLOADED,),
    "corpus.max_sentence": (_TEXT,),
    "corpus.invalid_utf8": (),
    "corpus.white_space": (),
    "corpus.verify": (_TEXT,),
    "corpus.normalize.lower": (_TEXT,),
    "corpus.normalize.nfc": (_TEXT,),
    "corpus.normalize.word_pattern": (_TEXT,),
    "corpus.resample.seed": (),
    "corpus.resample.sentences": (_RESAMPLED,),
    "phrases.method": (),
    "phrases.thresholds": (_FOUND,),
    "phrases.min_count": (_FOUND,),
    "phrases.across_sentences": (_FOUND,),
    "phrases.connectors": (_FOUND,),
    "phrases.joiner": (_JOINED,),
    "phrases.max_pairs": (_FOUND,),
    "phrases.path": (_LISTED,),
    "phrases.normalize.lower": (_LISTED,),
    "phrases.normalize.nfc": (_LISTED,),
    "phrases.normalize.word_pattern": (_LISTED,),
    "vocab.min_count": (_COUNTED,),
    "vocab.max_size": (_COUNTED,),
    "vocab.max_counted": (_COUNTED, _TEXT),
    "vocab.path": (_TEXT,),
    "vocab.sentence_end": (_TEXT,),
    "vocab.grow": (_TEXT, _GOING_ON),
    "subsample.threshold": (),
    "subsample.formula": (_SUBSAMPLED,),
    "subsample.max_sentence": (_TEXT, _TRAINS),
    "windows.window": (_TEXT,),
    "windows.dynamic": (_TEXT, _WIDE),
    "windows.removed": (_TEXT, _SUBSAMPLED, _STEPS),
    "negatives.k": (_TRAINS, _NEGATIVE_SAMPLING),
    "negatives.exponent": (_TRAINS, _NEGATIVE_SAMPLING, _NOISE),
    "negatives.sampler": (_TRAINS, _NEGATIVE_SAMPLING, _NOISE),
    "negatives.sentence_end": (_TRAINS, _NEGATIVE_SAMPLING, _NOISE, _LINE_ENDS),
    "negatives.equal": (_TRAINS, _NEGATIVE_SAMPLING, _NOISE),
    "negatives.shared_by": (_TRAINS, _NEGATIVE_SAMPLING),
    "negatives.span": (_TRAINS, _NEGATIVE_SAMPLING, _SPANS),
    "negatives.shared_samples": (_TRAINS, _NEGATIVE_SAMPLING, _SPANS, _NOISE),
    "model.dim": (_DENSE,),
    "model.dtype": (_TRAINS,),
    "model.precision": (_TRAINS, _ACCELERATOR),
    "model.init_range": (_TRAINS,),
    "model.init": (_TRAINS,),
    "model.output_range": (_TRAINS, _TWO_TABLES),
    "model.architecture": (_TRAINS,),
    "model.objective": (_TRAINS,),
    "model.memory": (_TRAINS, _SOFTMAX),
    "model.sigmoid": (_TRAINS, _PRODUCTS),
    "model.beyond": (_TRAINS, _PRODUCTS),
    "model.pool": (_TRAINS, _CBOW),
    "model.input": (_TRAINS, _SKIPGRAM, _TEXT),
    "model.tied": (_TRAINS, _WORD_ROWS),
    "model.freeze": (_TRAINS,),
    "optimizer.name": (_TRAINS,),
    "optimizer.learning_rate": (_TRAINS,),
    "optimizer.final_fraction": (_TRAINS, _FALLING),
    "optimizer.schedule": (_TRAINS,),
    "optimizer.refresh": (_TRAINS, _FALLING),
    "optimizer.warmup": (_TRAINS,),
    "optimizer.initial_accumulator": (_TRAINS, _ACCUMULATING, _DAMPING),
    "optimizer.accumulator_power": (_TRAINS, _ACCUMULATING),
    "optimizer.accumulator_half_life": (_TRAINS, _ACCUMULATING, _DAMPING),
    "optimizer.max_row_move": (_TRAINS, _ACCUMULATING),
    "optimizer.transform": (_TRAINS, _OPTAX),
    "optimizer.options": (_TRAINS, _OPTAX),
    "train.epochs": (_TRAINS,),
    "train.heldout_fraction": (_TRAINS, _SKIPGRAM, _NEGATIVE_SAMPLING),
    "train.order": (_TRAINS,),
    "train.generator": (_TRAINS, _SEQUENTIAL),
    "train.patience": (_TRAINS, _SEQUENTIAL),
    "train.step_tokens": (_TRAINS, _STEPS),
    "train.chunk_tokens": (_TRAINS, _STEPS),
    "train.positives": (_TRAINS, _STEPS, _SKIPGRAM, _NEGATIVE_SAMPLING, _SPANS),
    "train.sums": (_TRAINS, _STEPS),
    "train.loops": (_TRAINS, _STEPS),
    "train.segment_tokens": (_TRAINS,),
    "train.replicas": (_TRAINS,),
    "train.mesh.data": (_TRAINS,),
    "train.mesh.column": (_TRAINS,),
    "train.mesh.runs": (_TRAINS,),
    "train.hosts.coordinator": (_TRAINS,),
    "train.hosts.processes": (_TRAINS, _BY_HAND),
    "train.hosts.process": (_TRAINS, _BY_HAND),
    "train.hosts.timeout": (_TRAINS, _SEVERAL),
    "train.device": (_TRAINS,),
    "train.deterministic": (_TRAINS, _ACCELERATOR),
    "train.log_every": (_TRAINS,),
    "train.checkpoint_every": (_TRAINS,),
    "train.checkpoint_unit": (_TRAINS, _CHECKPOINTS),
    "train.resume": (),
    "train.init_from": (_TRAINS,),
    "train.save_state": (_TRAINS,),
    "heldout.method": (_HELD_OUT,),
    "heldout.samples": (_HELD_OUT, one_of("heldout.method", "fixed")),
    "heldout.k": (_HELD_OUT,),
    "heldout.exponent": (_HELD_OUT,),
    "heldout.window": (_HELD_OUT, _TEXT),
    "heldout.dynamic": (_HELD_OUT, _TEXT, but(1, "heldout.window=5")),
    "heldout.threshold": (_HELD_OUT,),
    "heldout.formula": (_HELD_OUT, but(0, "heldout.threshold=1e-3")),
    "heldout.memory": (_HELD_OUT,),
    "baseline.method": (),
    "baseline.shift": (_COUNTS,),
    "baseline.contexts": (_COUNTS,),
    "baseline.context_smoothing": (_COUNTS,),
    "baseline.eigenvalue_power": (_SVD,),
    "baseline.tolerance": (_COUNTING, _SUBSAMPLED),
    "baseline.memory": (_COUNTING,),
    "vectors.matrices": (),
    "vectors.formats": (_DENSE,),
    "eval.similarity": (),
    "eval.columns": (_SIMILARITY,),
    "eval.analogies": (),
    "eval.methods": (_ANALOGIES,),
    "eval.restrict_vocab": (_ANALOGIES,),
    "eval.half": (_TEST_SETS,),
    "eval.case": (_TEST_SETS,),
    "eval.oov": (_ANALOGIES,),
    "eval.deviation": (_TEXT, _SKIPGRAM, _NEGATIVE_SAMPLING, _NOISE, _TWO_TABLES),
    "eval.neighbors": (),
    "eval.objective": (),
}


def missing(setting: str, values: Mapping[str, object]) -> Choice | None:
    """The first choice that the setting needs and that these values do not make; None: it is read.

    Args:
      setting: its full name.
      values: of all settings, by name.
    """
    return next((choice for choice in USES[setting] if not choice.made(values)), None)


def refusal(word: str, choice: Choice, values: Mapping[str, object], groups: Collection[str] = GROUPS.values()) -> str:
    """Why a word is refused, and what to do.

    Args:
      word: as the user gave it, NAME=VALUE.
      choice: that is `missing`.
      values: of all settings, by name.
      groups: those that can be chosen.
    """

    def shown(text: str) -> str:
        for setting, group in GROUPS.items():
            if group not in groups:
                text = text.replace(f"{group}=", f"{setting}=")
        return text

    here = " ".join(f"{GROUPS.get(name, name)}={_shown(values[name])}" for name in choice.settings)
    if here == "optimizer=optax":  # no choice of that name
        here = "optimizer.name=optax"
    return f"{word}: not used with {shown(here)}; choose {shown(choice.words)}, or leave it out"


def _shown(value: object) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return str(value)


def by_choice() -> dict[str, list[str]]:
    """The settings that not every run reads, by the choices that all must be made, in words."""
    found: dict[str, list[str]] = {}
    for setting, choices in USES.items():
        if choices:
            found.setdefault("; ".join(choice.words for choice in choices), []).append(setting)
    return found
