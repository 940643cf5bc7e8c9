"""The model: architecture, objective and matrices."""

import math
from dataclasses import dataclass

from jaxw2v.settings.checks import need, one_of


@dataclass(frozen=True)
class ModelSettings:
    """The model and its objective: see `training.model` and `training.task`."""

    dim: int
    dtype: str  # of the matrices: float32 or bfloat16; arithmetic is float32
    precision: str  # of products of float32 matrices on GPUs and TPUs: highest, high or default, as JAX names them
    init_range: float  # input rows start uniform in +-init_range / dim; word2vec.c: 0.5, gensim: 1
    init: str  # uniform, or word2vec_c: by its generator of 16 bits, whose rows repeat
    output_range: float  # output rows likewise; both: 0
    architecture: str  # skipgram, or cbow: a center is predicted from all its contexts at once
    objective: str  # negative_sampling; of skipgram also hierarchical_softmax, softmax
    memory: float  # of softmax: GB for a step of each replica and each run of a population
    input: str  # of skipgram: the word of a pair with the input row, center or context; word2vec.c: context
    sigmoid: str  # exact, or the table of word2vec_c, pword2vec, fasttext
    beyond: str  # logits beyond the table (+-6, fasttext +-8): exact, saturate, skip or word2vec_c; see `sigmoids`
    pool: str  # of cbow: mean, sum, or word2vec_c, the mean with the gradient of the sum
    tied: bool  # one matrix for input and output
    freeze: str  # none, input or output: the matrix that is not trained

    def __post_init__(self):
        one_of("model.dtype", self.dtype, ("float32", "bfloat16"))
        one_of("model.precision", self.precision, ("highest", "high", "default"))
        need(1 <= self.dim <= 100_000, "model.dim", self.dim, "use 1 to 100000")
        need(0 < self.init_range < math.inf, "model.init_range", self.init_range, "use a positive number")
        need(0 <= self.output_range < math.inf, "model.output_range", self.output_range, "use 0 or a positive number")
        one_of("model.architecture", self.architecture, ("skipgram", "cbow"))
        one_of("model.objective", self.objective, ("negative_sampling", "hierarchical_softmax", "softmax"))
        need(0 < self.memory < math.inf, "model.memory", self.memory, "use a positive number of GB")
        only = self.architecture == "skipgram" or self.objective == "negative_sampling"
        need(only, "model.objective", self.objective, "model.architecture=cbow has negative_sampling only")
        tree = self.objective == "hierarchical_softmax"
        need(not (tree and self.tied), "model.tied", self.tied, "output rows of hierarchical_softmax are not words")
        one_of("model.init", self.init, ("uniform", "word2vec_c"))
        one_of("model.sigmoid", self.sigmoid, ("exact", "word2vec_c", "pword2vec", "fasttext"))
        one_of("model.beyond", self.beyond, ("exact", "saturate", "skip", "word2vec_c"))
        one_of("model.pool", self.pool, ("mean", "sum", "word2vec_c"))
        one_of("model.input", self.input, ("center", "context"))
        one_of("model.freeze", self.freeze, ("none", "input", "output"))
        need(not self.tied or self.freeze == "none", "model.freeze", self.freeze, "model.tied has one matrix; use none")
        start = "output rows would stay 0, so nothing is learned; start them at random, such as model.output_range=50"
        need(self.freeze != "output" or self.output_range > 0, "model.freeze", self.freeze, start)
