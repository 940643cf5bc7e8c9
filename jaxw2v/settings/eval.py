"""Test sets and how they are scored."""

from dataclasses import dataclass

from jaxw2v.settings.checks import need, one_of


@dataclass(frozen=True)
class EvalSettings:
    """The evaluation of a run's vectors."""

    similarity: list[str]  # files of word, word, score
    analogies: list[str]  # files in the format of Google's questions-words.txt
    methods: list[str]  # 3cosadd, 3cosmul
    restrict_vocab: int | None  # answer analogies among this many most frequent words; null: all
    case: str  # lower, upper: fold both sides; exact: as written
    oov: str  # skip: analogies with an unknown word are left out, as compute-accuracy; wrong: they count as wrong
    neighbors: list[str]  # words whose neighbors are shown after training
    objective: str | None  # the score a run returns to a sweeper; null: the mean of all

    def __post_init__(self):
        one_of("eval.case", self.case, ("lower", "upper", "exact"))
        one_of("eval.oov", self.oov, ("skip", "wrong"))
        need(bool(self.methods), "eval.methods", self.methods, "name at least one of 3cosadd, 3cosmul")
        for name in self.methods:
            one_of("eval.methods", name, ("3cosadd", "3cosmul"))
        if self.restrict_vocab is not None:
            need(self.restrict_vocab >= 4, "eval.restrict_vocab", self.restrict_vocab, "use 4 or more words, or null")
