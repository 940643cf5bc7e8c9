"""A reader to be fuzzed."""

from collections.abc import Callable, Sequence
from typing import NamedTuple


class Target(NamedTuple):
    """A reader and good inputs of it.

    Attributes:
      read: takes an input, reads it as the program does and checks what it got. It raises an InputError if the input
        is refused; any other exception is a finding.
      seeds: good inputs.
      base, factor: bytes that reading may allocate: base + factor x the length of the input.
    """

    read: Callable[[bytes], object]
    seeds: Sequence[bytes]
    base: int = 2**20
    factor: int = 300
