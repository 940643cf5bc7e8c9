"""The page of a report in headless Chromium: every run is on it, filters and clicks work, nothing is fetched."""

import json

import pytest

from jaxw2v.commands import report


@pytest.fixture(scope="module")
def page_file(study, tmp_path_factory):
    out = tmp_path_factory.mktemp("page")
    assert report.main([str(study.folder), "--out", str(out), "--resamples", "100", "--neighbors", "5"]) == 0
    return out / "report.html"


@pytest.fixture
def tab(browser, page_file):
    """The page opened from its file, without a network; at the end the console is empty and nothing was fetched."""
    context = browser.new_context(offline=True, viewport={"width": 1300, "height": 1000})
    opened, said, fetched = context.new_page(), [], []
    opened.on("console", lambda message: said.append(message.text))
    opened.on("pageerror", lambda error: said.append(str(error)))
    opened.on("request", lambda request: fetched.append(request.url))
    opened.goto(page_file.as_uri())
    opened.wait_for_selector("#curve .scatterlayer .points path")
    yield opened
    assert said == []
    assert [url for url in fetched if not url.startswith(("data:", "blob:"))] == [page_file.as_uri()]
    context.close()


def listed(tab):
    return tab.eval_on_selector_all("#runs tbody tr", "rows => rows.map(row => row.dataset.run)")


def drawn(tab):
    """The runs that have a dot on the chart."""
    code = "() => byId('curve').data.filter(t => t.customdata).flatMap(t => t.customdata.map(at => runs[at].name))"
    return sorted(tab.evaluate(code), key=int)


def test_every_run_is_on_the_page(tab, study):
    assert listed(tab) == study.names
    assert drawn(tab) == study.names
    assert tab.locator("#curve .scatterlayer .points path.point").count() >= len(study.names)
    assert tab.inner_text("#count") == "showing 18 of 18 runs"
    assert "18 runs · 6 configurations · 3 seeds" in tab.inner_text("#summary")
    assert tab.locator("#map .heatmaplayer image").count() == 1


def test_filters_leave_the_runs_that_fit(tab, study):
    tab.locator('#filters [data-name="negatives.k"] [data-value="5"]').uncheck()
    tab.locator('#filters [data-name="seed"] [data-value="3"]').uncheck()
    left = []
    for name in study.names:
        result = json.loads((study.folder / name / "result.json").read_text())
        left += [name] if result["negatives.k"] != 5 and result["seed"] != 3 else []
    assert len(left) == 8
    assert listed(tab) == left
    assert drawn(tab) == left
    assert tab.inner_text("#count") == "showing 8 of 18 runs"
    tab.click("#all")
    assert listed(tab) == study.names


def test_all_filtered_away_is_no_error(tab):
    for box in tab.locator('#filters [data-name="seed"] input').all():
        box.uncheck()
    assert listed(tab) == []
    assert drawn(tab) == []


def test_means_on_the_page_are_those_of_the_report(tab, page_file):
    found = tab.evaluate(
        "() => interval(runs.filter(r => r.result['negatives.k'] == 2 && r.result['windows.window'] == 5))"
    )
    line = next(
        each for each in page_file.with_name("report.md").read_text().splitlines() if each.startswith("| 2 | 5 |")
    )
    assert f"{found['mean']:.4f} ± {found['reach']:.4f}" in line


def test_a_click_shows_the_run(tab, study):
    """On a dot of the chart and on a line of the table."""
    tab.select_option("#x", "seed")  # dots apart, no bands over them
    tab.select_option("#color", "")
    box = tab.eval_on_selector(
        "#curve .scatterlayer .points path.point",
        "dot => { const box = dot.getBoundingClientRect(); return [box.x + box.width / 2, box.y + box.height / 2]; }",
    )
    tab.mouse.move(*box)
    tab.wait_for_selector("#curve .hoverlayer .hovertext")
    assert "pairs (Spearman)" in tab.text_content("#curve .hoverlayer .hovertext")
    tab.mouse.click(*box)
    assert tab.inner_text("#chosen") == "Run 0"
    tab.click('#runs tr[data-run="7"]')
    assert tab.inner_text("#chosen") == "Run 7"
    result = json.loads((study.folder / "7" / "result.json").read_text())
    shown = dict(tab.eval_on_selector_all("#run tr", "rows => rows.map(row => [...row.cells].map(c => c.textContent))"))
    assert set(shown) == {*result, "program"}
    assert shown["negatives.k"] == str(result["negatives.k"])
    assert shown["corpus.sha256"] == result["corpus.sha256"]
    assert f"negatives.k={result['negatives.k']}" in tab.inner_text("#cause")


def test_every_choice_draws(tab):
    for menu in ("score", "x", "color", "row", "column"):
        for value in tab.eval_on_selector_all(f"#{menu} option", "all => all.map(each => each.value)"):
            tab.select_option(f"#{menu}", value)
            assert len(listed(tab)) == 18
    tab.check("#log")
    tab.click("#runs th:nth-child(5)")
    assert len(set(listed(tab))) == 18


def test_a_phone_and_a_dark_one(browser, page_file):
    tab = browser.new_page(viewport={"width": 400, "height": 800}, color_scheme="dark")
    tab.goto(page_file.as_uri())
    tab.wait_for_selector("#curve .scatterlayer .points path")
    assert tab.evaluate("document.documentElement.scrollWidth") == 400
    assert tab.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 23, 27)"
    assert tab.evaluate("byId('curve').layout.font.color") == "#dfe3e8"
    tab.emulate_media(color_scheme="light")
    tab.wait_for_function("() => byId('curve').layout.font.color === '#333'")
    tab.close()


def test_lines_stand_side_by_side(tab):
    """Bars of several lines at one value would cover one another; a single line has a band."""
    tab.select_option("#x", "negatives.k")
    tab.select_option("#color", "windows.window")
    bars = "() => byId('curve').data.filter(t => t.error_y && t.error_y.visible).map(t => t.x)"
    one, other = tab.evaluate(bars)
    assert len(one) == len(other) == 3
    assert not set(one) & set(other)
    tab.select_option("#color", "")
    assert tab.evaluate(bars) == []
    assert tab.evaluate("() => byId('curve').data.filter(t => t.fill === 'toself').length") == 1


def test_groups_apart_are_shown_one_at_a_time(browser, plant_run, tmp_path):
    for at in (1, 2):
        for seed in range(1, at + 2):
            plant_run(tmp_path / f"runs/{at}-{seed}", seed, corpus__sha256=str(at) * 64)
    out = str(tmp_path / "out")
    assert report.main([str(tmp_path / "runs"), "--out", out, "--mixed", "apart", "--resamples", "100"]) == 0
    tab = browser.new_page()
    said = []
    tab.on("console", lambda message: said.append(message.text))
    tab.on("pageerror", lambda error: said.append(str(error)))
    tab.goto((tmp_path / "out" / "report.html").as_uri())
    assert listed(tab) == ["1-1", "1-2"]
    tab.select_option("#group", "1")
    assert listed(tab) == ["2-1", "2-2", "2-3"]
    assert said == []
    tab.close()
