"""Runs that have the same vectors although their settings differ: what differs has no effect on them."""

from jaxw2v.study.collection import Group, Run

KEY = "vectors.sha256"  # of result.json: the words and the bytes of the vectors that were evaluated
SHOWN = 5  # sentences, at most; and runs named in one
_AFTERWARDS = ("eval.", "heldout.")  # settings that are not meant to have an effect on vectors


def remarks(group: Group) -> list[str]:
    """A sentence for each set of runs with the same vectors that differ in a setting that varies, or in the seed."""
    names = [name for name in ("seed", *group.varied) if not name.startswith(_AFTERWARDS)]
    sets: dict[str, list[Run]] = {}
    for run in group.runs:
        if isinstance(digest := run.result.get(KEY), str):
            sets.setdefault(digest, []).append(run)
    said = []
    for runs in sets.values():
        apart = [name for name in names if len({repr(run.result.get(name)) for run in runs}) > 1]
        if apart:
            has = "have" if len(apart) > 1 else "has"
            said.append(f"Runs {_listed(runs)} have the same vectors: {', '.join(apart)} {has} no effect there.")
    more = len(said) - SHOWN
    return said[:SHOWN] + ([f"So have {more} more sets of runs the same vectors."] if more > 0 else [])


def _listed(runs: list[Run]) -> str:
    names = [run.name for run in runs[:SHOWN]]
    if len(runs) > SHOWN:
        return f"{', '.join(names)} and {len(runs) - SHOWN} more"
    return " and ".join([", ".join(names[:-1]), names[-1]])
