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
import gc
import importlib
import json
import os
import resource
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
    parser.add_argument(
        "--traced",
        type=int,
        default=10,
        help="a block of 100 inputs in so many has all it allocates counted (default: %(default)s)",
    )
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


class Count:
    """What became of inputs, and how long it took."""

    def __init__(self, arguments, watch: Watch):
        self._arguments, self._watch = arguments, watch
        self.ends, self._begin = collections.Counter(), time.monotonic()

    def attempt(self, data: bytes, name: str) -> None:
        """One more; the first of each kind of finding is kept and reported."""
        end = self._watch.attempt(data)
        if end.what not in self.ends and end.what not in ("accepted", "refused"):
            self._arguments.keep.mkdir(parents=True, exist_ok=True)
            (self._arguments.keep / f"{self._arguments.reader}-{name}").write_bytes(data)
            print(f"{self._arguments.reader}, input {name}: {end.what}: {end.why[:300]}", flush=True)
        self.ends[end.what] += 1

    def full(self) -> bool:
        """Whether there were as many, or it took as long, as asked for."""
        over = time.monotonic() - self._begin > self._arguments.seconds
        return over or self.ends.total() >= self._arguments.inputs

    def report(self) -> int:
        """Prints the counts; 1 if there are findings."""
        arguments, found = self._arguments, {k: n for k, n in self.ends.items() if k not in ("accepted", "refused")}
        line = {
            "reader": arguments.reader, "seed": arguments.seed, "first": arguments.first, "guided": arguments.atheris,
            "inputs": self.ends.total(), "accepted": self.ends["accepted"], "refused": self.ends["refused"],
            "findings": found, "seconds": round(time.monotonic() - self._begin, 1),
        }  # fmt: skip
        print(json.dumps(line), flush=True)
        return 1 if found else 0


def _counted(arguments, folder: Path) -> int:
    target = READERS[arguments.reader](folder)
    with Watch(target, folder, arguments.traced) as watch:
        _bound_memory()
        gc.freeze()  # what was imported is not looked through again and again
        count = Count(arguments, watch)
        while not count.full():
            number = arguments.first + count.ends.total()
            count.attempt(mutated(target.seeds, arguments.seed, number), f"{arguments.seed}-{number}")
        return count.report()


def _bound_memory() -> None:
    """More than a gigabyte at once is a MemoryError, whether it is touched or not."""
    for line in Path("/proc/self/status").read_text().splitlines() if sys.platform == "linux" else ():
        if line.startswith("VmSize:"):
            resource.setrlimit(
                resource.RLIMIT_AS, (int(line.split()[1]) * 1024 + 2**30, resource.getrlimit(resource.RLIMIT_AS)[1])
            )


def _guided(arguments, folder: Path) -> int:
    """The same target under libFuzzer, which never returns."""
    import atheris  # here: only this needs it

    ours = ("jaxw2v", "experiments", "tests.configs", "tests.fuzz.r", "tests.fuzz.t", "tests.fuzz.w")
    for name in [name for name in sys.modules if name.startswith(ours)]:
        del sys.modules[name]  # to be imported again, instrumented
        vars(sys.modules[__package__]).pop(name.rpartition(".")[2], None)
    with atheris.instrument_imports(include=["jaxw2v", "experiments"]):
        readers, watches = (importlib.import_module(f"tests.fuzz.{name}") for name in ("readers", "watch"))
    target = readers.READERS[arguments.reader](folder)
    start = folder / "corpus"
    start.mkdir()
    for at, data in enumerate(target.seeds):
        (start / str(at)).write_bytes(data)
    with watches.Watch(target, folder) as watch:
        count = Count(arguments, watch)

        def one(data: bytes) -> None:
            count.attempt(data, f"atheris-{count.ends.total()}")
            if count.full():
                os._exit(count.report())

        options = [f"-seed={arguments.seed}", "-max_len=4096", "-rss_limit_mb=0", "-verbosity=0"]
        atheris.Setup([sys.argv[0], *options, str(start)], one)
        atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
