"""Test sets and how vectors are scored on them."""

from dataclasses import dataclass, field

from jaxw2v.settings.checks import A_FILE, EITHER, need, one_of


@dataclass(frozen=True)
class EvalSettings:
    """The evaluation of a run's vectors."""

    similarity: list[str] = field(metadata=A_FILE)  # files of word, word, score
    columns: list[str]  # of similarity: names or numbers of the columns, words and score or score; []: found
    analogies: list[str] = field(
        metadata=EITHER
    )  # files in the format of Google's questions-words.txt, folders of BATS
    methods: list[str]  # 3cosadd, 3cosmul
    restrict_vocab: int | None  # analogies are answered among this many most frequent words; null: all
    half: str | None  # tuning, reporting: the questions of this half only; null: all
    case: str  # lower or upper: fold words and questions; exact: as written
    oov: str  # analogies with an unknown word; skip: left out, as compute-accuracy; wrong: counted as wrong
    deviation: bool  # how far the matrices are from the optimum of their objective, see `runs.optimum`
    neighbors: list[str]  # words whose neighbors are shown after training; []: a few of medium frequency
    objective: str | None  # the score that a sweeper maximizes; null: the mean of all

    def __post_init__(self):
        need(len(self.columns) in (0, 1, 3), "eval.columns", self.columns, "name three columns, or that of the score")
        need(not self.columns or bool(self.similarity), "eval.columns", self.columns, "no test set of eval.similarity")
        if self.half is not None:
            one_of("eval.half", self.half, ("tuning", "reporting"))
        one_of("eval.case", self.case, ("lower", "upper", "exact"))
        one_of("eval.oov", self.oov, ("skip", "wrong"))
        need(bool(self.methods), "eval.methods", self.methods, "name at least one of 3cosadd, 3cosmul")
        for name in self.methods:
            one_of("eval.methods", name, ("3cosadd", "3cosmul"))
        if self.restrict_vocab is not None:
            need(self.restrict_vocab >= 4, "eval.restrict_vocab", self.restrict_vocab, "use 4 or more words, or null")
