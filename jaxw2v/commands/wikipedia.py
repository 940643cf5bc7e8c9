"""Makes a text of a sample of Wikipedia's articles from a dump, as large as asked.

    jaxw2v wikipedia enwiki-20260101-pages-articles.xml.bz2 --words 17000000 --out enwiki.txt

DUMP is a file of https://dumps.wikimedia.org, read once from beginning to end (of English: 25 GB, an hour or two; any
language and any part of a dump will do). The text has a paragraph a line, words of small letters a to z, digits and
apostrophes, and articles in random order, so that any first part of it is a sample, too. The same dump, --words and
--seed give the same bytes. OUT.tsv names the articles: number, title and words of each, as the license (CC BY-SA) asks.
Needs pip install 'jaxw2v[wikipedia]'.
"""

import os
from collections.abc import Sequence

from jaxw2v.errors import InputError
from jaxw2v.files import writing
from jaxw2v.files.paths import expanded
from jaxw2v.launch.command import Parser, run
from jaxw2v.text import wikipedia


def main(argv: Sequence[str] | None = None) -> int:
    """Exit status: 0, or 2 after a user's mistake."""
    return run(lambda: _make(argv))


def _make(argv: Sequence[str] | None) -> None:
    parser = Parser(prog="jaxw2v wikipedia", description=__doc__)
    parser.add_argument("dump", metavar="DUMP", help="XML, compressed or not")
    parser.add_argument("--out", required=True, metavar="FILE", help="the text; must not exist")
    parser.add_argument("--words", type=int, default=17_000_000, help="how many, at least (default: 17000000)")
    parser.add_argument("--seed", type=int, default=1, help="another gives other articles (default: 1)")
    chosen = parser.parse_args(argv)
    if chosen.words < 1:
        raise InputError(f"--words {chosen.words}: ask for 1 or more")
    dump, target = expanded(chosen.dump, "DUMP"), expanded(chosen.out, "--out")
    names = target.with_name(f"{target.name}.tsv")
    for path in (target, names):
        if path.exists():
            raise InputError(f"{path}: it is there already; choose another --out")
    if not target.parent.is_dir():
        raise InputError(f"--out {chosen.out}: there is no folder {target.parent}; make it first")
    articles = wikipedia.sample(dump, chosen.words, chosen.seed)
    total = sum(article.words for article in articles)
    try:
        with writing.whole(names, "w") as file:
            file.writelines(f"{each.id}\t{each.title}\t{each.words}\n" for each in articles)
        with writing.whole(target, "w") as file:
            file.writelines(f"{line}\n" for article in articles for line in article.lines)
    except OSError as error:
        raise InputError(f"--out {chosen.out}: {error.strerror}; choose another file") from error
    fewer = f"; the dump has no more than these, {chosen.words:,} were asked for" if total < chosen.words else ""
    print(f"{os.path.relpath(target)}: {total:,} words of {len(articles):,} articles{fewer}")
    print(f"{os.path.relpath(names)}: number, title and words of each")
