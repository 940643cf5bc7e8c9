import hashlib
import importlib
import os
import sys

import pytest

from jaxw2v.errors import InputError
from jaxw2v.text import docstrings

DOC = """Compute the *mean* of an array's rows.

    The :func:`~numpy.mean` is taken along ``axis=0``, see [1]_ and
    https://example.org/x for n_samples; don't use :math:`\\\\frac{a}{b}`.

    Parameters
    ----------
    a : array_like, optional
        Input data in 2d
        or 3d.
    b : int
        The degrees of freedom.

    .. note:: a note of some words
       goes on here.

    .. code-block:: python

        import numpy as np

    For example::

        dropped = True

    >>> mean([1, 2])
    1.5 is the answer

    ===  ===
    | a table
    ===  ===

    - first item
    - second item
    """


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package of four documented places that must not be imported."""
    folder = tmp_path / "site/undistributed"
    (folder / "tests").mkdir(parents=True)
    (folder / "__init__.py").write_text(
        '"""The package of this test."""\nraise SystemExit("imported")\n'
        'def f():\n    """The function f here."""\n    def g():\n        """The inner function g."""\n'
    )
    (folder / "a.py").write_text(
        'try:\n    class A:\n        """The class A of all.\n\n        The function f here.\n        """\n'
        'except ImportError:\n    class A:\n        """Another class A."""\n'
        'add_newdoc("module", "name", """\nAdded to a C function.\n""")\n"\\d"  # a wrong escape\n'
    )
    (folder / "broken.py").write_text('"""Not read."""\ndef (:\n')
    (folder / "binary.py").write_bytes(b'"""\xff\0"""')
    (folder / "tests/a.py").write_text('"""A test is not read."""\n')
    (folder / "test_b.py").write_text('"""A test is not read."""\n')
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    importlib.invalidate_caches()
    return folder


EXPECTED = sorted(
    [
        "the package of this test",
        "the function f here",
        "the inner function g",
        "the class a of all",
        "another class a",
        "added to a c function",
    ],
    key=lambda paragraph: hashlib.sha256(paragraph.encode()).digest(),
)


def test_paragraphs_are_english():
    assert docstrings.to_paragraphs(DOC) == [
        "compute the mean of an array rows",
        "the numpy mean is taken along axis see and for n samples don't use",
        "a array like optional input data in or",
        "b int the degrees of freedom",
        "note a note of some words goes on here",
        "for example",
        "first item",
        "second item",
    ]


def test_google_style_has_a_paragraph_for_each_argument():
    text = "Adds.\n\nArgs:\n  x: the first one,\n    continued.\n  y: the second.\n\nReturns:\n  The sum of both."
    expected = ["x the first one continued", "y the second", "returns the sum of both"]
    assert docstrings.to_paragraphs(text) == expected


def test_nothing_is_imported_and_every_paragraph_is_kept_once(package):
    found = docstrings.extract(["undistributed"], standard_library=False)
    assert found.paragraphs == EXPECTED
    assert (found.files, found.skipped) == (4, 2)
    assert "undistributed" not in sys.modules


def test_is_built_once(package, tmp_path, monkeypatch):
    cache = tmp_path / "deep/cache"
    built = docstrings.build(cache, ["undistributed"], False)
    assert built.path.read_text() == "".join(f"{line}\n" for line in EXPECTED)
    assert sorted(built.record) == ["python", "undistributed"]
    assert len(list(cache.iterdir())) == 2
    with monkeypatch.context() as patch:
        patch.setattr(docstrings, "extract", None)
        assert docstrings.build(cache, ["undistributed"], False) == built
    built.path.write_text("damaged\n")
    assert docstrings.build(cache, ["undistributed"], False) == built
    assert built.path.read_text().startswith("added to a c function")
    os.utime(package / "a.py", (0, 0))  # without a version its files are what is compared
    assert docstrings.build(cache, ["undistributed"], False).path != built.path


def test_versions_are_recorded_and_order_does_not_matter(tmp_path):
    built = docstrings.build(tmp_path, ["omegaconf", "hydra"], False)
    assert built == docstrings.build(tmp_path, ["hydra", "omegaconf", "hydra"], False)
    assert list(built.record) == ["python", "hydra", "omegaconf"]
    assert built.record["hydra"].startswith("1.3")


def test_the_standard_library_is_there():
    files = docstrings._sources(docstrings.Path(docstrings.sysconfig.get_path("stdlib")))
    assert {"argparse.py", "statistics.py"} <= {file.name for file in files}
    assert not any({"test", "tests", "site-packages", "idlelib"} & set(file.parts) for file in files)
    assert files == sorted(files)


@pytest.mark.parametrize("name", ["not_there_at_all", "os.path", "", "_sqlite3", "sys"])
def test_what_is_not_installed(name, tmp_path):
    with pytest.raises(InputError, match=rf"^corpus\.packages: '{name}' (is not installed|has no Python source)"):
        docstrings.build(tmp_path, [name], False)


def test_nothing_to_read(tmp_path):
    with pytest.raises(InputError, match=r"corpus\.packages=\[\]: they have no documentation"):
        docstrings.build(tmp_path, [], False)


def test_a_cache_that_is_a_file(package, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"^cache=.*cache=FOLDER"):
        docstrings.build(tmp_path / "file", ["undistributed"], False)
