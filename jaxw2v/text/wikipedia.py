"""A text of a sample of Wikipedia's articles, from a dump: a paragraph a line, small letters, words apart by a space.

Source of dumps: https://dumps.wikimedia.org, enwiki-DATE-pages-articles.xml.bz2. Text under CC BY-SA.
"""

import hashlib
import heapq
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from jaxw2v.errors import InputError
from jaxw2v.files import packed

WORD = re.compile(r"[a-z0-9]+(?:'[a-z0-9]+)*")  # of lower-case text; digits stay, and the apostrophe of don't
SHORTEST = 5  # words of a paragraph; what is shorter is a list's item, a heading or what is left of a table
_NOT_TEXT = re.compile(
    r"(?is)\{\|.*?\|\}|<!--.*?-->|<(ref|gallery|math|timeline|syntaxhighlight|code)\b[^>/]*(/>|>.*?</\1\s*>)"
)
_LINK_OF_MEDIA = re.compile(r"(?i)^\s*(file|image|category)\s*:")


class Page(NamedTuple):
    """An article.

    Attributes:
      id: Wikipedia's number of it, which stays when it is renamed.
      title: its name.
      wikitext: with its markup.
    """

    id: str
    title: str
    wikitext: str


class Article(NamedTuple):
    """What is left of a page.

    Attributes:
      rank: the hash of its number; the sample is of the articles with the smallest, in this order.
      id: of its page.
      title: of its page.
      lines: its paragraphs.
      words: of all paragraphs.
    """

    rank: int
    id: str
    title: str
    lines: list[str]
    words: int


def pages(path: Path) -> Iterator[Page]:
    """The articles of a dump, in its order: no redirects, talk or other pages.

    Args:
      path: XML as MediaWiki exports it, compressed if its name says so.

    Raises:
      InputError: it cannot be read, is cut short, or is no dump.
    """
    found = False
    try:
        with path.open("rb") as raw:
            stream = packed.unpacked(raw, path.suffix.lower() if path.suffix.lower() in packed.KINDS else "")
            parser = ET.iterparse(stream, events=("start", "end"))
            _, root = next(parser)
            for event, element in parser:
                if event == "end" and element.tag.rpartition("}")[2] == "page":
                    found = True
                    page = _page(element)
                    root.clear()  # or the whole dump would stay in memory
                    if page is not None:
                        yield page
    except ET.ParseError as error:
        raise InputError(f"{path}: not a whole dump of MediaWiki's XML ({error}); fetch it again") from None
    except packed.DAMAGE as error:
        raise InputError(f"{path}: cannot be read ({error}); fetch it again") from None
    if not found:
        raise InputError(f"{path}: no pages; give a file named like enwiki-DATE-pages-articles.xml.bz2")


def _page(element: ET.Element) -> Page | None:
    fields = {child.tag.rpartition("}")[2]: child for child in element}
    if "redirect" in fields or _text(fields.get("ns")) != "0":
        return None
    revision = fields.get("revision")
    texts = [] if revision is None else [child for child in revision if child.tag.rpartition("}")[2] == "text"]
    return Page(_text(fields.get("id")), _text(fields.get("title")), _text(texts[0] if texts else None))


def _text(element: ET.Element | None) -> str:
    return "" if element is None else element.text or ""


def paragraphs(wikitext: str) -> list[str]:
    """The paragraphs of an article, each its words in small letters, one space between two.

    Templates, tables, references, formulas, pictures with their captions and names of categories are left out; of
    links the text that is shown stays. A paragraph has at least `SHORTEST` words.

    Raises:
      InputError: mwparserfromhell is not installed.
    """
    try:
        import mwparserfromhell  # here: an extra
    except ImportError:
        raise InputError("jaxw2v wikipedia: needs mwparserfromhell; pip install 'jaxw2v[wikipedia]'") from None
    code = mwparserfromhell.parse(_NOT_TEXT.sub(" ", wikitext))
    for link in code.filter_wikilinks(recursive=True):
        if _LINK_OF_MEDIA.match(str(link.title)):
            try:
                code.remove(link)
            except ValueError:  # it was inside one that is gone
                continue
    lines = (" ".join(WORD.findall(line.lower().replace("\u2019", "'"))) for line in code.strip_code().split("\n"))
    return [line for line in lines if line.count(" ") >= SHORTEST - 1]


def sample(path: Path, words: int, seed: int) -> list[Article]:
    """Articles of a dump, chosen and put in order by a hash, with at least so many words; all, if it has fewer.

    The same dump, number of words and seed give the same articles, and a larger number of words begins with them. What
    is not chosen is not parsed, so that a dump of 7 million articles costs little more than reading it once.

    Args:
      path: of the dump; see `pages`.
      words: at least 1; the articles that are kept in memory have about as many.
      seed: any; another gives other articles.
    """
    kept: list[tuple[int, int, Article]] = []  # a heap, the largest rank first
    total = number = 0
    for page in pages(path):
        rank = int.from_bytes(hashlib.sha256(f"{seed} {page.id}".encode()).digest()[:8], "big")
        if total >= words and rank > -kept[0][0]:
            continue
        lines = paragraphs(page.wikitext)
        if not lines:
            continue
        article = Article(rank, page.id, page.title, lines, sum(line.count(" ") + 1 for line in lines))
        number += 1
        heapq.heappush(kept, (-rank, number, article))
        total += article.words
        while total - kept[0][2].words >= words:
            total -= heapq.heappop(kept)[2].words
    return sorted((article for _, _, article in kept), key=lambda article: article.rank)
