"""Sizes: what a reader must hold in mind at a time. `python tests/test_sizes.py` prints the longest of each kind."""

import ast
import io
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

REPOSITORY = Path(__file__).parents[1]
FILES = sorted(path for top in ("jaxw2v", "experiments", "hydra_plugins") for path in (REPOSITORY / top).rglob("*.py"))
FILE_LINES, FUNCTION_LINES, CLASS_LINES, PARAMETERS = 300, 50, 150, 8
NO_CODE = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}


class Size(NamedTuple):
    """How large something is, and where it stands."""

    number: int
    place: str


def code_lines(text: str) -> set[int]:
    """The numbers of the lines that hold code: no blank line, no comment, no docstring."""
    lines = {
        line
        for token in tokenize.generate_tokens(io.StringIO(text).readline)
        if token.type not in NO_CODE
        for line in range(token.start[0], token.end[0] + 1)
    }
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
            lines -= set(range(node.body[0].lineno, node.body[0].end_lineno + 1))
    return lines


def sizes(kind: type[ast.AST]) -> Iterator[Size]:
    """The code lines of each function or class of the program, the functions within it counted."""
    for path in FILES:
        text = path.read_text()
        code = code_lines(text)
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, kind):
                number = sum(node.lineno <= line <= node.end_lineno for line in code)
                yield Size(number, f"{path.relative_to(REPOSITORY)}:{node.lineno} {node.name}")


def parameters() -> Iterator[Size]:
    """How many parameters each function has, `self` apart."""
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef):
                of = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
                number = sum(each.arg not in ("self", "cls") for each in of)
                yield Size(number, f"{path.relative_to(REPOSITORY)}:{node.lineno} {node.name}")


def file_lines() -> Iterator[Size]:
    """The lines of each file, all of them."""
    for path in FILES:
        yield Size(len(path.read_text().splitlines()), str(path.relative_to(REPOSITORY)))


def above(found: Iterator[Size], most: int) -> list[Size]:
    return sorted((size for size in found if size.number > most), reverse=True)


def test_a_file_is_read_in_one_sitting():
    assert above(file_lines(), FILE_LINES) == []


def test_a_function_fits_on_a_screen():
    assert above(sizes(ast.FunctionDef), FUNCTION_LINES) == []


def test_a_class_fits_on_three():
    assert above(sizes(ast.ClassDef), CLASS_LINES) == []


def test_a_list_of_parameters_is_said_in_one_breath():
    assert above(parameters(), PARAMETERS) == []


def main() -> None:
    """Prints the longest twenty of each kind."""
    kinds = {"files": file_lines(), "functions": sizes(ast.FunctionDef), "classes": sizes(ast.ClassDef)}
    for title, found in (kinds | {"parameters": parameters()}).items():
        print(title, *(f"  {size.number:4}  {size.place}" for size in above(found, 0)[:20]), sep="\n")


if __name__ == "__main__":
    sys.exit(main())
