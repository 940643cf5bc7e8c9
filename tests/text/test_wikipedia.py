import bz2
from xml.sax.saxutils import escape

import pytest

from jaxw2v.errors import InputError
from jaxw2v.text import wikipedia
from tests.command_line import command, wrong

pytest.importorskip("mwparserfromhell")

ARTICLE = """{{Infobox country|name=France|capital=[[Paris]]}}
[[File:Map.png|thumb|A map of [[France]] in green]]
'''France''' is a [[country|large country]] of [[Europe]].<ref name="a">{{cite|x}} A note</ref> It's old.
== History ==
{| class="wikitable"
| a || cell of the table with many words in it
|}
<!-- not shown -->
* short item
The ''first'' king of&nbsp;the Franks was Clovis<ref name="b" /> the 1st; he didn&rsquo;t live in Zürich.
[[Category:Countries of Europe and other places of the world]]
"""


def page(number, text, title="Title", ns=0, redirect=False):
    mark = '<redirect title="Other" />' if redirect else ""
    return (
        f"<page><title>{escape(title)}</title><ns>{ns}</ns><id>{number}</id>{mark}<revision><id>9</id>"
        f"<contributor><username>text</username></contributor><text>{escape(text)}</text></revision></page>"
    )


def dump(path, *pages):
    xml = f'<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.11/"><siteinfo/>{"".join(pages)}</mediawiki>'
    path.write_bytes(bz2.compress(xml.encode()) if path.suffix == ".bz2" else xml.encode())
    return path


def test_paragraphs_of_an_article():
    assert wikipedia.paragraphs(ARTICLE) == [
        "france is a large country of europe it's old",
        "the first king of the franks was clovis the 1st he didn't live in z rich",
    ]


@pytest.mark.parametrize("name", ["dump.xml", "dump.xml.bz2"])
def test_pages_are_articles_only(tmp_path, name):
    pages = [page(1, "a", "A & B"), page(2, "b", ns=1), page(3, "c", redirect=True), page(4, "d")]
    found = list(wikipedia.pages(dump(tmp_path / name, *pages)))
    assert found == [("1", "A & B", "a"), ("4", "Title", "d")]


def sentence(number):
    return f"the article has number {number} and ends"  # 7 words


def test_a_sample_has_the_smallest_hashes_in_their_order(tmp_path):
    path = dump(tmp_path / "dump.xml", *(page(number, sentence(number)) for number in range(200)))
    every = wikipedia.sample(path, 10**6, 1)
    assert len(every) == 200
    assert [article.rank for article in every] == sorted(article.rank for article in every)
    for words, articles in ((1, 1), (7, 1), (8, 2), (70, 10), (71, 11)):
        assert wikipedia.sample(path, words, 1) == every[:articles]
    assert [article.id for article in wikipedia.sample(path, 70, 2)] != [article.id for article in every[:10]]


def test_a_dump_in_another_order_gives_the_same_text(tmp_path):
    pages = [page(number, sentence(number)) for number in range(50)]
    one, other = dump(tmp_path / "one.xml", *pages), dump(tmp_path / "other.xml", *pages[::-1])
    assert wikipedia.sample(one, 100, 1) == wikipedia.sample(other, 100, 1)


def test_what_is_no_dump(tmp_path):
    path = dump(tmp_path / "dump.xml.bz2", page(1, sentence(1)))
    whole = path.read_bytes()
    for content, message in ((whole[:-20], "cannot be read"), (bz2.compress(b"plain text"), "not a whole dump"),
                             (bz2.compress(b"<html></html>"), "no pages")):  # fmt: skip
        path.write_bytes(content)
        with pytest.raises(InputError, match=message):
            wikipedia.sample(path, 10, 1)


def test_the_command(tmp_path):
    path = dump(tmp_path / "dump.xml.bz2", *(page(number, sentence(number), f"T{number}") for number in range(9)))

    def make(*words):
        return command(tmp_path, *words, module="wikipedia", cwd=tmp_path)

    done = make(path, "--words", 20, "--out", tmp_path / "text.txt")
    assert done.returncode == 0, done.stderr
    assert "text.txt: 21 words of 3 articles\n" in done.stdout
    lines, names = (
        (tmp_path / "text.txt").read_text().splitlines(),
        (tmp_path / "text.txt.tsv").read_text().splitlines(),
    )
    assert [line.split()[4] for line in lines] == [name.split("\t")[0] for name in names]
    assert names[0].split("\t")[1:] == [f"T{names[0].split()[0]}", "7"]
    assert "the dump has no more than these" in make(path, "--out", tmp_path / "all.txt").stdout
    wrong(make(path, "--out", tmp_path / "text.txt"), "text.txt: it is there already; choose another --out")
    wrong(make(path, "--words", 0, "--out", tmp_path / "new.txt"), "--words 0: ask for 1 or more")
    wrong(make(path, "--out", tmp_path / "none/new.txt"), "there is no folder", "make it first")
    wrong(make(tmp_path / "none.xml", "--out", tmp_path / "new.txt"), "none.xml: cannot be read")
