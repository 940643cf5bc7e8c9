"""Broken input for a reader: counts what is read, what is refused in one line, and what is found.

    python -m tests.fuzz vocabulary --inputs 100000 --seed 1
    python -m tests.fuzz vocabulary --seed 1 --only 4711        one input again, with its stack trace
    python -m tests.fuzz vocabulary --inputs 100000 --atheris   guided by coverage; pip install -e ".[fuzz]"
    python -m tests.fuzz vocabulary --file FINDING              a file again

An input is a finding if its reader ends in anything but an InputError, warns, allocates out of proportion, unpickles,
starts a process, writes outside its folder, or takes seconds. The first finding of each kind is kept below --keep.
Status 1: there are findings.
"""

import argparse
import collections
import json
import os
import sys
import tempfile
import time
from pathlib import Path

from .mutation import mutated
from .readers import READERS
from .watch import Watch


def main() -> int:
    """The exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.fuzz", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("reader", choices=READERS, metavar="READER", help=", ".join(READERS))
    parser.add_argument("--inputs", type=int, default=100_000, help="how many (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of the inputs (default: %(default)s)")
    parser.add_argument("--first", type=int, default=0, help="number of the first (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="stop after so many")
    parser.add_argument("--only", type=int, help="one input, by number, unguarded")
    parser.add_argument("--file", type=Path, help="one input, from a file, unguarded")
    parser.add_argument("--keep", type=Path, default=Path("outputs/fuzz"), help="folder (default: %(default)s)")
    parser.add_argument("--atheris", action="store_true", help="let coverage guide the changes")
    arguments = parser.parse_args()
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # no disk is needed
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        tempfile.tempdir = folder
        if arguments.only is not None or arguments.file is not None:
            target = READERS[arguments.reader](Path(folder))
            data = mutated(target.seeds, arguments.seed, arguments.only or 0)
            data = arguments.file.read_bytes() if arguments.file else data
            print(data[:2000])
            target.read(data)
            return 0
        return _guided(arguments, Path(folder)) if arguments.atheris else _counted(arguments, Path(folder))


def _counted(arguments, folder: Path) -> int:
    target = READERS[arguments.reader](folder)
    watch, ends, begin = Watch(target, folder), collections.Counter(), time.monotonic()
    number = arguments.first
    while number < arguments.first + arguments.inputs and time.monotonic() - begin < arguments.seconds:
        data = mutated(target.seeds, arguments.seed, number)
        end = watch.attempt(data)
        if end.what not in ends and end.what not in ("accepted", "refused"):
            _keep(arguments.keep, arguments.reader, f"{arguments.seed}-{number}", data)
            print(f"{arguments.reader}, input {number}: {end.what}: {end.why[:300]}", flush=True)
        ends[end.what] += 1
        number += 1
    seconds = time.monotonic() - begin
    found = {what: count for what, count in ends.items() if what not in ("accepted", "refused")}
    line = {
        "reader": arguments.reader, "seed": arguments.seed, "first": arguments.first, "inputs": ends.total(),
        "accepted": ends["accepted"], "refused": ends["refused"], "findings": found, "seconds": round(seconds, 1),
    }  # fmt: skip
    print(json.dumps(line), flush=True)
    return 1 if found else 0


def _guided(arguments, folder: Path) -> int:
    """The same target under libFuzzer, which ends the process itself."""
    import atheris

    modules = [name for name in sys.modules if name.startswith(("jaxw2v.", "experiments."))]
    for name in modules:
        del sys.modules[name]
    for name in [name for name in sys.modules if name.startswith("tests.fuzz.") and name != "tests.fuzz.mutation"]:
        del sys.modules[name]
    with atheris.instrument_imports(include=["jaxw2v", "experiments"], enable_loader_override=False):
        from .readers import READERS as instrumented
        from .watch import Watch as Guard
    target = instrumented[arguments.reader](folder)
    watch, ends, begin = Guard(target, folder), collections.Counter(), time.monotonic()
    corpus = folder / "corpus"
    corpus.mkdir()
    for at, data in enumerate(target.seeds):
        (corpus / str(at)).write_bytes(data)

    def one(data: bytes) -> None:
        end = watch.attempt(data)
        if end.what not in ends and end.what not in ("accepted", "refused"):
            _keep(arguments.keep, arguments.reader, f"atheris-{ends.total()}", data)
            print(f"{arguments.reader}: {end.what}: {end.why[:300]}", flush=True)
        ends[end.what] += 1
        if ends.total() == arguments.inputs or time.monotonic() - begin > arguments.seconds:
            found = {what: count for what, count in ends.items() if what not in ("accepted", "refused")}
            line = {
                "reader": arguments.reader, "seed": arguments.seed, "guided": True, "inputs": ends.total(),
                "accepted": ends["accepted"], "refused": ends["refused"], "findings": found,
                "seconds": round(time.monotonic() - begin, 1),
            }  # fmt: skip
            print(json.dumps(line), flush=True)
            os._exit(1 if found else 0)

    options = [f"-seed={arguments.seed}", "-max_len=4096", "-rss_limit_mb=0", "-print_final_stats=0", "-verbosity=0"]
    atheris.Setup([sys.argv[0], *options, str(corpus)], one)
    atheris.Fuzz()
    return 0


def _keep(folder: Path, reader: str, name: str, data: bytes) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{reader}-{name}").write_bytes(data)


if __name__ == "__main__":
    sys.exit(main())
