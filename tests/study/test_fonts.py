# ruff: noqa: RUF001
import json

import numpy as np
import pytest
from matplotlib.text import Text

from jaxw2v.files import results
from jaxw2v.study import charts, collection, figures, fonts, layout, tables
from jaxw2v.vectors.table import Table

CHOICES = tables.Choices(0.95, 0.8, 100, 0, 5, {})


@pytest.fixture(autouse=True)
def _fewer_steps(monkeypatch):
    monkeypatch.setattr(layout, "_STEPS", 20)


def draw(words, path):
    """The labels of a map of these words, and what was said; warnings are errors."""
    said = []
    table = Table(words, np.random.default_rng(0).normal(size=(len(words), 7)).astype(np.float32))
    figures.projection(table, path, say=said.append)
    figure = figures.word_map(table)
    return {text.get_text() for text in figure.findobj(Text) if text.get_text()}, said


def test_words_that_no_font_has_are_left_out_and_said(tmp_path, capfd):
    known, unknown = ["hello", "naïve", "москва", "שָׁלוֹם", "كتاب", "می\u200cخواهم"], ["\U00013000\U00013001"]
    labels, said = draw(known + unknown, tmp_path / "tsne.png")
    assert labels == set(known)
    assert len(said) == 1
    assert said[0].startswith("projection: 1 of 7 words are left out, such as \U00013000\U00013001: no installed font")
    assert capfd.readouterr() == ("", "")


def test_a_text_that_no_font_has_is_a_map_of_dots(tmp_path, capfd):
    words = ["".join(map(chr, (0x13000 + i, 0x13100 + i))) for i in range(8)]
    labels, said = draw(words, tmp_path / "tsne.png")
    assert labels == set()
    assert "8 of 8 words are dots" in said[0]
    assert (tmp_path / "tsne.png").exists()
    assert capfd.readouterr() == ("", "")


def test_words_are_no_formulas(tmp_path):
    words = ["$x^2$", "a_$b$", "$\\frac$", "<b>&amp;</b>", "a\\b", "100$", "$$", "x\u00ady", "a\u202eb", "\u200bxy"]
    assert draw(words, tmp_path / "tsne.png") == (set(words), [])


def test_other_fonts_are_taken_for_what_the_first_one_lacks(monkeypatch):
    installed = {"One": set("\u4e00\u4e01"), "Two": set("\u4e01\u4e02\u4e03"), "Three": set("\u4e03")}
    monkeypatch.setattr(fonts, "_installed", lambda: tuple((name, name) for name in installed))
    own = fonts._characters
    codes = {name: frozenset(map(ord, has)) for name, has in installed.items()}
    monkeypatch.setattr(fonts, "_characters", lambda path: codes[path] if path in codes else own(path))
    first = fonts.choose(["abc"])
    assert (len(first.families), first.missing) == (1, frozenset())
    found = fonts.choose(["abc", "\u4e00\u4e01", "\u4e02\u4e03\u4e04"])
    assert found.families == [*first.families, "Two", "One"]
    assert found.missing == {"\u4e04"}
    assert found.has("\u4e00\u4e02a")
    assert not found.has("a\u4e04")


def test_a_font_that_cannot_be_read_has_nothing(tmp_path):
    (tmp_path / "broken.ttf").write_bytes(b"no font")
    assert fonts._characters(str(tmp_path / "broken.ttf")) == frozenset()


@pytest.mark.parametrize("joiners", [["$x$", "$\\frac$", "_"], ["caf\udce9", "\u6771", "<b>"]])
def test_charts_show_values_as_they_are(plant_run, tmp_path, joiners):
    for at, (joiner, k, seed) in enumerate((j, k, s) for j in joiners for k in (2, 5) for s in (1, 2)):
        plant_run(tmp_path / str(at), seed, negatives__k=k, phrases__joiner=f"joiner {at}")
        path = tmp_path / str(at) / "result.json"
        results.write_result(path, json.loads(path.read_text()) | {"phrases.joiner": joiner})
    names = {"negatives.k", "phrases.joiner", "seed"}
    (group,) = collection.group(collection.read_runs([tmp_path]), names, False)
    made = charts.draw(group, ["pairs.spearman"], tmp_path, "", CHOICES)
    assert len(made) == 6
    legend = charts.curve_chart(group, "negatives.k", "pairs.spearman", CHOICES).legends[0]
    assert {text.get_text() for text in legend.get_texts()} == {collection.shown(joiner) for joiner in joiners}
