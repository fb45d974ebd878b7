"""Submissions of searches that ended early: what is not evaluated must follow, and nobody can gain by it."""

from __future__ import annotations

import json
import math
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from toy_runs import Watcher, request
from verifying import verified

from policybench import InputError, plugins
from policybench.analysis.summary import summarise
from policybench.cli.tables import as_card
from policybench.harness.launch import launch
from policybench.leaderboard import verification
from policybench.leaderboard.boards import boards
from policybench.leaderboard.checks import check_content
from policybench.leaderboard.checks_environment import check_against
from policybench.leaderboard.digest import dump, sealed
from policybench.leaderboard.folder import checked_entry, read_folder
from policybench.leaderboard.packing import pack, place_of
from policybench.leaderboard.schema import Submission, runs_of
from policybench.leaderboard.tables import render
from policybench.protocol import FINAL_EVALUATIONS

SEEDS, STEPS, EXPLORE, REPEAT = 3, 24, 3, 12
END = EXPLORE + REPEAT


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    """A folder in which the principal is installed, the way pip leaves it."""
    folder = tmp_path_factory.mktemp("site")
    shutil.copy(Path(__file__).parent / "settling.py", folder / "policybench_settling.py")
    info = folder / "policybench_settling-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: policybench-settling\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[policybench]\nsettling = policybench_settling\n")
    return folder


@pytest.fixture(autouse=True)
def _installed(site, monkeypatch):
    monkeypatch.syspath_prepend(str(site))
    plugins.registry.cache_clear()
    yield
    plugins.registry.cache_clear()


def settle(out, environment, *options, steps=STEPS):
    asked = request(out, seeds=SEEDS, steps=steps, principal="settling", principal_options=options)
    learning = ("training_episodes=30",)
    return launch(replace(asked, environment=environment, environment_options=learning, workers=1), Watcher())


@pytest.fixture(scope="module")
def runs(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("runs")


@pytest.fixture
def run(runs) -> Path:
    """A run of the escape room whose searches end early; made once, found finished afterwards."""
    return settle(runs, "escape-room")


@pytest.fixture
def cer(runs) -> Path:
    """The same where there are contexts."""
    return settle(runs, "cer")


def forge(submission: Submission, change) -> Submission:
    """A careful forger's: costs and hash follow from the rows."""
    content = json.loads(submission.model_dump_json())
    for rows in content["curves"]:
        for name in ("training", "validation"):
            rows[name] = [value for value, times in rows[name] for _ in range(times)]
    change(content)
    for name in ("training", "validation"):
        content["costs"][f"{name}_timesteps"] = sum(sum(rows[name]) for rows in content["curves"])
        for rows in content["curves"]:
            rows[name] = runs_of(rows[name])
    del content["sha256"]
    return sealed(content)


@pytest.mark.parametrize("environment", ["escape-room", "cer"])
def test_a_search_that_ended_is_packed_sound_and_verified(request, environment, tmp_path):
    path = request.getfixturevalue({"escape-room": "run", "cer": "cer"}[environment])
    submission = pack(path)
    assert [rows.filled_from for rows in submission.curves] == [END] * SEEDS
    place = tmp_path / place_of(submission)
    place.parent.mkdir(parents=True)
    place.write_text(dump(submission))
    contents = read_folder(tmp_path)
    assert contents.faults == []
    assert contents.entries[0].submission == submission
    found = verified(submission, rows=1000)
    assert not found.refuted, found.conclusion
    assert len(found.rows) == SEEDS * (END + len(submission.final[0]))
    assert max(row.step for row in found.rows if row.part == "curves") == END - 1


def test_contexts_are_filled_each_with_its_own_payoff(cer):
    for rows in pack(cer).curves:
        filled = list(zip(rows.contexts[END:], rows.payoffs[END:], rows.actions[END:], strict=True))
        for context, payoff, action in filled:
            same = [
                rows.payoffs[i] for i in range(END) if rows.contexts[i] == context and rows.actions[i] == action
            ]
            assert payoff == pytest.approx(np.mean(same))
        assert len({tuple(context) for context, _, _ in filled}) > 1


def test_how_much_was_filled_stands_in_the_tables(run):
    summary = summarise(run)
    assert summary.filled_share == (STEPS - END) / STEPS
    assert "24 (38% filled)" in as_card(summary)
    found = boards([checked_entry("x", Path("x"), pack(run))])
    assert "pinned, 38% filled" in render(found, [], "github")
    assert json.loads(render(found, [], "json"))["boards"][0]["filled_share"] == 0.375


def test_the_file_of_a_run_without_filled_steps_does_not_mention_them(runs):
    submission = pack(settle(runs, "escape-room", "repeat=1000", steps=4))
    assert submission.curves[0].filled_from is None
    assert "filled" not in dump(submission)


def test_rows_that_filled_ones_follow_from_are_drawn_the_more_often(run):
    curves, rng = pack(run).curves, np.random.default_rng(0)
    drawn = [next(verification._sample(verification._evaluated(curves), 1, 1, rng))[0] for _ in range(1000)]
    # They are 12 of 15, and stand for 21 of 24 rows.
    assert np.mean([place.step >= EXPLORE for place in drawn]) == pytest.approx(21 / 24, abs=0.03)


def each_filled(column, change):
    """Changes a column of the first seed where it is filled."""

    def edit(content):
        rows = content["curves"][0]
        rows[column][END:] = [change(value) for value in rows[column][END:]]

    return edit


def spend_less(content):
    rows = content["curves"][0]
    rows["validation"][END:] = [rows["validation"][END] - 1] * (STEPS - END)


def fill_earlier(content):
    """Leaves out the worst of the steps that the filled payoff is the mean of."""
    rows = content["curves"][0]
    rows["filled_from"] = END - 1
    rows["training"][END - 1] = 0
    rows["payoffs"][END - 1] = rows["payoffs"][END]


def repeat_less(content):
    rows = content["curves"][0]
    for i in range(EXPLORE, EXPLORE + 3):
        rows["actions"][i] = [0.0] * 3
    rows["payoffs"][END:] = [sum(rows["payoffs"][EXPLORE + 3 : END]) / (REPEAT - 3)] * (STEPS - END)


def recommend_another(content):
    content["final"][0]["actions"] = [[2.0, 0.0, 0.0]] * FINAL_EVALUATIONS


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (each_filled("payoffs", lambda payoff: payoff + 1), "curves.0.payoffs.15: is not the mean payoff"),
        (each_filled("actions", lambda _: [0.5] * 3), "curves.0.actions.15: is not the one at which"),
        (each_filled("training", lambda _: 5), "curves.0.training.15: must be 0"),
        (spend_less, r"curves.0.validation.15: must be \d, the mean"),
        (fill_earlier, "curves.0.payoffs.14: is not the mean payoff"),
        (repeat_less, "curves.0.filled_from: is 15, after 9 steps with one action"),
        (recommend_another, "curves.0.filled_from: the search ended at an action that final.actions.0 does not"),
        (lambda c: c["curves"][0].update(filled_from=STEPS), "curves.0.filled_from: is 24, beyond the 24 steps"),
        (lambda c: c["curves"][0].update(filled_from=EXPLORE), "after 3 steps|after 1 steps"),
    ],
)
def test_filled_rows_that_do_not_follow_are_refused(run, change, fault):
    forged = forge(pack(run), change)
    with pytest.raises(InputError, match=fault) as caught:
        check_content("x", forged)
    assert str(caught.value).startswith("x: curves.0.")


def raise_all(content):
    """Raises the payoffs at the end of a search as far as the game allows, and what is filled accordingly."""
    for rows in content["curves"]:
        raised = [min(payoff + 8, 28.0) for payoff in rows["payoffs"][EXPLORE:END]]
        rows["payoffs"][EXPLORE:] = raised + [math.fsum(raised) / REPEAT] * (STEPS - END)


def test_a_forged_end_of_a_search_is_refuted_by_evaluating_it(run):
    forged = forge(pack(run), raise_all)
    check_content("x", forged)
    found = verified(forged, rows=6)
    assert found.refuted


def unmark(content):
    for rows in content["curves"]:
        del rows["filled_from"]


def test_filled_rows_that_are_not_marked_are_refuted(run):
    forged = forge(pack(run), unmark)
    check_content("x", forged)
    assert verified(forged, rows=1000).refuted


def test_contexts_of_filled_rows_are_those_that_the_environment_draws(cer):
    def swap(content):
        """All filled steps in the context that pays best."""
        rows = content["curves"][0]
        best = max(range(END, STEPS), key=lambda i: rows["payoffs"][i])
        for column in ("contexts", "actions", "payoffs"):
            rows[column][END:] = [rows[column][best]] * (STEPS - END)

    forged = forge(pack(cer), swap)
    check_content("x", forged)
    with pytest.raises(InputError, match=r"x: curves\.0\.contexts\.\d+: is not what the environment draws"):
        check_against("x", forged)
