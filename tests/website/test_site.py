"""The site: every page is there, nothing is loaded from elsewhere, and what strangers wrote stays text."""

from __future__ import annotations

import doctest
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from importlib import import_module

import numpy as np
import pytest

from policybench.analysis.aggregates import aggregates
from policybench.leaderboard.boards import Overall, OverallRow
from policybench.leaderboard.folder import read_folder
from policybench.plugins import registry
from policybench.surface import MODULES, public_names
from website import curves, leaderboards, outside, places
from website.documents import Pictures, read, rewrite
from website.places import ROOT, find_places

EVIL = "<script>alert(1)</script>\"'>[x](javascript:alert(1))`"


class Page(HTMLParser):
    """The tags of a page with their attributes, and its texts."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.texts = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.texts.append(data)


@pytest.mark.parametrize("name", ["places", "documents", "docstrings"])
def test_examples_in_docstrings(name):
    if name == "docstrings":
        pytest.importorskip("griffe", reason="what website/requirements.txt lists is not installed")
    found = doctest.testmod(import_module(f"website.{name}"))
    assert found.attempted
    assert found.failed == 0


def test_the_whole_site(site):
    """Built with ``--strict``: any link or anchor that leads nowhere fails."""
    found, pages = registry(), find_places(registry())
    for page in pages.pages.values():
        assert (site / page.removesuffix("index.md").removesuffix(".md") / "index.html").is_file()
    for names in pages.environments.values():
        for name in names:
            text = (site / "environments" / name / "index.html").read_text()
            assert found.environments[name].distribution in text
    for names in pages.principals.values():
        for name in names:
            text = (site / "principals" / name / "index.html").read_text()
            assert all(f"-p {option.name}=" in text for option in found.principals[name].spec.options)
    for module in MODULES:
        text = (site / "api" / module / "index.html").read_text()
        headings = re.findall(r"<h2 id=\"([^\"]+)\"", text)
        assert len(headings) == len(public_names(module))
    random = (site / "principals" / "random" / "index.html").read_text()
    assert random.count('data-figure="curves-') == 1
    assert 'href="../../leaderboards/quick-5x11/toll-road/"' in random
    unsubmitted = (site / "principals" / "llm" / "index.html").read_text()
    assert "No run of it was submitted yet." in unsubmitted
    assert "plotly" not in unsubmitted
    board = (site / "leaderboards" / "quick-5x12" / "toll-road" / "index.html").read_text()
    assert "policybench run --principal hill-climbing --env toll-road" in board
    assert (site / "leaderboards" / "quick-5x11" / "toll-road" / "index.html").is_file()
    assert list(outside.requests(site)) == []


@pytest.mark.usefixtures("toy")
def test_a_principal_has_its_scores_over_steps_a_picture_an_environment(submissions):
    _, *boards = leaderboards.pages(submissions)
    html = curves.curves_html(boards, "random")
    [picture] = [
        json.loads(text) for text in re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', html)
    ]
    assert picture["layout"]["yaxis"]["title"]["text"] == "score"
    [low, high, line] = picture["data"]
    [row] = [row for row in boards[0].view["rows"] if row["principal"] == "random"]
    scores = (np.array([rows.payoffs for rows in row["submission"].curves]) + 2.0) / 0.5  # from -2 to -1.5
    assert line["y"][-1] == pytest.approx(scores[:, -10:].mean(), rel=1e-4)
    assert line["line"]["color"] == row["style"].colour
    assert f'href="../../leaderboards/quick-5x11/toll-road/#{row["slug"]}"' in html
    assert low["y"][-1] < line["y"][-1] < high["y"][-1]


def test_requests_to_others_are_noticed(tmp_path):
    (tmp_path / "page.html").write_text(
        '<script src="//cdn.example/a.js"></script><link rel="stylesheet" href="https://fonts.example/b.css">'
        '<a href="https://example.org">fine</a><img src="own.png"><link rel="canonical" href="https://me.example">'
    )
    (tmp_path / "style.css").write_text("@import 'https://c.example/c.css'; a { background: url(own.png) }")
    assert list(outside.requests(tmp_path)) == [
        "page.html: //cdn.example/a.js",
        "page.html: https://fonts.example/b.css",
        "style.css: https://c.example/c.css",
    ]


def test_links_lead_to_pages_pictures_or_the_source():
    pages, pictures = find_places(registry()), Pictures()
    code = "`[d](gone)`\n```\n[e](gone)\n```\n"
    text = f"[a](../plugins/harvest/README.md#options) ![b](curves.png) [c](../LICENSE) {code}"
    found = rewrite(text, "docs/tutorial.md", "tutorial.md", pages, pictures)
    assert found == (
        f"[a](environments/harvest.md#options) ![b](pictures/docs/curves.png) [c]({places.SOURCE}LICENSE) {code}"
    )
    assert pictures.files == {"pictures/docs/curves.png": "docs/curves.png"}
    with pytest.raises(ValueError, match=r"docs/tutorial.md: link to gone.md"):
        rewrite("[f](gone.md)", "docs/tutorial.md", "tutorial.md", pages, pictures)


def test_remarks_for_tests_are_left_out_and_blocks_of_code_kept():
    assert "<!-- run" in (ROOT / "README.md").read_text()
    assert "<!--" not in read("README.md")
    assert "<!-- not run: needs a key -->" in read("CONTRIBUTING.md")


@pytest.mark.usefixtures("toy")
def test_what_strangers_wrote_stays_text(submissions, monkeypatch):
    contents = read_folder(submissions)
    assert contents.faults == []
    hostile = []
    for entry in contents.entries:
        manifest = entry.submission.manifest
        principal = manifest.principal.model_copy(
            update={"variant": EVIL, "version": EVIL, "options": {"radius": EVIL}}
        )
        environment = manifest.environment.model_copy(update={"variant": EVIL, "distribution": EVIL})
        machine = manifest.machine.model_copy(update={"processor": EVIL})
        changed = {"principal": principal, "environment": environment, "machine": machine}
        costs = entry.submission.costs.model_copy(update={"noted": {EVIL: 1.0}})
        submission = entry.submission.model_copy(
            update={"command": EVIL, "costs": costs, "manifest": manifest.model_copy(update=changed)}
        )
        hostile.append(replace(entry, submission=submission, unchecked=[EVIL], platform=[EVIL]))
    monkeypatch.setattr(leaderboards, "read_folder", lambda root: replace(contents, entries=hostile))
    aggregated = aggregates([np.arange(5.0), np.arange(5.0)])
    row = OverallRow(1, EVIL, aggregated.mean, aggregated)
    monkeypatch.setattr(leaderboards, "overall", lambda found: [Overall(EVIL, [EVIL, EVIL], {EVIL: EVIL}, [row])])
    everything, *boards = leaderboards.pages(submissions)
    assert len(boards) == 2
    assert "interquartile mean" in everything.html
    assert all(re.fullmatch(r"[a-z0-9/-]+\.md", page.place) for page in (everything, *boards))
    gallery = [curves.curves_html(boards, name) for name in ("random", "hill-climbing")]
    for text in (everything.html, *(page.html for page in boards), *gallery):
        parsed = Page(text)
        scripts = [attributes for tag, attributes in parsed.tags if tag == "script"]
        assert all("data-figure" in found or found["src"].startswith("../") for found in scripts)
        assert all(not name.startswith("on") for _, attributes in parsed.tags for name in attributes)
        links = [attributes["href"] for tag, attributes in parsed.tags if tag == "a"]
        assert all(re.match(r"#|\.\./|[a-z0-9-]+/", link) for link in links)
        assert any(EVIL in text for text in parsed.texts)
