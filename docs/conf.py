"""The site: the pages of this folder, the notebooks as committed, and the API from docstrings.

sphinx-build -W --keep-going -b html docs OUT

The pages are plain Markdown that reads on any forge. What only the site needs is made here, as pages are read: the
navigation from the lists of index.md, links that lead out of this folder, and directives from comments such as
<!-- automodule: jaxw2v.training.loss -->.
"""

import os
import re
import shutil
from pathlib import Path

import jaxw2v

DOCS = Path(__file__).parent
REPOSITORY = DOCS.parent
COPIED = DOCS / "_copied"  # pages that stand elsewhere: Sphinx reads below one folder only
ELSEWHERE = [
    path
    for pattern in ("README.md", "notebooks/*.ipynb", "notebooks/results/README.md", "CONTRIBUTING.md", "CHANGELOG.md")
    for path in sorted(REPOSITORY.glob(pattern))
]
LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\[\]]*\])*)\]\((?![a-z]+:|#)([^)\s#]+)(#[^)\s]*)?\)")

project = "jaxw2v"
release = jaxw2v.__version__
html_title = f"jaxw2v {release}"
html_theme = "furo"
html_static_path = ["_static"]
html_css_files = ["site.css"]
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode"]
exclude_patterns = ["_build"]
nb_execution_mode = "off"  # as committed
myst_heading_anchors = 4
myst_enable_extensions = ["dollarmath"]
suppress_warnings = ["misc.highlighting_failure", "myst.header"]  # pages may begin below the first level
default_role = "code"  # single backticks in docstrings
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
napoleon_use_ivar = True  # attributes as a list: the fields of a NamedTuple are listed there


def copy_pages() -> None:
    """Puts the pages that stand elsewhere where Sphinx reads."""
    shutil.rmtree(COPIED, ignore_errors=True)
    for path in ELSEWHERE:
        to = COPIED / path.relative_to(REPOSITORY)
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, to)


def on_the_site(page: Path, link: str) -> str | None:
    """The link of a page as the site has it, relative to the page's place there; None: the site has no such page.

    Args:
      page: the file that it stands in, in the repository.
    """
    target = (page.parent / link).resolve()
    place = COPIED / page.relative_to(REPOSITORY) if page in ELSEWHERE else page
    if target in ELSEWHERE:
        target = COPIED / target.relative_to(REPOSITORY)
    return os.path.relpath(target, place.parent) if target.is_file() else None


def read(app, docname: str, source: list[str]) -> None:
    """Makes a page ready for the site."""
    place = Path(app.env.doc2path(docname))
    page = REPOSITORY / place.relative_to(COPIED) if place.is_relative_to(COPIED) else place

    def linked(found: re.Match) -> str:
        to = on_the_site(page, found[3])
        if to is None and "/" not in found[3] and not found[3].endswith(".md"):
            return found[0]  # of code: names[0](argument)
        return found[2] if to is None else f"{found[1]}[{found[2]}]({to}{found[4] or ''})"

    text = LINK.sub(linked, source[0])
    text = re.sub(r"<!-- (auto\w+): ([\w.]+) -->", _directive, text)
    source[0] = text + (_navigation(text, app.env.found_docs) if docname == "index" else "")


def _directive(found: re.Match) -> str:
    members = "   :members:\n" if found[1] in ("automodule", "autoclass") else ""
    return f"```{{eval-rst}}\n.. {found[1]}:: {found[2]}\n{members}```"


def _navigation(text: str, pages: set[str]) -> str:
    """A table of contents for each section of the page; pages that no section lists are in the last."""
    trees, listed = [], {"index"}
    for section in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        names = [os.path.splitext(link[3])[0] for link in LINK.finditer(section)]
        names = [name for name in dict.fromkeys(names) if name in pages and name not in listed]
        listed |= set(names)
        trees.append((section.splitlines()[0], names))
    trees.append(("More", sorted(pages - listed)))
    return "".join(
        "\n".join(["\n", "```{toctree}", ":hidden:", f":caption: {caption}", "", *names, "```"])
        for caption, names in trees
        if names
    )


def skip(app, what: str, name: str, member, skipped: bool, options) -> bool | None:
    """Leaves out the fields of NamedTuples, which their docstrings list."""
    return True if str(getattr(member, "__doc__", "")).startswith("Alias for field number") else None


def setup(app) -> None:
    """Connects all this."""
    copy_pages()
    app.connect("source-read", read)
    app.connect("autodoc-skip-member", skip)
