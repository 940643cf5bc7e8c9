"""The settings that a user gives in words: each must be read by what is chosen, or it is a mistake.

A preset of conf/, or of a user's own --config-dir, may fix a setting that some choice leaves unread. A word of a
command line, or of a call in Python, may not, even with the value that the setting has anyway. In a sweep some job must
read each setting that is given or swept, and no two jobs may be the same run in everything that they read.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any, NamedTuple

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException

from jaxw2v.errors import InputError
from jaxw2v.files import results
from jaxw2v.files.paths import expanded
from jaxw2v.settings import uses
from jaxw2v.settings.choices import GROUPS
from jaxw2v.settings.config import Config

_OF_SWEEPS = ("hydra.sweep.", "hydra.sweeper", "hydra.launcher", "hydra/sweeper", "hydra/launcher")


class Given(NamedTuple):
    """A setting that a user gives.

    Attributes:
      name: its full name.
      word: as it was given.
      swept: with several values.
    """

    name: str
    word: str
    swept: bool


def parsed(words: Sequence[str]) -> list[Override]:
    """The overrides among the words; what Hydra cannot read is left to Hydra to refuse."""
    found = []
    for word in words:
        try:
            found.append(OverridesParser.create().parse_override(word))
        except HydraException:
            continue
    return found


def settings_given(words: Sequence[str]) -> list[Given]:
    """The settings that these overrides give: NAME=VALUE, +NAME=VALUE, SECTION={NAME:VALUE} and GROUP=NAME.

    What is taken out (~NAME) is not given.
    """
    return [each for override in parsed(words) if not override.is_delete() for each in _settings(override)]


def _settings(override: Override) -> Iterator[Given]:
    key, word = override.key_or_group, str(override.input_line)
    swept = override.is_sweep_override()
    if (name := _setting(key)) is not None:
        yield Given(name, word, swept)
    elif not swept and isinstance(section := override.value(), Mapping):
        names = results.flatten({str(inner): value for inner, value in section.items()}, f"{key}.")
        yield from (Given(name, word, False) for inner in names if (name := _setting(inner)) is not None)


def _setting(key: str) -> str | None:
    """The setting that a key of an override means; None: none."""
    for setting, group in GROUPS.items():
        if key == group:
            return setting
    return next((name for name in uses.USES if key == name or key.startswith(f"{name}.")), None)


def refuse_unused(
    config: Config,
    given: Sequence[str],
    groups: Collection[str] = GROUPS.values(),
    reads: Collection[str] = (),
) -> None:
    """Checks that a run reads every setting that a user gives it.

    Args:
      config: of the run.
      given: overrides, as the user gave them; flags and those of Hydra may be among them.
      groups: those of conf/ that can be chosen; a recorded config has none.
      reads: settings that the command reads whatever is chosen.

    Raises:
      InputError: the first that it does not; or it starts from a run of another text than the one it is about to read,
        which nobody has named.
    """
    values = values_of(config)
    settings = settings_given(given)
    for each in settings:
        choice = uses.missing(each.name, values)
        if choice is not None and each.name not in reads:
            raise InputError(uses.refusal(each.word, choice, values, groups))
    refuse_another_text(values, settings)


def values_of(config: Config) -> dict[str, Any]:
    """The value of every setting, by its full name."""
    return complete(results.flatten(asdict(config)))


def complete(flat: Mapping[str, Any]) -> dict[str, Any]:
    """Flat settings in which empty sections, which leave nothing behind when flattened, are None."""
    return dict.fromkeys(uses.USES) | dict(flat)


def refuse_unused_in_sweep(
    jobs: Sequence[Mapping[str, Any]], given: Sequence[Given], *, searches: bool = False, presets: bool = False
) -> None:
    """Checks that some job of a sweep reads every setting that is given or swept, and that no two jobs are one run.

    Args:
      jobs: the values of all settings of each, by name, see `complete`.
      given: what the user gives, and what the sweep varies.
      searches: the jobs are proposals of a search, of which others will follow: another may read what these do not.
      presets: the sweep varies presets, too, which may change any setting.

    Raises:
      InputError: the first that is not read, or the first two jobs that differ only in what neither reads.
    """
    varied = {each.name for each in given if each.swept}
    for each in given:
        choices = [uses.missing(each.name, values) for values in jobs]
        if not choices or None in choices:
            continue
        choice = choices[0]
        assert choice is not None
        if not searches or not (presets or varied.intersection(choice.settings)):
            raise InputError(uses.refusal(each.word, choice, jobs[0]))
    if not searches:
        _refuse_twins(jobs)
    for values in jobs:
        refuse_another_text(values, given)


def _refuse_twins(jobs: Sequence[Mapping[str, Any]]) -> None:
    """Seeds are an exception: a comparison over seeds has those of models, too, that are not random."""
    first: dict[str, int] = {}
    for number, values in enumerate(jobs):
        read = {name: values[name] for name in uses.USES if name == "seed" or uses.missing(name, values) is None}
        twin = first.setdefault(repr(read), number)
        unread = [name for name in uses.USES if values[name] != jobs[twin][name]]
        if unread and (choice := uses.missing(unread[0], values)) is not None:
            why = uses.refusal(f"{unread[0]} is", choice, values).partition(";")[0].replace(" is:", " is")
            raise InputError(f"jobs {twin + 1} and {number + 1} would be the same run: {why}; sweep over it apart")


def refuse_another_text(values: Mapping[str, Any], given: Sequence[Given]) -> None:
    """Checks that a run which starts from another, and for which nobody names a text, reads the text of that one.

    Raises:
      InputError: it would read another.
    """
    folder = values["train.init_from"]
    named = any(each.name.startswith("corpus.") for each in given)
    there = (
        None if folder is None or named else results.read_result(expanded(folder, "train.init_from") / "result.json")
    )
    if there is None:
        return
    texts = [f"corpus.{key}" for key in ("source", "path", "packages", "standard_library", "url")]
    apart = [name for name in texts if uses.missing(name, values) is None and there.get(name) != values[name]]
    if apart:
        here = values["corpus.source"]
        was = f"corpus.path={there['corpus.path']}" if there.get("corpus.path") else f"corpus={there['corpus.source']}"
        raise InputError(
            f"train.init_from={folder}: that run was trained on {was}, and this one has corpus={here}; "
            f"name its text: {was} for the same"
        )


def refuse_ignored(words: Sequence[str], ignores: Sequence[str]) -> None:
    """Checks that nothing is given that a command does not read, whatever is chosen.

    Args:
      words: overrides, as the user gave them.
      ignores: see `task.Reading`.

    Raises:
      InputError: the first that is.
    """
    for each in settings_given(words):
        if each.name.startswith(tuple(ignores)):
            raise InputError(f"{each.word}: not used by this command; it is a setting of train, leave it out")


def refuse_misplaced(words: Sequence[str], swept: bool) -> None:
    """Checks that nothing of sweeps is given to a single run, and no folder of a single run to a sweep.

    Raises:
      InputError: the first that is.
    """
    for override in parsed(words):
        key, word = override.key_or_group, override.input_line
        if swept and key == "hydra.run.dir":
            raise InputError(f"{word}: not used in a sweep; choose hydra.sweep.dir=FOLDER for all its jobs")
        if not swept and key.startswith("hydra.sweep.dir"):
            raise InputError(f"{word}: not used without a sweep; choose hydra.run.dir=FOLDER, or -m for a sweep")
        if not swept and (key == "launcher" or key.startswith(_OF_SWEEPS)):
            raise InputError(f"{word}: not used without a sweep; choose -m or sweep=NAME, or leave it out")
