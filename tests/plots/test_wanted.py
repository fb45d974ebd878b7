"""Figures of a comparison whose runs lie in several places, or are not there yet; and of submissions."""

from __future__ import annotations

import re
import shlex
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from command_line import call
from toy_runs import Watcher, request, submit

from policybench import InputError
from policybench.analysis.curves import curves_of
from policybench.analysis.summary import summary_of
from policybench.harness.launch import launch
from policybench.leaderboard import unpacking
from policybench.leaderboard.unpacking import runs_and_submissions, submitted_runs
from policybench.plots.actions_over_time import actions_over_time
from policybench.plots.canvas import drawn_runs
from policybench.plots.learning_curves import learning_curves
from policybench.store import load_run
from policybench.suite.named import Sources, load_comparison

pytestmark = pytest.mark.usefixtures("toy")

ROOT = Path(__file__).parents[2]

FILE = """
seeds = 5
steps = 30
[[principal]]
name = "hill-climbing"
[[principal]]
name = "random"
label = "dice"
[[environment]]
name = "toll-road"
label = "the road"
[[environment]]
name = "toll-road"
label = "a shorter day"
options = { days = 3 }
"""


@pytest.fixture
def made(tmp_path):
    """A run in a folder of its own, the submission that it became, and a comparison that wants more."""
    run = launch(request(tmp_path / "made", seeds=5, steps=30), Watcher())
    (tmp_path / "wanted.toml").write_text(FILE + '[[principal]]\nname = "ucb"\non = ["the road"]\n')
    return run, submit(run, tmp_path / "boards")


def test_a_submission_is_the_run_that_was_packed(made):
    run, path = made
    [found] = submitted_runs(path, print)
    there = load_run(run)
    assert np.array_equal(found.steps.actions, there.steps.actions)
    assert np.array_equal(found.steps.seed, there.steps.seed)
    assert np.array_equal(curves_of(found).payoffs, curves_of(there).payoffs)
    assert found.final == there.final
    assert found.manifest.reference == there.manifest.reference
    assert summary_of(found).scores.ranking == summary_of(there).scores.ranking
    assert summary_of(found).seconds == pytest.approx(summary_of(there).seconds, abs=1e-5)


def test_a_submission_that_is_not_sound_is_named_and_left_out(made):
    _, path = made
    other = path.with_name("forged.json")
    other.write_text(path.read_text().replace('"payoffs":[-', '"payoffs":[-1', 1))
    said = []
    assert [run.path for run in submitted_runs(path.parents[3], said.append)] == [path]
    assert re.fullmatch(r"left out: .*forged\.json: sha256: does not fit the content", said[0])
    with pytest.raises(InputError, match="no submissions here"):
        submitted_runs(path.parents[3] / "empty", print)


def test_what_nobody_wants_is_not_held_against_its_environment(made, monkeypatch):
    run, path = made
    monkeypatch.setattr(unpacking, "check_against", lambda *_: pytest.fail("held against its environment"))
    assert submitted_runs(path.parents[3], print, lambda made: made.principal.name == "ucb") == []
    assert runs_and_submissions([run, path], print, lambda made: made.environment.name == "harvest") == []
    with pytest.raises(pytest.fail.Exception):
        submitted_runs(path, print, lambda made: made.principal.name == "hill-climbing")


def test_what_was_not_run_yet_is_named_in_its_panel(made, tmp_path):
    said = []
    sources = Sources(partial(submitted_runs, tmp_path / "boards", print))
    runs, wanted = load_comparison(tmp_path / "wanted.toml", said.append, sources)
    assert [run.manifest.environment.variant for run in runs] == ["the road"]
    assert said == [
        f"not run yet: {name}"
        for name in (
            "dice on the road",
            "ucb on the road",
            "hill-climbing on a shorter day",
            "dice on a shorter day",
        )
    ]
    drawn = drawn_runs(runs, wanted.lines)
    figure = learning_curves(drawn, "light", "steps", wanted)
    titles = {axes.get_title(): axes for axes in figure.axes if axes.get_title()}
    assert list(titles) == ["the road, protocol quick-5x30", "a shorter day, protocol quick-5x30"]
    labels = [axes.get_xlabel() for axes in figure.axes]
    assert "principal steps\nNot run yet: dice, ucb." in labels
    empty = titles["a shorter day, protocol quick-5x30"]
    assert [text.get_text() for text in empty.texts] == ["not run yet"]
    assert not empty.lines
    assert actions_over_time(drawn, "light", wanted).get_supxlabel() == "Not run yet: dice, ucb, hill-climbing."


def test_dashed_lines_show_convergence_payoffs_in_the_close_up(made):
    drawn = drawn_runs([load_run(made[0])])
    early, whole = learning_curves(drawn, "light", convergence_lines=True).axes
    payoff = summary_of(drawn[0].stored).scores.convergence.payoff.mean
    dashed = [line for line in early.lines if line.get_linestyle() == "--" and line.get_ydata()[0] == payoff]
    assert len(dashed) == 1
    assert not [line for line in whole.lines if line.get_linestyle() == "--"]


def test_runs_of_the_comparisons_own_folder_go_first(made, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    own = launch(request(Path("runs"), seeds=5, steps=30), Watcher())
    sources = Sources(partial(submitted_runs, tmp_path / "boards", print))
    assert [run.path for run in load_comparison(Path("wanted.toml"), print, sources)[0]] == [own]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("boards/submissions", "--from", "boards"), "--from boards: is for the file of a suite"),
        (("boards", "--protocol", "quick"), "--protocol quick: is for the file of a suite"),
        (("wanted.toml", "--protocol", "paper", "--from", "boards"), "none of its runs is there"),
        (("boards", "--kind", "ecdf", "--convergence-lines"), "--convergence-lines: is for --kind curves"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_line(made, cli, arguments, message):
    result = cli("plot", *arguments, "-o", "figure.png")
    assert result.returncode == 2
    assert message in result.stderr
    assert result.stderr.count("\n") == 1


def test_submissions_are_drawn_from_files_folders_and_the_leaderboards(made, cli, tmp_path):
    for number, where in enumerate([made[1], made[1].parent, tmp_path / "boards", "wanted.toml"]):
        more = ["--from", tmp_path / "boards"] if where == "wanted.toml" else []
        result = cli("plot", where, *more, "-o", f"{number}.png")
        assert result.returncode == 0, result.stderr
    pictures = [(tmp_path / f"{number}.png").read_bytes() for number in range(3)]
    assert pictures[0] == pictures[1] == pictures[2]


@pytest.mark.parametrize("page", sorted((ROOT / "docs" / "paper").glob("*.md")), ids=lambda page: page.stem)
def test_the_figures_of_the_paper_are_drawn_as_their_pages_say(page, tmp_path, monkeypatch):
    """Those of runs that are there; what is missing is refused in one line that says how to make it."""
    monkeypatch.chdir(ROOT)
    commands = re.findall(r"^policybench plot docs/paper/.*$", page.read_text(), re.MULTILINE)
    assert commands
    for command in commands:
        words = shlex.split(command)[1:]
        words[words.index("-o") + 1] = str(tmp_path / "figure.png")
        result = call(words, ROOT)
        drawn = result.returncode == 0
        assert drawn or re.search(r"none of its runs is there; make them with: policybench suite", result.stderr)
        assert drawn == (tmp_path / "figure.png").exists()
        (tmp_path / "figure.png").unlink(missing_ok=True)
