"""The site in a real browser: at the width of a phone and of a desk, in light and dark."""

from __future__ import annotations

import functools
import http.server
import re
import threading

import pytest

pytestmark = pytest.mark.slow

PAGES = (
    "",
    "environments/",
    "environments/harvest/",
    "principals/ucb/",
    "principals/random/",
    "paper/figure1/",
    "api/policybench/",
    "leaderboards/",
)


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Answers without a log."""

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def address(site):
    handler = functools.partial(Quiet, directory=str(site))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture(params=[(390, "light"), (390, "dark"), (1280, "light"), (1280, "dark")], ids=str)
def tab(request, browser, address):
    """A page at a width in a theme; whatever it complains of, or asks of others, fails the test."""
    width, scheme = request.param
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    context.set_default_timeout(120_000)  # a busy machine takes its time; a test that fails would wait for long
    tab, complaints = context.new_page(), []
    tab.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.on("dialog", lambda dialog: complaints.append(dialog.message))

    def asked(made):
        if not made.url.startswith((address, "data:", "blob:")):
            complaints.append(made.url)

    tab.on("request", asked)
    tab.width, tab.scheme = width, scheme
    yield tab
    assert complaints == []
    context.close()


def brightness(tab, place, what):
    """The mean of red, green and blue of a colour, from 0 to 255."""
    colour = tab.locator(place).first.evaluate(
        """(element, what) => {
            const canvas = document.createElement("canvas").getContext("2d");
            canvas.fillStyle = getComputedStyle(element)[what];
            canvas.fillRect(0, 0, 1, 1);
            return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
        }""",
        what,
    )
    return sum(colour) / 3


def readable(tab, place):
    text, paper = brightness(tab, place, "color"), brightness(tab, "body", "backgroundColor")
    return text - paper > 90 if tab.scheme == "dark" else paper - text > 90


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page or "start")
def test_pages_fit_and_can_be_read(tab, address, page):
    tab.goto(address + page)
    assert tab.evaluate("document.documentElement.scrollWidth") == tab.width
    assert readable(tab, "article p")
    assert tab.locator("img").evaluate_all("all => all.every((one) => one.complete && one.naturalWidth > 0)")


def test_all_rows_are_sorted_filtered_and_lead_to_their_details(tab, address):
    tab.goto(address + "leaderboards/")
    rows = "table.sortable tbody tr"
    assert tab.locator(rows).count() == 3
    assert readable(tab, f"{rows} td")
    tab.click("thead button:has-text('score')")
    scores = tab.locator(f"{rows} td:nth-of-type(4)").evaluate_all("all => all.map((one) => +one.dataset.value)")
    assert scores == sorted(scores, reverse=True)
    tab.select_option("select[data-filter=protocol]", "quick-5x12")
    assert tab.locator(f"{rows}:visible").count() == 2
    assert tab.inner_text("[data-count]") == "2 of 3 rows"
    tab.click(f"{rows}:visible th a:has-text('hill-climbing')")
    tab.wait_for_selector("details.run[open]")
    opened = tab.locator("details.run[open]")
    assert opened.count() == 1
    text = opened.inner_text()
    assert "policybench run --principal hill-climbing --env toll-road" in text
    assert "policybench leaderboard verify leaderboards/submissions/toll-road" in text
    assert tab.evaluate("document.documentElement.scrollWidth") == tab.width


def test_a_principals_page_draws_its_own_curves_in_both_themes(tab, address):
    tab.goto(address + "principals/random/")
    tab.wait_for_selector(".pictures .figure[data-drawn] .main-svg")
    figure = "document.querySelector('.pictures .figure')"
    assert tab.evaluate(f"{figure}.data.filter((trace) => trace.name).map((trace) => trace.name)") == ["random"]
    assert tab.evaluate(f"{figure}.getBoundingClientRect().right") <= tab.width
    assert readable(tab, ".pictures figcaption")
    ink = tab.evaluate(f"getComputedStyle({figure}.querySelector('.ytitle')).fill")
    assert (sum(map(int, re.findall(r"\d+", ink)[:3])) / 3 > 128) == (tab.scheme == "dark")
    tab.click(".pictures .lines a")
    tab.wait_for_selector("details.run[open]")
    text = tab.locator("details.run[open]").inner_text()
    assert "policybench run --principal random --env toll-road" in text


def test_curves_follow_the_rows_and_the_theme(tab, address):
    tab.goto(address + "leaderboards/quick-5x12/toll-road/")
    tab.wait_for_selector(".figure[data-drawn] .main-svg")
    lines = "document.querySelector('.figure').data.filter((trace) => trace.name)"
    read = f"{lines}.map((trace) => trace.opacity ?? 1)"
    assert tab.evaluate(read) == [1, 1]
    names = tab.evaluate(f"{lines}.map((trace) => trace.name)")
    assert sorted(names) == ["hill-climbing", "random"]
    tab.hover(f"tr[data-run]:has-text('{names[1]}') th")
    assert tab.evaluate(read) == [0.12, 1]
    tab.focus(f"tr[data-run]:has-text('{names[0]}') th a")
    assert tab.evaluate(read) == [1, 0.12]
    ink = "document.querySelector('.figure').layout.font.color"
    before = tab.evaluate(ink)
    other = "default" if tab.scheme == "dark" else "slate"
    tab.evaluate("(scheme) => document.body.setAttribute('data-md-color-scheme', scheme)", other)
    tab.wait_for_function("(before) => document.querySelector('.figure').layout.font.color !== before", arg=before)
