"""The operations of a compiled program: what each is, the line that asked for it, and the time that it takes itself."""

import collections
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import jax

from jaxw2v.launch.places import REPOSITORY

_HEAVY = ("dot", "convolution", "scatter", "gather", "sort", "reduce-window", "reduce", "dynamic-update-slice", "copy")
_FRAMES = ("FileNames", "FunctionNames", "FileLocations", "StackFrames")
_SHOWN = 3  # lines of a stack, from the innermost
_INSTRUCTION = re.compile(r"\s+(?:ROOT )?%?([\w.\-]+) = (.*)")
_OPENING = re.compile(r"(?:ENTRY )?%?([\w.\-]+) \(.*\{$")


class Operation(NamedTuple):
    """An instruction of a compiled program.

    Attributes:
      name: as XLA calls it.
      kind: its opcode; of a fusion also what is heavy inside, such as `fusion: dot, reduce`.
      scope: the path of named scopes and JAX's primitives that it comes from; "" if unknown.
      lines: FILE:LINE that it comes from, and those that called this one; innermost first, may be empty.
    """

    name: str
    kind: str
    scope: str
    lines: tuple[str, ...]


class Timed(NamedTuple):
    """What the profiler saw of an instruction in one segment: its own microseconds of all threads, and how often."""

    microseconds: float
    times: int


class _Instruction(NamedTuple):
    name: str
    text: str
    opcode: str
    computation: str
    is_root: bool


def read(text: str) -> dict[str, Operation]:
    """The operations of the text of a compiled program, by name.

    A fusion without metadata of its own has those of its root or, if that has none, the most frequent inside.
    """
    instructions = list(_instructions(text))
    inside = collections.defaultdict(list)
    for each in instructions:
        inside[each.computation].append(each)
    stacks = _stacks(text)
    found = {}
    for each in instructions:
        called = re.search(r"calls=%?([\w.\-]+)", each.text)
        parts = inside[called[1]] if called and each.opcode == "fusion" else []
        found[each.name] = Operation(
            each.name, _kind(each, parts), _first(each, parts, _scope), _first(each, parts, lambda t: _lines(t, stacks))
        )
    return found


def _instructions(text: str) -> Iterator[_Instruction]:
    computation = ""
    for line in text.splitlines():
        if opening := _OPENING.match(line):
            computation = opening[1]
        elif instruction := _INSTRUCTION.match(line):
            opcode = re.search(r" ([a-z][\w\-]*)\(", f" {instruction[2]}")
            is_root = line.lstrip().startswith("ROOT ")
            yield _Instruction(instruction[1], instruction[2], opcode[1] if opcode else "", computation, is_root)


def _kind(of: _Instruction, parts: Sequence[_Instruction]) -> str:
    if of.opcode == "custom-call":
        target = re.search(r'custom_call_target="([^"]*)"', of.text)
        return f"custom-call: {target[1]}" if target else of.opcode
    if not parts:
        return of.opcode
    opcodes = {each.opcode for each in parts}
    heavy = [opcode for opcode in _HEAVY if opcode in opcodes] or [_last([each.opcode for each in parts])]
    custom = re.search(r'"fusion_config":\{"kind":"_*([^"]*?)(?:_fusion)?"', of.text)  # by a library: ynn, onednn
    return f"{f'{custom[1]} ' if custom else ''}fusion: {', '.join(heavy)}"


def _last(opcodes: Sequence[str]) -> str:
    """The last that computes something."""
    return next((each for each in reversed(opcodes) if each not in ("bitcast", "tuple", "parameter")), opcodes[-1])


def _first(of: _Instruction, parts: Sequence[_Instruction], read: Callable):
    """What is read of an instruction itself, else of its root, else most often of its parts; else of nothing."""
    roots = [each for each in parts if each.is_root]
    for each in (of, *roots):
        if value := read(each.text):
            return value
    values = collections.Counter(value for each in parts if (value := read(each.text)))
    return values.most_common(1)[0][0] if values else read("")


def _scope(text: str) -> str:
    found = re.search(r'op_name="([^"]*)"', text)
    return found[1] if found else ""


def _lines(text: str, stacks: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """By both ways in which XLA prints them: the number of a stack frame, or a file and a line."""
    if frame := re.search(r"stack_frame_id=(\d+)", text):
        return stacks.get(frame[1], ())
    file, line = re.search(r'source_file="([^"]*)"', text), re.search(r"source_line=(\d+)", text)
    return (f"{_short(file[1])}:{line[1]}",) if file and line else ()


def _stacks(text: str) -> dict[str, tuple[str, ...]]:
    """FILE:LINE of each stack frame in the tables before the program, innermost first.

    Frames of libraries are left out where one of the repository is around them. Empty if the text has no such tables.
    """
    tables = [_frame_table(text, name) for name in _FRAMES]
    if not all(tables):
        return {}
    files, _, locations, frames = tables
    at, parent = {}, {}
    for number, words in frames.items():
        location = _fields(locations[str(_fields(words)["file_location_id"])])
        at[number] = files[str(location["file_name_id"])].strip('"'), location["line"]
        parent[number] = _fields(words).get("parent_frame_id", 0)
    none = min(parent.values())  # jaxlib 0.10 prints numbers of parents from 1, so that 1 is none
    found = {}
    for number in frames:
        around: list[tuple[str, int]] = []
        frame = number
        while frame in at and len(around) < len(at):
            around.append(at[frame])
            frame = str(parent[frame] - none)
        ours = [place for place in around if Path(place[0]).is_relative_to(REPOSITORY)]
        lines = dict.fromkeys(f"{_short(file)}:{line}" for file, line in ours or around)
        found[number] = tuple(lines)[:_SHOWN]
    return found


def _frame_table(text: str, name: str) -> dict[str, str]:
    _, found, rest = text.partition(f"\n{name}\n")
    rows = rest.partition("\n\n")[0].splitlines() if found else []
    return {number: words for number, _, words in (row.partition(" ") for row in rows)}


def _fields(words: str) -> dict[str, int]:
    return {name: int(value) for name, value in re.findall(r"(\w+)=(\d+)", words)}


def _short(file: str) -> str:
    path = Path(file)
    return path.relative_to(REPOSITORY).as_posix() if path.is_relative_to(REPOSITORY) else "/".join(path.parts[-2:])


def profile(go: Callable[[], object], text: str) -> dict[str, Timed]:
    """The time of each instruction of the program of this text in `go()`, without those that run inside it.

    Those of other programs stand together under "".
    """
    module = re.match(r"HloModule ([\w.\-]+)", text)
    with tempfile.TemporaryDirectory() as folder:
        with jax.profiler.trace(folder):
            go()
        (path,) = Path(folder).glob("**/*.xplane.pb")  # the trace beside it, in JSON, ends after a million events
        return own_times(_events(path), module[1] if module else "")


def _events(path: Path) -> Iterator[dict]:
    for plane in jax.profiler.ProfileData.from_file(str(path)).planes:
        for number, line in enumerate(plane.lines):
            for event in line.events:
                found = dict(event.stats)
                if "hlo_op" in found:
                    times = {"ts": event.start_ns / 1e3, "dur": event.duration_ns / 1e3}
                    yield {"ph": "X", "pid": plane.name, "tid": number, "args": found, **times}


def own_times(events: Iterable[dict], module: str) -> dict[str, Timed]:
    """The same from the events of a trace, as Chrome's trace viewer reads them."""
    threads = collections.defaultdict(list)
    for event in events:
        if event.get("ph") == "X" and "hlo_op" in event.get("args", {}):
            name = event["args"]["hlo_op"] if event["args"].get("hlo_module", module) == module else ""
            threads[event["pid"], event["tid"]].append((event["ts"], -event["dur"], name))
    own: collections.Counter[str] = collections.Counter()
    times: collections.Counter[str] = collections.Counter()
    for thread in threads.values():
        open_: list[tuple[float, str]] = []  # ends and names of the instructions around
        for begin, minus, name in sorted(thread):
            while open_ and open_[-1][0] <= begin:
                open_.pop()
            own[name] -= minus
            times[name] += 1
            if open_:
                own[open_[-1][1]] += minus
            open_.append((begin - minus, name))
    return {name: Timed(own[name], times[name]) for name in own}


def listed(
    timed: Mapping[str, Timed], of: Mapping[str, Operation], number: int, microseconds: float
) -> list[dict[str, object]]:
    """The operations that take the most time themselves, the longest first.

    Args:
      timed: from `profile`.
      of: from `read`.
      number: so many, at most.
      microseconds: of a kept token, all operations together.
    """
    total = sum(each.microseconds for each in timed.values())
    rows = []
    for name in sorted(timed, key=lambda name: -timed[name].microseconds)[:number]:
        operation = of.get(name, Operation(name or "(other programs)", "", "", ()))
        share = timed[name].microseconds / total
        rows.append(
            operation._asdict() | {"share": share, "microseconds_per_kept_token": share * microseconds}
            | {"times": timed[name].times, "microseconds_each": timed[name].microseconds / timed[name].times}
        )  # fmt: skip
    return rows


def table(rows: Sequence[Mapping]) -> str:
    """The rows of `listed` in Markdown."""
    lines = [
        "| operation | kind | us a kept token | share | times | us each | scope | line, and those that called it |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        scope = row["scope"].removeprefix("jit(replica)/").replace("|", "\\|")
        lines.append(
            f"| {row['name']} | {row['kind']} | {row['microseconds_per_kept_token']:.4f} | {row['share']:.1%} | "
            f"{row['times']:,} | {row['microseconds_each']:.1f} | {scope} | {', '.join(row['lines'])} |"
        )
    shown = sum(row["share"] for row in rows)
    return "\n".join([*lines, "", f"The {len(rows)} operations take {shown:.1%} of the time."]) + "\n"
