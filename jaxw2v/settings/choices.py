"""Choices that a user makes, which decide what other settings the program reads."""

from collections.abc import Mapping
from typing import NamedTuple

GROUPS = {  # the settings that a group of conf/ chooses, as a user chooses them
    "corpus.source": "corpus",
    "phrases.method": "phrases",
    "optimizer.name": "optimizer",
    "baseline.method": "baseline",
}


class Choice(NamedTuple):
    """A choice that makes the program read other settings.

    Attributes:
      settings: any of these makes it.
      values: of the settings.
      among: whether it is made by one of these values, or by any other.
      examples: words that make it, each alone.
    """

    settings: tuple[str, ...]
    values: tuple[object, ...]
    among: bool
    examples: tuple[str, ...]

    def made(self, values: Mapping[str, object]) -> bool:
        """Whether settings with these values, by name, make the choice."""
        return any((values[name] in self.values) == self.among for name in self.settings)

    @property
    def words(self) -> str:
        """The choice as a user makes it, such as "corpus=file or pairs", or "negatives.k other than 0"."""
        if self.values in ((0,), (1,)) and not self.among:
            return f"{self.settings[0]} other than {self.values[0]}"
        first, *more = self.examples
        key = f"{first.partition('=')[0]}="
        *most, last = [first, *(word.removeprefix(key) for word in more)]
        return f"{', '.join(most)} or {last}" if most else last


def one_of(setting: str, *values: str) -> Choice:
    return Choice((setting,), values, True, tuple(f"{GROUPS.get(setting, setting)}={value}" for value in values))


def but(value: object, *examples: str) -> Choice:
    """Any other value than this one."""
    return Choice(tuple(word.partition("=")[0] for word in examples), (value,), False, examples)
