"""The whole configuration, and the checks between its sections. Every value is in conf/."""

from dataclasses import dataclass, field

from jaxw2v.files import spaces
from jaxw2v.settings.baseline import BaselineSettings
from jaxw2v.settings.checks import A_FOLDER, need, one_of, path, paths
from jaxw2v.settings.corpus import CorpusSettings
from jaxw2v.settings.eval import EvalSettings
from jaxw2v.settings.heldout import SCORE, HeldoutSettings
from jaxw2v.settings.model import ModelSettings
from jaxw2v.settings.negatives import NegativeSettings
from jaxw2v.settings.optimizer import OptimizerSettings
from jaxw2v.settings.phrases import PhraseSettings
from jaxw2v.settings.subsample import SubsampleSettings
from jaxw2v.settings.train import TrainSettings
from jaxw2v.settings.vectors import VectorSettings
from jaxw2v.settings.vocab import VocabSettings
from jaxw2v.settings.windows import WindowSettings

LONGEST_DEFAULT = 2048  # tokens of a step, see `runs.platforms`


@dataclass(frozen=True)
class Config:
    """All settings of a run, checked. Each section has a file in this folder."""

    name: str
    seed: int
    cache: str = field(metadata=A_FOLDER)  # folder for prepared texts and ids, and compiled programs
    figures: bool
    projection: str  # tsne or pca: the map of words among the figures
    compilation_cache: bool  # compiled programs are kept in cache/compiled
    corpus: CorpusSettings
    phrases: PhraseSettings
    vocab: VocabSettings
    subsample: SubsampleSettings
    windows: WindowSettings
    negatives: NegativeSettings
    model: ModelSettings
    optimizer: OptimizerSettings
    train: TrainSettings
    heldout: HeldoutSettings
    baseline: BaselineSettings
    vectors: VectorSettings
    eval: EvalSettings

    def __post_init__(self):
        need(0 <= self.seed < 2**32, "seed", self.seed, "use 0 to 4294967295")
        need(self.cache.strip() != "", "cache", self.cache, "name a folder; $JAXW2V_CACHE is empty, perhaps")
        one_of("projection", self.projection, ("tsne", "pca"))
        for key, kind, value in paths(self):
            path(key, value, kind)
        self._check_white_space()
        self._check_tokens()
        if self.baseline.method == "none":
            self._check_mesh()
        self._check_matrices()
        self._check_heldout()
        self._check_warm_start()
        self._check_habits()
        if self.train.order == "sequential" and self.baseline.method == "none":
            self._check_sequential()
        if self.corpus.source == "pairs":
            self._check_pairs()
        if self.eval.deviation:
            self._check_deviation()

    def _check_white_space(self) -> None:
        kind = self.corpus.white_space
        for word, key in ((self.phrases.joiner, "joiner"), *((each, "connectors") for each in self.phrases.connectors)):
            why = f"corpus.white_space={kind} separates words there; use other characters"
            need(spaces.is_word(word, kind), f"phrases.{key}", repr(word), why)

    def _check_tokens(self) -> None:
        least, segment, step = 4 * self.windows.window, self.train.segment_tokens, self.train.step_tokens
        need(segment is None or segment >= least, "train.segment_tokens", segment, f"use {least} tokens or more")
        spans = self.negatives.shared_by == "span" and self.model.objective == "negative_sampling"
        if spans and self.baseline.method == "none":
            longest = step or LONGEST_DEFAULT  # where it is null, the others divide it
            span, shown = self.negatives.span_of(longest), "null" if step is None else step
            need(
                longest % span == 0,
                "train.step_tokens",
                shown,
                f"use a multiple of {span}, the tokens of negatives.span",
            )

    def _check_mesh(self) -> None:
        mesh, dim, softmax = self.train.mesh, self.model.dim, self.model.objective == "softmax"
        why = f"model.dim={dim} cannot be divided by it; use a divisor, or another model.dim"
        need(dim % mesh.column == 0, "train.mesh.column", mesh.column, why)
        why = "model.objective=softmax needs whole rows of all words in each step; use 1, or"
        for key, size in (("data", mesh.data), ("column", mesh.column)):
            need(not softmax or size == 1, f"train.mesh.{key}", size, f"{why} model.objective=negative_sampling")

    def _check_matrices(self) -> None:
        matrices = self.vectors.matrices
        for one_table, why in (
            (self.baseline.method == "ppmi", "PPMI has one matrix"),
            (self.model.tied, "model.tied has one matrix"),
            (self.model.objective == "hierarchical_softmax", "hierarchical_softmax has input vectors only"),
        ):
            need(not one_table or matrices == ["input"], "vectors.matrices", matrices, f"{why}, [input]")

    def _check_heldout(self) -> None:
        fraction, name = self.train.heldout_fraction, "train.heldout_fraction"
        need(0 <= fraction < 1, name, fraction, "use a fraction of the sentences, 0 (none) to below 1")
        need(fraction > 0 or self.eval.objective != SCORE, "eval.objective", SCORE, f"hold out sentences: {name}=0.01")
        why = f"the held-out loss is that of skip-gram with negative sampling; use {name}=0 with"
        for key, value, only in (
            ("model.architecture", self.model.architecture, "skipgram"),
            ("model.objective", self.model.objective, "negative_sampling"),
            ("baseline.method", self.baseline.method, "none"),
        ):
            need(fraction == 0 or value == only, name, fraction, f"{why} {key}={value}")

    def _check_warm_start(self) -> None:
        folder, method, file = self.train.init_from, self.baseline.method, self.vocab.path
        need(folder is None or method == "none", "train.init_from", folder, f"baseline.method={method} does not train")
        if self.vocab.grow:
            need(folder is not None, "vocab.grow", True, "name the run with the vocabulary: train.init_from=FOLDER")
            need(file is None, "vocab.path", file, "cannot grow; leave out vocab.path or vocab.grow")
            need(self.corpus.source != "pairs", "vocab.grow", True, "corpus=pairs counts its own words")

    def _check_habits(self) -> None:
        noise, ends = self.negatives, self.vocab.sentence_end
        why = "only with vocab.sentence_end=true; use negatives.sentence_end=noise without it"
        need(ends or noise.sentence_end == "noise", "negatives.sentence_end", noise.sentence_end, why)
        need(not (ends and self.vocab.grow), "vocab.grow", True, "not with vocab.sentence_end=true")
        joined = self.phrases.method
        need(
            not ends or joined == "none", "phrases.method", joined, "not with vocab.sentence_end=true; use phrases=none"
        )
        samples = self.model.objective == "negative_sampling" and self.baseline.method == "none"
        shared = {"skip": ("pair", "window"), "redraw": ("pair",)}.get(noise.equal, (noise.shared_by,))
        key, remedy = f"negatives.equal={noise.equal}", " or ".join(f"negatives.shared_by={name}" for name in shared)
        need(not samples or noise.shared_by in shared, "negatives.shared_by", noise.shared_by, f"{key} needs {remedy}")

    def _check_deviation(self) -> None:
        why = "the optimum is that of skip-gram with negative sampling and two matrices; use eval.deviation=false with"
        for key, value, only in (
            ("model.architecture", self.model.architecture, "skipgram"),
            ("model.objective", self.model.objective, "negative_sampling"),
            ("model.tied", self.model.tied, False),
        ):
            need(value == only, "eval.deviation", True, f"{why} {key}={value}")
        need(self.negatives.k > 0, "eval.deviation", True, f"{why} negatives.k=0")
        need(self.corpus.source != "pairs", "eval.deviation", True, "given pairs have no windows to count; use false")

    def _check_sequential(self) -> None:
        only = {
            "optimizer.name": (self.optimizer.name, "sgd"),
            "train.replicas": (self.train.replicas or 1, 1),
            **{f"train.mesh.{axis}": (size, 1) for axis, size in vars(self.train.mesh).items()},
            "model.dtype": (self.model.dtype, "float32"),
            "model.tied": (self.model.tied, False),
            "windows.removed": (self.windows.removed, "skip"),
        }
        if self.model.objective == "negative_sampling":
            only["negatives.shared_by"] = (self.negatives.shared_by, "pair")
        for key, (value, expected) in only.items():
            need(value == expected, key, value, f"train.order=sequential trains with {key}={expected} only")
        objective, source = self.model.objective, self.corpus.source
        need(objective != "softmax", "model.objective", objective, "not with train.order=sequential; use another")
        need(source != "pairs", "corpus.source", source, "pairs have no order; use train.order=step")

    def _check_pairs(self) -> None:
        settings = {"input": "center", "architecture": "skipgram", "objective": "negative_sampling", "tied": False}
        only = {f"model.{key}": (getattr(self.model, key), value) for key, value in settings.items()}
        only |= {"baseline.method": (self.baseline.method, "none"), "vocab.path": (self.vocab.path, None)}
        only |= {"vocab.max_counted": (self.vocab.max_counted, None)}
        only |= {"phrases.method": (self.phrases.method, "none")}
        for key, (value, expected) in (only | {"negatives.shared_by": (self.negatives.shared_by, "pair")}).items():
            need(value == expected, key, value, f"corpus=pairs trains with {key}={expected} only")
        matrices, step = self.vectors.matrices, self.train.step_tokens
        need("sum" not in matrices, "vectors.matrices", matrices, "contexts of pairs are not words")
        need(step is None or step % 2 == 0, "train.step_tokens", step, "a pair is two tokens; use an even number")
        need(matrices[0] == "input", "vectors.matrices", matrices, "put input first")
