"""What a reader does with one input, and what it must not do whatever the input is."""

import contextlib
import os
import resource
import sys
import time
import tracemalloc
import warnings
from pathlib import Path
from typing import NamedTuple

from jaxw2v.errors import InputError

from .target import Target

SECONDS = 10.0  # that one input may take
BLOCK = 100  # inputs
RESIDENT = 96 * 2**20  # bytes by which one input may raise the peak memory of the process
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
_FORBIDDEN = {"pickle.find_class", "subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "socket.connect"}
_MOVES = {"os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.link", "os.symlink", "os.truncate", "shutil.rmtree"}


class End(NamedTuple):
    """What became of an input.

    Attributes:
      what: "accepted", "refused", or of a finding a name that findings of one kind share.
      why: the message of a refusal, or what was found; empty where it was accepted.
    """

    what: str
    why: str


_watches: list["Watch"] = []  # the one that looks; Python's audit hooks stay for ever, so there is one for all


class Watch:
    """Hands inputs to a target and looks on; a context manager, one at a time.

    Args:
      target: whose reader is tried. It reads its seeds before the watch begins: what it imports at its first
        use is not an input's doing.
      folder: the only place where it may write.
      traced: of so many blocks of inputs, one has its allocations counted, which takes most of the time; of the others
        the peak of the process is seen, and whatever limit it has.
    """

    def __init__(self, target: Target, folder: Path, traced: int = 1):
        self._target, self._folder = target, os.path.realpath(folder)
        self._looking, self._seen, self._inputs, self._traced = False, "", 0, traced

    def __enter__(self) -> "Watch":
        if not _watches:
            sys.addaudithook(lambda event, arguments: _watches[0].hear(event, arguments))
        _watches[:] = [self]
        for seed in self._target.seeds:
            with contextlib.suppress(InputError):
                self._target.read(seed)
        return self

    def __exit__(self, *_: object) -> None:
        tracemalloc.stop()

    def attempt(self, data: bytes) -> End:
        """What becomes of `data`."""
        if self._inputs // BLOCK % self._traced:
            tracemalloc.stop()
        elif not tracemalloc.is_tracing():
            tracemalloc.start()
        self._inputs += 1
        self._seen, begin = "", time.process_time()  # not of other programs
        peak = _peak()
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        self._looking = True
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                self._target.read(data)
            end = End("accepted", "")
        except InputError as error:
            end = _refusal(str(error))
        except Exception as error:  # whatever it is, a user would see a stack trace
            end = End(_name(error), f"{type(error).__name__}: {error}")
        finally:
            self._looking = False
        took = tracemalloc.get_traced_memory()[1] - before
        allowed = self._target.base + self._target.factor * len(data)
        if self._seen:
            end = End(f"did {self._seen.partition(' ')[0]}", self._seen)
        elif took > allowed or _peak() - peak > RESIDENT:
            end = End("memory", f"{took} bytes allocated, {_peak() - peak} more resident, for {len(data)} of input")
        elif time.process_time() - begin > SECONDS:
            end = End("slow", f"{time.process_time() - begin:.1f} s for {len(data)} bytes")
        return end

    def hear(self, event: str, arguments: tuple) -> None:
        """What Python does meanwhile."""
        if not self._looking:
            return
        if event in _FORBIDDEN:
            self._seen = f"{event} {arguments}"
        elif event in _MOVES or (event == "open" and _writes(arguments)):
            if event in ("os.remove", "os.rmdir") and arguments[1] != -1:
                return  # within a folder that was opened: as shutil.rmtree does
            for path in arguments[:2] if event in ("os.rename", "os.link", "os.symlink") else arguments[:1]:
                outside = isinstance(path, str | bytes) and not self._inside(os.fsdecode(path))
                if outside:
                    self._seen = f"{event} {path!r}"

    def _inside(self, path: str) -> bool:
        return path == os.devnull or os.path.realpath(path).startswith(self._folder)


def _writes(arguments: tuple) -> bool:
    _, mode, flags = arguments
    return bool(set(mode or "") & set("wax+")) or bool((flags or 0) & _WRITES)


def _refusal(message: str) -> End:
    if not message.strip():
        return End("empty message", repr(message))
    return End("refused", message)


def _name(error: Exception) -> str:
    """The exception and the line of the program that it came through last."""
    place, trace = "", error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if "jaxw2v/" in code.co_filename or "experiments/" in code.co_filename:
            place = f"{Path(code.co_filename).name}:{code.co_name}"
        trace = trace.tb_next
    return f"{type(error).__name__} in {place}"


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
