"""The page of vectors: its numbers are those of the library, and in headless Chromium it does what it says."""

import base64
import json
import re

import numpy as np
import pytest

from jaxw2v.study import explorer, layout
from jaxw2v.vectors import neighbors, vectors
from jaxw2v.vectors.formats import save
from jaxw2v.vectors.table import Table, unit_rows
from tests.command_line import command

K = 20
NASTY = ["</script><script>alert(1)</script>", "<!--", "<img src=x onerror=alert(1)>", '"', "a\u2028b", "Été", "שלום"]
WORDS = [*NASTY, *(f"w{row}" for row in range(53))]
N, D = len(WORDS), 9


@pytest.fixture(scope="module")
def table():
    """Five bundles of vectors."""
    rng = np.random.default_rng(0)
    bundles = rng.normal(size=(5, D))[np.arange(N) % 5]
    return Table(WORDS, (bundles + 0.3 * rng.normal(size=(N, D))).astype(np.float32))


@pytest.fixture(scope="module")
def page_file(table, tmp_path_factory):
    folder = tmp_path_factory.mktemp("explored")
    save(table, folder / "v.npz", "npz")
    done = command(folder, folder / "v.npz", "--out", folder / "page.html", module="explore")
    assert (done.returncode, done.stderr) == (0, "")
    return folder / "page.html"


def data(page_file):
    return json.loads(re.search(r'id="data">(.*?)</script>', page_file.read_text("utf-8"), re.DOTALL)[1])


def test_the_page_has_the_neighbors_that_are_asked_for(page_file):
    found = data(page_file)
    asked = vectors.load(page_file.with_name("v.npz"))
    row_NK = np.frombuffer(base64.b64decode(found["row"]), "<u2").reshape(N, K)
    cosine_NK = np.frombuffer(base64.b64decode(found["cosine"]), "<i2").reshape(N, K) / 10_000
    assert found["words"] == WORDS
    for at, word in enumerate(WORDS):
        near = asked.most_similar(word, K)
        assert [WORDS[row] for row in row_NK[at]] == [each.word for each in near]
        np.testing.assert_allclose(cosine_NK[at], [each.cosine for each in near], atol=5.1e-5)


def test_the_map_keeps_its_proportions_and_the_page_repeats(page_file, table, tmp_path):
    unit_ND = unit_rows(table.vectors_VD).astype(np.float64)
    place_N2 = layout.plane(unit_ND, "tsne")
    kept_N2 = np.frombuffer(base64.b64decode(data(page_file)["place"]), "<u2").reshape(N, 2)
    assert kept_N2.min(0).tolist() == [0, 0]
    assert kept_N2.max() == 65_535
    scale = np.ptp(place_N2, axis=0).max() / 65_535
    np.testing.assert_allclose(kept_N2 * scale + place_N2.min(0), place_N2, atol=0.51 * scale)
    command(tmp_path, page_file.with_name("v.npz"), "--out", tmp_path / "again.html", module="explore")
    assert (tmp_path / "again.html").read_bytes() == page_file.read_bytes()


def test_clusters_are_bundles_and_rarer_words_join_the_nearest(table, monkeypatch):
    monkeypatch.setattr(explorer, "_CLUSTERED", 40)
    monkeypatch.setattr(explorer, "COLORS", explorer.COLORS[:5])
    unit_ND = unit_rows(table.vectors_VD).astype(np.float64)
    cluster_N = explorer.clusters(unit_ND)
    assert len({(bundle, cluster) for bundle, cluster in zip(np.arange(N) % 5, cluster_N)}) == 5


def test_neighbors_of_each_are_those_of_one(monkeypatch):
    monkeypatch.setattr(neighbors, "_BLOCK", 100)  # several blocks
    vectors_VD = np.random.default_rng(1).integers(-1, 2, (30, 3)).astype(np.float32)  # many equal cosines
    vectors_VD[~vectors_VD.any(1)] = 1
    words = [str(row) for row in range(30)]
    row_Vn, cosine_Vn = neighbors.of_each(unit_rows(vectors_VD), 7)
    for at, word in enumerate(words):
        near = neighbors.nearest(Table(words, unit_rows(vectors_VD)), word, 7)
        np.testing.assert_allclose(cosine_Vn[at], [each.cosine for each in near], atol=3e-7)
        assert at not in row_Vn[at]
        for cosine in set(cosine_Vn[at]):  # of equal ones the first
            rows = row_Vn[at][cosine_Vn[at] == cosine]
            assert rows.tolist() == sorted(rows)


@pytest.fixture
def tab(browser, page_file):
    """The page opened from its file, without a network; at the end the console is empty and nothing was fetched."""
    context = browser.new_context(offline=True, viewport={"width": 1000, "height": 700})
    opened, said, fetched = context.new_page(), [], []
    opened.on("console", lambda message: said.append(message.text))
    opened.on("pageerror", lambda error: said.append(str(error)))
    opened.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
    opened.on("request", lambda request: fetched.append(request.url))
    opened.goto(page_file.as_uri())
    yield opened
    assert said == []
    assert [url for url in fetched if not url.startswith("data:")] == [page_file.as_uri()]
    context.close()


def listed(tab):
    """The neighbors shown, with their cosines."""
    code = "all => all.map(each => [each.querySelector('bdi').textContent, each.querySelector('.cosine').textContent])"
    return tab.eval_on_selector_all("#near button", code)


def expected(page_file, word):
    asked = vectors.load(page_file.with_name("v.npz"))
    return [[each.word, f"{each.cosine:.4f}"] for each in asked.most_similar(word, K)]


def close(found, wanted):
    """The same words; the fourth decimal may differ by one, as it was rounded twice."""
    assert [word for word, _ in found] == [word for word, _ in wanted]
    assert max(abs(float(one) - float(other)) for (_, one), (_, other) in zip(found, wanted)) < 1.5e-4


def test_search_click_keys_and_back(tab, page_file):
    tab.keyboard.press("/")
    tab.keyboard.type("W1")  # another case
    assert tab.inner_text('#found [aria-selected="true"]') == "w1"
    assert tab.locator("#found li").count() == 10  # w10 ... w18 after it
    tab.keyboard.press("ArrowDown")
    tab.keyboard.press("Enter")
    assert tab.inner_text("#word") == "w10"
    close(listed(tab), expected(page_file, "w10"))
    first = listed(tab)[0][0]
    tab.click("#near button")  # a neighbor
    assert tab.text_content("#word") == first
    close(listed(tab), expected(page_file, first))
    tab.go_back()
    tab.wait_for_function("() => document.getElementById('word').textContent === 'w10'")
    tab.fill("#query", "ete")
    assert tab.inner_text("#found li") == "Été"
    tab.fill("#query", "zebra")
    assert "not among the 60 words" in tab.inner_text("#found")


def test_words_are_text_whatever_they_are(tab):
    for word in NASTY[:4]:
        tab.evaluate("word => go(AT.get(word))", word)
        assert tab.text_content("#word") == word
    assert tab.locator("img").count() == 0


def test_no_other_script_runs(browser, page_file):
    """The policy has the hash of the page's own."""
    tab = browser.new_page()
    tab.goto(page_file.as_uri())
    code = "document.body.append(Object.assign(document.createElement('script'), { textContent: 'window.ran = 1' }))"
    with tab.expect_console_message() as refused:
        tab.evaluate(code)
    assert "Content Security Policy" in refused.value.text
    assert tab.evaluate("window.ran") is None
    tab.close()


def test_the_map_moves_by_mouse_and_keys(tab):
    place = "() => [X[20], Y[20]]"
    tab.focus("#map")
    before = tab.evaluate(place)
    tab.keyboard.press("ArrowRight")
    tab.wait_for_function("before => Math.abs(X[20] - before + 60) < 0.01", arg=before[0])
    tab.keyboard.press("0")
    tab.wait_for_function("before => Math.abs(X[20] - before) < 0.01", arg=before[0])
    tab.mouse.move(before[0], before[1] + tab.locator("#map").bounding_box()["y"])
    tab.mouse.wheel(0, -300)  # the place under the pointer stays
    tab.wait_for_function("() => view.scale > 1.4 * state.fit")
    after = tab.evaluate(place)
    assert np.hypot(after[0] - before[0], after[1] - before[1]) < 1
    tab.mouse.down()
    tab.mouse.up()
    near = tab.evaluate("([x, y]) => hit(x, y, 14)", after)
    assert tab.text_content("#word") == WORDS[near]
    assert near == 20
    drawn = "() => pen.getImageData(0, 0, canvas.width, canvas.height).data.some((each) => each)"
    assert tab.evaluate(drawn)


def test_a_phone_and_a_dark_one(browser, page_file):
    colors = []
    for scheme in ("light", "dark"):
        tab = browser.new_page(viewport={"width": 360, "height": 640}, color_scheme=scheme)
        tab.goto(page_file.as_uri())
        assert tab.evaluate("document.documentElement.scrollWidth") == 360
        colors.append(tab.evaluate("getComputedStyle(document.body).backgroundColor"))
        tab.close()
    assert colors == ["rgb(255, 255, 255)", "rgb(20, 23, 27)"]
