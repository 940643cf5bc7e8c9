"""`jaxw2v NAME ...`: the commands by their names."""

import difflib
import importlib
import sys
from collections.abc import Sequence

import jaxw2v
from jaxw2v.errors import InputError
from jaxw2v.launch import command

COMMANDS = {
    "train": "train vectors, evaluate them and leave everything in one folder; also sweeps",
    "prepare": "make the vocabulary and the ids of a text ahead of time",
    "phrases": "join the phrases of a text and write it out",
    "evaluate": "score a file of vectors on similarity and analogy test sets",
    "neighbors": "show the words nearest to a word, or to a sum of words",
    "explore": "make a page of vectors: a map of words, a search, neighbors; and files for TensorBoard",
    "report": "make a report of runs: statistics, figures, a page",
    "export": "write the table of a sweep as CSV",
    "stability": "write how far repeated runs agree about nearest neighbors, by frequency",
    "convergence": "follow how near training comes to PMI - log k",
    "data": "fetch the public test sets and text8, checked",
    "wikipedia": "make a text of a sample of Wikipedia's articles from a dump",
    "info": "show versions, devices, the cache and which extras are installed",
}


def main(words: Sequence[str] | None = None) -> int:
    """Exit status: that of the command; 2 after a user's mistake."""
    name, *rest = (sys.argv[1:] if words is None else words) or ["--help"]
    if name in COMMANDS:
        return importlib.import_module(f"jaxw2v.commands.{name}").main(rest)
    return command.run(lambda: _other(name))


def _other(name: str) -> None:
    if name in ("--version", "-V"):
        command.say(f"jaxw2v {jaxw2v.__version__}")
    elif name in ("--help", "-h", "help"):
        lines = [f"  {each:12} {does}" for each, does in COMMANDS.items()]
        after = "jaxw2v COMMAND --help says more; jaxw2v --version."
        command.say("\n".join(["usage: jaxw2v COMMAND ...", "", *lines, "", after]))
    else:
        near = difflib.get_close_matches(name.lower().lstrip("-"), COMMANDS, n=1)
        meant = f"did you mean {near[0]}?" if near else f"use {', '.join(COMMANDS)}"
        raise InputError(f"{name}: there is no such command; {meant}")
