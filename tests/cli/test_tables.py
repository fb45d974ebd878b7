"""Tables fit a screen, break names at their joints, and never pass a payoff for a score."""

import json
import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from toy_runs import Watcher, request

from policybench.analysis.ordering import best_first
from policybench.analysis.scores import Measure
from policybench.analysis.statistics import Estimate
from policybench.analysis.summary import summarise
from policybench.cli.layout import NO_BREAK, folded, narrow
from policybench.cli.paper_tables import as_latex, as_markdown
from policybench.cli.show import _heading
from policybench.cli.tables import as_table, as_wide_tables
from policybench.harness.launch import launch
from policybench.plugins import registry

pytestmark = pytest.mark.usefixtures("toy")


def test_payoffs_are_marked_where_there_are_no_scores(tmp_path):
    run = launch(request(tmp_path, seeds=2, steps=3), Watcher())
    scored = as_table([summarise(run)])
    assert "*" not in scored
    path = run / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["reference"] = {"floor": None, "ceiling": None}
    path.write_text(json.dumps(manifest))
    table = as_table([summarise(run)])
    assert "]*" in table
    assert "* A payoff" in table
    assert max(map(len, table.splitlines())) <= 80


WORDS = st.text(st.sampled_from("ab-=,0" + NO_BREAK), min_size=1, max_size=40)
CELLS = st.lists(WORDS, max_size=8).map(" ".join)


@settings(max_examples=50)
@given(
    st.integers(1, 6).flatmap(lambda n: st.lists(st.lists(CELLS, min_size=n, max_size=n), min_size=1, max_size=4))
)
def test_any_table_fits_and_loses_nothing(rows):
    table = narrow([""] * len(rows[0]), rows, header=False)
    assert max(map(len, table.splitlines()), default=0) <= 80
    assert sorted("".join(map("".join, rows)).replace(NO_BREAK, "").replace(" ", "")) == sorted(
        re.sub(r"\s", "", table)
    )


def test_names_are_broken_between_words_and_numbers_not_at_all():
    estimate = "0.05 [-0.10, 0.20]".replace(" ", NO_BREAK)
    rows = [["ucb-c=0.3,ties=first,levels=21", *[estimate] * 3], ["random", *[estimate] * 3]]
    lines = narrow(["principal", "one", "two", "three"], rows).splitlines()
    assert max(map(len, lines)) <= 80
    assert [line.split("  ")[0] for line in lines[2:]] == ["ucb-c=0.3,", "ties=first,levels=21", "random"]
    assert lines[2].count("0.05 [-0.10, 0.20]") == 3


def test_runs_of_several_protocols_are_told_apart(tmp_path):
    runs = [launch(request(tmp_path, seeds=seeds, steps=3), Watcher()) for seeds in (2, 3)]
    summaries = [summarise(run) for run in runs]
    table = as_table(summaries)
    assert "toll-road, protocol quick-2x3: 2 seeds, 3 steps" in table
    assert "toll-road, protocol quick-3x3: 3 seeds, 3 steps" in table
    assert "Left out:" in table
    assert "--wide" in table
    assert max(map(len, table.splitlines())) <= 80
    wide = as_wide_tables(summaries)
    assert "quick-3x3" in wide
    assert "convergence: payoff" in wide
    headings = re.split(r"\s{2,}", wide.splitlines()[0])
    assert len(set(headings)) == len(headings)  # each column has a name of its own
    assert len([line for line in as_markdown(summaries).splitlines() if "hill-climbing" in line]) == 2
    latex = as_latex(summaries)
    assert latex.count("hill-climbing & $") == 2
    assert latex.count(r"multicolumn{4}{l}{\emph") == 2


def test_the_best_run_stands_first_and_unfinished_ones_last(tmp_path):
    summary = summarise(launch(request(tmp_path, seeds=2, steps=3), Watcher()))

    def made(name, mean, **changes):
        found = Measure([mean] * 2, Estimate(mean, mean, mean, 2), None, None)
        return replace(summary, principal=name, scores=replace(summary.scores, ranking=found), **changes)

    others = [made("a", 1.0), made("z", 3.0), made("b", 9.0, status="running"), made("m", 2.0)]
    none_yet = replace(made("n", 0.0, status="running"), scores=replace(summary.scores, ranking=None))
    summaries = [none_yet, *others]
    assert [found.principal for found in best_first(summaries)] == ["z", "m", "a", "b", "n"]
    for text in (as_table(summaries), as_wide_tables(summaries), as_latex(summaries), as_markdown(summaries)):
        rows = re.findall(r"^(?:.*toll-road *\|? *(?:quick\S*) *\|? *)?([zmabn])(?: |$)", text, re.MULTILINE)
        assert rows[:5] == ["z", "m", "a", "b", "n"]


def test_latex_and_markdown_take_nothing_for_markup(tmp_path):
    summary = summarise(launch(request(tmp_path, seeds=2, steps=3), Watcher()))
    payoff = Measure([1.0, 2.0], Estimate(1.5, -4.9, 7.9, 2), None, None)
    odd = replace(
        summary, principal="a_b%$&|^", scores=replace(summary.scores, convergence=payoff, sample_efficiency=payoff)
    )
    assert r"a\_b\%\$\&|\textasciicircum{} & $1.5\;[-4.9,\,7.9]^*$ & " in as_latex([odd])
    assert r"a\_b%$&amp;\|^" in as_markdown([odd])
    for text in (as_latex([odd]), as_markdown([odd])):
        printed = "\n".join(line for line in text.splitlines() if not line.startswith("%"))
        assert "were never measured" in printed
        assert "interval] over seeds" in printed
    assert "were never measured" not in as_latex([summary])
    assert r"Mean [95\% interval]" in as_latex([summary])


def test_folded_text_keeps_its_words():
    text = "word " * 60
    assert folded(text).split() == text.split()
    assert max(map(len, folded(text).splitlines())) <= 80


def test_options_are_shown_on_one_line_each(capsys):
    for kind, plugins in (("environment", registry().environments), ("principal", registry().principals)):
        for plugin in plugins.values():
            _heading(kind, plugin, wide=False)
            text = capsys.readouterr().out
            assert max(map(len, text.splitlines())) <= 80
            for option in plugin.spec.options:
                assert re.search(rf"^-[ep] {option.name}= ", text, re.MULTILINE), (plugin.spec.name, option.name)
