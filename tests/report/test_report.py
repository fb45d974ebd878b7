"""Reports: what the pages say and that nothing hostile gets out of its place."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from toy_runs import Watcher, request

from policybench import InputError
from policybench.analysis.summary import summarise
from policybench.harness.launch import launch
from policybench.report.build import build, json_script
from policybench.report.site import MARKER
from policybench.store import load_run

pytestmark = pytest.mark.usefixtures("toy")


class Page(HTMLParser):
    """Texts of cells, and the elements that a page has."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.texts, self.json = [], [], [], {}
        self._script = None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes.append(dict(attrs))
        self._script = dict(attrs).get("data-figure") if tag == "script" else None

    def handle_data(self, data):
        if self._script:
            self.json[self._script] = json.loads(data)
            self._script = None
        elif data.strip():
            self.texts.append(data.strip())


def test_the_tables_show_the_summaries(runs, page):
    found = Page(page.read_text())
    for path in runs:
        summary = summarise(path)
        values = [attributes.get("data-value") for attributes in found.attributes]
        for measure in (summary.scores.recommended, summary.scores.convergence, summary.scores.sample_efficiency):
            assert str(measure.payoff.mean) in values
            assert str(measure.score.mean) in values
        assert summary.principal in found.texts
    [conclusion] = [text for text in found.texts if "better than" in text]
    assert conclusion.startswith(
        ("hill-climbing is better than random.", "No run is shown to be better than another,")
    )


def headings_and_rows(page):
    """The headings, the values of each row's cells, and the heading that the table is sorted by."""
    text = page.read_text()
    head, body = re.search(r"<thead>(.*?)</thead>\s*<tbody>(.*?)</tbody>", text, re.DOTALL).groups()
    rows = [re.findall(r"data-value=\"(.*?)\"", row) for row in body.split("</tr>")[:-1]]
    [sorted_by] = re.findall(r"aria-sort.*?><button.*?>(.*?)<", head)
    return re.findall(r"<button.*?>(.*?)</button>", head), rows, sorted_by


def test_short_runs_show_no_ranking_value(page):
    headings, _, sorted_by = headings_and_rows(page)
    assert "ranking value" not in headings
    assert sorted_by == "sample efficiency"
    assert "Sorted by sample efficiency, the best first; unfinished runs come last." in page.read_text()


def test_long_runs_show_sample_efficiency_and_what_ranks_them(tmp_path):
    asked = request(tmp_path / "runs", seeds=2, steps=120)
    scores = summarise(launch(asked, Watcher())).scores
    with pytest.raises(KeyboardInterrupt):
        launch(replace(asked, principal="random"), Watcher(stop_after=3))
    [log] = (tmp_path / "runs").glob("*/random/*/steps.jsonl")
    lines = [json.dumps({**json.loads(line), "payoff": 1000.0}) + "\n" for line in log.read_text().splitlines()]
    log.write_text("".join(lines))
    page = build([tmp_path / "runs"], tmp_path / "site", episodes=False)
    headings, [finished, unfinished], sorted_by = headings_and_rows(page)
    assert sorted_by == "ranking value"
    assert scores.ranking.score.mean != scores.sample_efficiency.score.mean
    assert finished[headings.index("ranking value")] == str(scores.ranking.score.mean)
    assert finished[headings.index("sample efficiency")] == str(scores.sample_efficiency.score.mean)
    assert finished[headings.index("sample efficiency") + 1] == str(scores.sample_efficiency.payoff.mean)
    assert unfinished[0] == "random"
    assert float(unfinished[headings.index("ranking value")]) > scores.ranking.score.mean
    text = page.read_text()
    assert "Sorted by ranking value (the mean of the first 100 steps and of all), the best first;" in text
    assert "<dt>ranking value</dt>" in text


def test_the_figures_hold_the_curves(runs, page):
    figures = Page(page.read_text()).json
    [curves] = [figure for name, figure in figures.items() if name.endswith("-curves")]
    names = {trace["name"] for trace in curves["data"] if "name" in trace}
    assert {"hill-climbing", "random", "random, seed 4"} <= names
    [line] = [trace for trace in curves["data"] if trace.get("name") == "random"]
    payoffs = [[row.payoff for row in load_run(runs[1]).steps[seed::5]] for seed in range(5)]
    assert line["y"][-1] == pytest.approx(sum(sum(row[-10:]) for row in payoffs) / 50, rel=1e-4)
    assert [annotation["text"] for annotation in curves["layout"]["annotations"]] == [
        "random actions",
        "best known action",
    ]


def test_a_report_needs_no_network(page):
    text = page.read_text()
    assert not re.search(r"""(src|href)=["'](https?:)?//""", text)
    assert (page.parent / "plotly.min.js").stat().st_size > 1_000_000


def test_markup_stays_text(evil, hostile):
    [transcript] = (hostile.parent / "transcripts").iterdir()
    for file in (hostile, transcript):
        page = Page(file.read_text())
        assert all(
            set(attributes) <= {"src", "defer", "type", "data-figure"}
            for tag, attributes in zip(page.tags, page.attributes, strict=True)
            if tag == "script"
        )
        assert evil not in file.read_text()
        assert any(evil in text for text in page.texts)
    assert "1 calls, 0 failed; 0.5 USD. 2 lines could not be read." in transcript.read_text().replace("\n", "")


def test_a_transcript_shows_what_is_new_what_failed_and_what_each_call_cost(runs, tmp_path):
    part = {"role": "user", "same_at_start": 1200, "text": "Step 2 <b>paid</b> 7", "same_at_end": 34}
    first = {
        "seed": 0,
        "step": 0,
        "attempt": 1,
        "model": "m",
        "request": {"messages": [{"role": "user", "content": "Set a toll."}]},
        "answer": "no idea",
        "error": "there is no number in it",
        "usage": {"input_tokens": 1234, "output_tokens": 5},
        "usd": 0.00001234,
        "seconds": 3.21,
        "status": "answered",
    }
    second = {**first, "step": 1, "error": None, "answer": "1.5", "request": {"difference": [part]}}
    odd = {**first, "step": 2, "request": {"difference": [{**part, "same_at_start": "many"}]}}
    lines = [json.dumps(line) + "\n" for line in (first, second, odd)]
    (runs[0] / "transcript.jsonl").write_text("".join(lines))
    build([tmp_path / "runs"], tmp_path / "site", episodes=False)
    [file] = (tmp_path / "site" / "transcripts").iterdir()
    text = " ".join(" ".join(Page(file.read_text()).texts).split())
    assert "step 0, attempt 1 failed there is no number in it no idea 3.2 s, 1,234 tokens in, 5 out" in text
    assert "1.234e-05 USD" in text
    shown = "1,200 characters as in the call before Step 2 <b>paid</b> 7 34 characters as in the call before"
    assert shown in text
    assert '"same_at_start": "many"' in text


def test_json_cannot_end_its_element():
    text = json_script({"a": "</script><!-- & \u2028"})
    assert not set("<>&\u2028") & set(text)
    assert json.loads(text) == {"a": "</script><!-- & \u2028"}


def test_foreign_files_are_left_alone(runs, page, tmp_path):
    site = page.parent
    (site / "notes.txt").write_text("mine")
    build([runs[0]], site, episodes=False)
    assert (site / "notes.txt").read_text() == "mine"
    assert "random" not in Page(page.read_text()).texts
    assert "index.html" in json.loads((site / MARKER).read_text())["files"]

    other = tmp_path / "other"
    other.mkdir()
    (other / "thesis.tex").write_text("mine")
    with pytest.raises(InputError, match="is not empty and holds no earlier report"):
        build([runs[0]], other, episodes=False)
    with pytest.raises(InputError, match="is a file"):
        build([runs[0]], other / "thesis.tex", episodes=False)
    listed = json.loads((site / MARKER).read_text())["files"]
    marker = {"files": ["../notes.txt", *listed]}
    (site / MARKER).write_text(json.dumps(marker))
    (tmp_path / "notes.txt").write_text("mine")
    build([runs[0]], site, episodes=False)
    assert (tmp_path / "notes.txt").exists()


def test_unfinished_runs_and_unknown_environments(runs, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        launch(replace(request(tmp_path / "runs"), principal="random"), Watcher(stop_after=3))
    manifest = json.loads((runs[1] / "manifest.json").read_text())
    manifest["environment"]["name"] = manifest["environment"]["variant"] = "gone"
    (runs[1] / "manifest.json").write_text(json.dumps(manifest))
    told = []
    texts = Page(build([tmp_path / "runs"], tmp_path / "s", episodes=True, log=told.append).read_text()).texts
    assert "unfinished" in texts
    assert "3 of 8" in texts
    assert "the environment gone is not installed here" in texts
    assert any("draws no pictures" in line for line in told)


def test_episodes_are_drawn(tmp_path):
    options = ["training_episodes=20"]
    run = launch(
        replace(
            request(tmp_path / "runs", seeds=2, steps=2),
            principal="random",
            environment="escape-room",
            environment_options=options,
        ),
        Watcher(),
    )
    page = build([run], tmp_path / "site", episodes=True)
    [moving] = (page.parent / "episodes").glob("*.webp")
    assert moving.stat().st_size > 1000
    assert f"episodes/{moving.name}" in page.read_text()


def test_the_command(cli, runs, tmp_path):
    done = cli("report", runs[0], "-o", "pages", "--no-episodes")
    assert (done.returncode, done.stdout) == (0, "Open pages/index.html\n")
    wrong = cli("report", tmp_path / "nothing", "-o", "pages")
    assert wrong.returncode == 2
    assert "no runs here" in wrong.stderr
