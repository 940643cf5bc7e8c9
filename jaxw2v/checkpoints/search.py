"""Which checkpoints runs go on from: the newest that are whole, of these runs, and of all that are side by side."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from jaxw2v.checkpoints import files, folder
from jaxw2v.checkpoints import identity as identities
from jaxw2v.checkpoints.files import Checkpoint
from jaxw2v.checkpoints.state import checked
from jaxw2v.errors import InputError


def newest(
    folders: Sequence[Path], own: Sequence[dict[str, Any]], resume: str, say: Callable[[str], None]
) -> dict[int, Checkpoint]:
    """The newest checkpoints, by the number of their run; what is newer is removed then. Empty: there are none.

    Args:
      folders: of the runs that shall go on side by side.
      own: their identities; see `make_identity`.
      resume: the setting `train.resume`.
      say: takes a line for a person.

    Raises:
      InputError: they are of something else or cannot be read, or there are none but must be. All stay as they are.
    """
    names = [identities.digest(each) for each in own]
    paths = [{folder.number(path): path for path in place.glob(folder.CHECKPOINTS)} for place in folders]
    lacking = folders[0]
    for done in sorted(set().union(*paths), reverse=True):
        found = _read({r: each[done] for r, each in enumerate(paths) if done in each}, folders, own, resume, say)
        if not found:
            continue
        meta = next(iter(found.values())).meta
        _refuse_other_company(meta, names, folders[min(found)])
        without = [r for r, name in enumerate(names) if r not in found and name not in meta["failed"]]
        if not without:
            for path in [each[at] for each in paths for at in each if at > done]:
                path.unlink(missing_ok=True)
            return found
        lacking = folders[without[0]]
    if resume == "must":
        raise InputError(
            f"train.resume=must: {lacking} holds no checkpoint to go on from; name the folder of an "
            "unfinished run with hydra.run.dir=FOLDER, or use train.resume=auto"
        )
    return {}


def _refuse_other_company(meta: Mapping[str, Any], names: Sequence[str], place: Path) -> None:
    """Raises InputError if the runs trained side by side were others, unless they were at their end."""
    if meta["company"] == names or meta["share"] == 1:
        return
    there, here = len(meta["company"]), len(names)
    beside = f"of {there} side by side there, {here} here" if there != here else "beside other ones"
    raise InputError(
        f"{place} holds an unfinished run trained as one {beside}: give the launcher, hydra.launcher.runs and jobs of "
        f"before; {identities.ELSEWHERE}"
    )


def _read(
    paths: Mapping[int, Path],
    folders: Sequence[Path],
    own: Sequence[dict[str, Any]],
    resume: str,
    say: Callable[[str], None],
) -> dict[int, Checkpoint]:
    """Those that are whole, by the number of their run; all are of these runs. `meta` has what differs besides."""
    found = {}
    for r, path in paths.items():
        try:
            found[r] = checked(files.read(path))
        except files.OtherVersionError as error:
            raise InputError(f"{path}: {error}; {identities.ELSEWHERE}") from error
        except OSError as error:  # it may be whole
            why = f"cannot be read ({error.strerror or error}); try again when it can"
            raise InputError(f"{path}: {why}; {identities.ELSEWHERE}") from error
        except ValueError as error:
            say(f"{path}: not used, {error}")
    for r, each in found.items():
        new = identities.refuse_another(each.meta["identity"], own[r], folders[r], resume)
        each.meta["differences"] += [line for line in new if line not in each.meta["differences"]]
    return found
