"""Submissions of real environments, their costs, and tables over several environments."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from toy_runs import Watcher, request, submit
from verifying import verified

from policybench import InputError, plugins
from policybench.analysis.summary import note_costs, summarise
from policybench.harness.launch import launch
from policybench.leaderboard.boards import boards, overall
from policybench.leaderboard.checks_environment import check_against
from policybench.leaderboard.folder import read_folder
from policybench.leaderboard.packing import pack
from policybench.leaderboard.pages import make_pages
from policybench.leaderboard.reading import read_submission
from policybench.leaderboard.tables import render

pytestmark = pytest.mark.usefixtures("toy")


SMALL = {"seeds": 2, "steps": 2}


def escape_room(out, *options, environment="escape-room-costly", seeds=5, steps=6):
    asked = request(out, seeds=seeds, steps=steps, principal="random")
    return launch(replace(asked, environment=environment, environment_options=options), Watcher())


def test_a_compiled_environment_confirms_its_payoffs_and_refutes_others(tmp_path):
    path = submit(escape_room(tmp_path / "runs", "training_episodes=30"), tmp_path)
    submission = read_submission(path)
    fine = verified(submission, 12)
    assert not fine.refuted
    assert len(fine.rows) == 12
    assert all(row.equal for row in fine.rows)
    curve = submission.curves[0]
    forged = curve.model_copy(update={"payoffs": [payoff + 1 for payoff in curve.payoffs]})
    forgery = submission.model_copy(update={"curves": [forged, *submission.curves[1:]]})
    assert verified(forgery, 60).refuted
    last = submission.final[-1]
    for payoff, shown in ((1e15, r"1e\+15"), (28.5, "28.5"), (-75.5, "-75.5")):
        impossible = last.model_copy(update={"payoffs": [*last.payoffs[:-1], payoff]})
        with pytest.raises(InputError, match=rf"final\.4\.payoffs\.24: is {shown}; the game pays -75 to 28"):
            check_against("x", submission.model_copy(update={"final": [*submission.final[:-1], impossible]}))


def test_costs_and_hosted_are_carried_to_the_tables(tmp_path, monkeypatch):
    monkeypatch.setattr(plugins.registry().principal("random").spec.load(), "hosted", True)
    run = escape_room(tmp_path / "runs", "training_episodes=30")
    lines = [json.loads(line) for line in (run / "steps.jsonl").read_text().splitlines()]
    for line in lines:
        line["notes"] = {"cost": {"calls": 2, "usd": 0.25, "name": "x", "odd": float("inf") > 1}}
    (run / "steps.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    summary = summarise(run)
    assert summary.hosted
    assert summary.costs == {"calls": 60, "usd": 7.5}
    submit(run, tmp_path / "boards")
    table = render(boards(read_folder(tmp_path / "boards").entries), [], "github")
    assert "hosted" in table
    assert "7.5 usd" in table


def test_notes_that_are_no_costs_are_ignored():
    notes = [{}, {"cost": 3}, {"cost": {"a": 1}}, {"cost": {"a": 2.5, "b": float("nan"), "c": True}}]
    assert note_costs(notes) == {"a": 3.5}


def test_the_overall_table_holds_who_covers_every_environment(tmp_path):
    root = tmp_path / "boards"
    submit(escape_room(tmp_path / "runs", **SMALL), root)
    for principal in ("random", "hill-climbing"):
        submit(launch(request(tmp_path / "runs", **SMALL, principal=principal), Watcher()), root)
    entries = read_folder(root).entries
    [total] = overall(boards(entries))
    assert [row.principal for row in total.rows] == ["random"]
    assert any("random" in text and "interquartile mean" in text for text in make_pages(root, entries).values())


def test_an_environment_that_is_not_installed_is_ranked_nowhere(tmp_path, monkeypatch):
    root = tmp_path / "boards"
    submit(escape_room(tmp_path / "runs"), root)
    submit(launch(request(tmp_path / "runs", seeds=5, steps=6, principal="random"), Watcher()), root)
    assert len(overall(boards(read_folder(root).entries))) == 1
    monkeypatch.delitem(plugins.registry().environments, "toll-road")
    contents = read_folder(root)
    assert contents.notes == [
        "environment toll-road is not installed: its rows were not checked, and are not ranked"
    ]
    found = {board.environment: board.rows[0].rank for board in boards(contents.entries)}
    assert found == {"escape-room-costly": 1, "toll-road": None}
    assert overall(boards(contents.entries)) == []


def test_a_variant_of_an_environment_does_not_count_in_the_overall_table(tmp_path):
    root = tmp_path / "boards"
    for options in ((), ("training_episodes=30",)):
        submit(escape_room(tmp_path / "runs", *options, **SMALL), root)
    submit(launch(request(tmp_path / "runs", **SMALL, principal="random"), Watcher()), root)
    [total] = overall(boards(read_folder(root).entries))
    assert total.environments == ["escape-room-costly", "toll-road"]


def test_an_environment_that_says_why_it_should_not_count_is_left_out_of_the_overall_table(tmp_path):
    root = tmp_path / "boards"
    for environment in ("escape-room", "escape-room-costly"):
        submit(escape_room(tmp_path / "runs", environment=environment, **SMALL), root)
    submit(launch(request(tmp_path / "runs", **SMALL, principal="random"), Watcher()), root)
    entries = read_folder(root).entries
    [total] = overall(boards(entries))
    assert total.environments == ["escape-room-costly", "toll-road"]
    assert list(total.left_out) == ["escape-room"]
    page = make_pages(root, entries)[Path("README.md")]
    assert "escape-room is left out of it: paying incentives costs nothing in it" in page
    assert "escape-room-costly is left out" not in page
    shown = render(boards(entries), [total], "github")
    assert "escape-room is left out of it: paying incentives costs nothing in it" in shown
    assert json.loads(render(boards(entries), [total], "json"))["overall"][0]["left_out"] == total.left_out


def test_final_evaluations_meet_every_context_equally_often_and_are_checked(tmp_path):
    asked = request(tmp_path, seeds=3, steps=2, principal="random")
    run = launch(replace(asked, environment="cer", environment_options=("training_episodes=5",)), Watcher())
    submission = pack(run)
    for rows in submission.final:
        counts = Counter(map(tuple, rows.contexts))
        assert set(counts.values()) == {9}
        assert len(counts) == 3
        assert (
            len(
                {
                    (tuple(context), tuple(action))
                    for context, action in zip(rows.contexts, rows.actions, strict=True)
                }
            )
            == 3
        )
    check_against("x", submission)
    found = verified(submission)
    assert len(found.rows) == 3 * (2 + 27)
    assert not found.refuted, found.conclusion
    moved = submission.final[0].model_copy(update={"steps": [*submission.final[0].steps[:-1], 900]})
    with pytest.raises(InputError, match=r"final\.0\.steps: are not those"):
        check_against("x", submission.model_copy(update={"final": [moved, *submission.final[1:]]}))
