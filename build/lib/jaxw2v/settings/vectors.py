"""Which matrices are saved, and how."""

from dataclasses import dataclass

from jaxw2v.settings.checks import need, one_of


@dataclass(frozen=True)
class VectorSettings:
    """The files of vectors that a run saves."""

    matrices: list[str]  # input, output, sum; the first is evaluated
    formats: list[str]  # bin, txt, npz

    def __post_init__(self):
        need(bool(self.matrices), "vectors.matrices", self.matrices, "name at least one of input, output, sum")
        need(bool(self.formats), "vectors.formats", self.formats, "name at least one of bin, txt, npz")
        for name in self.matrices:
            one_of("vectors.matrices", name, ("input", "output", "sum"))
        for name in self.formats:
            one_of("vectors.formats", name, ("bin", "txt", "npz"))
