"""How the pages of a report behave in a browser."""

import json

import pytest
from toy_runs import Watcher, request

from policybench.harness.launch import launch
from policybench.report.build import build

pytestmark = pytest.mark.usefixtures("toy")


@pytest.mark.parametrize(
    ("width", "steps", "fits"), [(390, 12, False), (1200, 12, True), (1200, 120, True), (1280, 12, True)]
)
def test_long_names_push_no_column_out_of_sight(browser, tmp_path, width, steps, fits):
    run = launch(request(tmp_path / "runs", seeds=5, steps=steps), Watcher())
    manifest = json.loads((run / "manifest.json").read_text())
    manifest["principal"]["variant"] = "hill-climbing-" + "radius=0.123456," * 8
    (run / "manifest.json").write_text(json.dumps(manifest))
    context = browser.new_context(viewport={"width": width, "height": 900})
    tab = context.new_page()
    tab.goto(build([tmp_path / "runs"], tmp_path / "site", episodes=False).as_uri())
    box, cost = tab.locator(".scroll").first, tab.locator("td.cost").first
    assert box.evaluate("box => box.scrollWidth <= box.clientWidth") == fits
    assert tab.evaluate("document.documentElement.scrollWidth") == width
    box.evaluate("box => box.scrollTo(box.scrollWidth, 0)")
    edge = cost.bounding_box()
    assert edge["x"] + edge["width"] <= width
    context.close()


@pytest.mark.parametrize("width", [390, 1280])
def test_in_a_browser(browser, hostile, width):
    context = browser.new_context(viewport={"width": width, "height": 900})
    tab, complaints, requests = context.new_page(), [], []
    tab.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.on("dialog", lambda dialog: complaints.append(dialog.message))
    tab.on("request", lambda made: requests.append(made.url))
    tab.goto(hostile.as_uri())
    tab.wait_for_selector(".figure[data-drawn] .main-svg")

    first = "table.sortable tbody tr:first-child th"
    best = tab.inner_text(first)
    tab.click("thead button:has-text('sample efficiency')")
    assert tab.get_attribute("th:has-text('sample efficiency')", "aria-sort") == "ascending"
    assert tab.inner_text(first) != best
    tab.click("thead button:has-text('recommended action')")
    assert tab.get_attribute("th:has-text('recommended action')", "aria-sort") == "descending"
    tab.focus("thead button:has-text('principal')")
    tab.keyboard.press("Enter")
    assert tab.get_attribute("th:has-text('principal') >> nth=0", "aria-sort") == "descending"

    def lines():
        return tab.locator(".figure[data-drawn]").first.locator(".scatterlayer .trace").count()

    before = lines()
    tab.check("input[data-tag=seeds]")
    assert lines() == before + 10
    tab.uncheck("input[data-tag=seeds]")
    assert lines() == before
    assert tab.evaluate("document.documentElement.scrollWidth") == width

    bar, plot = (
        tab.locator(f".figure[data-drawn] {part}").first.bounding_box() for part in (".modebar", ".nsewdrag")
    )
    assert bar["y"] + bar["height"] <= plot["y"]

    tab.click("table.sortable tbody tr:first-child th a")
    assert tab.locator("details.run[open]").count() == 1
    assert complaints == []
    assert all(url.startswith(("file:", "data:", "blob:")) for url in requests)
    context.close()
