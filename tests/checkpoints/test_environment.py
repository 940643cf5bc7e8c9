"""What a run's bytes depend on besides its settings and its text: what of it counts, and what does not."""

import ast

import pytest

from jaxw2v.checkpoints import environment
from tests.test_imports import imported

SOURCE = '''"""A module."""

import os  # of the system


def area(side: float) -> float:
    """The area of a square.

    It is flat.
    """
    # as at school
    text = """a

    # no comment
    """
    return side * side + len(text.strip("# "))


class Square:
    "With a side."

    side = 2.0
'''


def test_comments_docstrings_and_blank_lines_do_not_count():
    kept = environment.without_comments(SOURCE)
    for gone in ("A module", "of the system", "flat", "at school", "With a side"):
        assert gone not in kept
    assert 'text = """a\n\n    # no comment\n    """\n' in kept
    assert 'strip("# ")' in kept
    other = SOURCE.replace("as at school", "see Euclid").replace("It is flat.", "\n    It has a side.")
    other = other.replace("import os  # of the system\n", "\nimport os\n\n\n").replace('"""A module."""', "# a module")
    assert other != SOURCE
    assert environment.without_comments(other) == kept


@pytest.mark.parametrize(
    ("before", "after"),
    [("side * side", "side + side"), ("2.0", "2.5"), ("import os", "import sys"), ("# no comment", "# one"),
     ("a\n\n    #", "a\n    #"), ('"# "', '"#"'), ("    return", "        return")],
)  # fmt: skip
def test_what_the_code_does_counts(before, after):
    assert environment.without_comments(SOURCE.replace(before, after)) != environment.without_comments(SOURCE)


def parsed(source: str) -> ast.Module:
    """The tree of a source. Where nothing but a docstring was the body of a function, it is pass."""
    while True:
        try:
            return ast.parse(source)
        except IndentationError as error:
            lines = source.splitlines()
            head = lines[error.lineno - 2]
            lines.insert(error.lineno - 1, " " * (len(head) - len(head.lstrip()) + 4) + "pass")
            source = "\n".join(lines)


def without_docstrings(source: str) -> str:
    tree = parsed(source)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if (
            isinstance(body, list)
            and body
            and isinstance(body[0], ast.Expr)
            and isinstance(body[0].value, ast.Constant)
        ):
            body[:1] = [] if isinstance(node, ast.Module) or body[1:] else [ast.Pass()]
    return ast.dump(tree)


def test_what_is_left_of_the_code_that_trains_does_the_same():
    paths = [path for pattern in environment.CODE for path in environment.PACKAGE.glob(pattern)]
    assert len(paths) > 20
    for path in paths:
        source = path.read_text()
        assert without_docstrings(environment.without_comments(source)) == without_docstrings(source), path


# files of runs that leave no trace in the tables, or one that is in the identity by itself, as what platforms choose
NO_BYTES = {"compilation_cache", "memory", "parted", "platforms", "tables"}


@pytest.mark.parametrize(("wing", "free"), [("settings", set()), ("training", set()), ("runs", NO_BYTES)])
def test_what_the_code_that_trains_imports_counts_too(wing, free):
    """What settings derive where they are left open, such as a span, makes other bytes; so does a part moved out."""
    paths = {path for pattern in environment.CODE for path in environment.PACKAGE.glob(pattern)}
    names = {name.split(".")[2] for path in paths for name in imported(path) if name.startswith(f"jaxw2v.{wing}.")}
    assert len(names) > 4
    assert {environment.PACKAGE / wing / f"{name}.py" for name in names - free} <= paths


def test_a_fingerprint_is_of_names_and_code(tmp_path):
    one, other = tmp_path / "one.py", tmp_path / "other.py"
    one.write_text("x = 1  # one\n")
    other.write_text("y = 2\n")
    before = environment.fingerprint([one, other])
    assert environment.fingerprint([other, one]) == before
    one.write_text('"""Of x."""\n\nx = 1\n')
    assert environment.fingerprint([one, other]) == before
    one.write_text("x = 2\n")
    assert environment.fingerprint([one, other]) != before


def test_the_arithmetic_of_a_processor_is_no_matter_of_its_name_or_speed(tmp_path):
    def of(text: str) -> str:
        (tmp_path / "cpuinfo").write_text(text)
        return environment.arithmetic(tmp_path / "cpuinfo")

    one = of("model name\t: one\ncpu MHz\t: 2000\nflags\t\t: fpu sse2 avx avx2 fma md_clear\n")
    assert one == "avx avx2 fma sse2"
    assert of("model name\t: two\ncpu MHz\t: 3000\nflags\t\t: fpu sse2 avx avx2 fma avx512_vnni\n") == one
    assert of("model name\t: two\nflags\t\t: fpu sse2 avx avx2 fma avx512f\n") != one
    assert of("processor\t: 0\nFeatures\t: fp asimd evtstrm sve\n") == "asimd fp sve"
    assert of("nothing known\n") == environment.arithmetic(tmp_path / "none") != ""
