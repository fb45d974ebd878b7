"""Calls in batches, as a healthy server answers them: all seeds of a step together, at half the price."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

import pytest
from faulty_server import GOOD, PRICES, actions

from policybench import StopRunError
from policybench.analysis.summary import summarise
from policybench.redaction import Redactor
from policybench.report.transcripts import costs, read_transcript
from policybench_llm import batch_waiting
from policybench_llm.batch_wire import BatchState


def test_all_seeds_of_a_step_are_one_batch_and_the_run_is_the_same_as_without(run, batches, read):
    batches.single.play(*actions(9))
    alone = run(*batches.arguments, "concurrency=1", seeds=3, steps=3, out="alone")
    batches.play(*actions(9))
    folder = run(*batches.arguments, "batch=true", seeds=3, steps=3)
    assert batches.sizes() == [3, 3, 3]
    assert folder.relative_to(folder.parents[2]) == alone.relative_to(alone.parents[2])
    rows, others = read.steps(folder), read.steps(alone)
    for row in (*rows, *others):
        del row["notes"]["cost"]["usd"]
    assert rows == others
    asked = [
        {key: body[key] for key in ("messages", "model")} for bodies in batches.sent for body in bodies.values()
    ]
    assert asked == [{key: body[key] for key in ("messages", "model")} for body in batches.single.requests]


def test_an_answer_says_which_batch_it_came_from(run, batches, read):
    batches.play(GOOD)
    folder = run(*batches.arguments, "batch=true", seeds=2, steps=2)
    calls, notes = read.transcript(folder), read.notes_on_batches(folder)
    assert [(call["step"], call["batch"]) for call in calls] == [(0, "batch_0")] * 2 + [(1, "batch_1")] * 2
    assert [(note["state"], note["batch"], note["calls"]) for note in notes] == [
        ("submitting", "", [[0, 0, 1], [1, 0, 1]]),
        ("submitted", "batch_0", [[0, 0, 1], [1, 0, 1]]),
        ("submitting", "", [[0, 1, 1], [1, 1, 1]]),
        ("submitted", "batch_1", [[0, 1, 1], [1, 1, 1]]),
    ]
    assert notes[0]["endpoint"].startswith("http://")


def test_a_call_carries_all_that_it_carries_alone(run, batches):
    batches.play(GOOD)
    batches.single.play(GOOD)
    options = [*batches.arguments, "reasoning_effort=low", 'extra={"top_p": 0.9}']
    run(*options, seeds=1, steps=1, out="alone")
    run(*options, "batch=true", seeds=1, steps=1)
    assert list(batches.sent[0].values()) == batches.single.requests
    assert batches.single.requests[0]["top_p"] == 0.9


def test_unusable_answers_are_asked_for_again_together_in_the_next_batch(run, batches, read):
    batches.play(GOOD, "no", "neither", "no", GOOD)
    folder = run(*batches.arguments, "batch=true", seeds=3, steps=1)
    assert batches.sizes() == [3, 2, 1]
    assert [name.split("-")[1:] for name in batches.sent[1]] == [["1", "0", "2"], ["2", "0", "2"]]
    first, again = (list(bodies.values()) for bodies in batches.sent[:2])
    assert [len(body["messages"]) for body in again] == [len(body["messages"]) + 2 for body in first[1:]]
    assert [row["notes"]["cost"]["calls"] for row in read.steps(folder)] == [1, 3, 2]


def test_an_answer_that_was_cut_off_is_asked_for_with_twice_the_length_in_the_next_batch(run, batches):
    cut = {"openai": "length", "anthropic": "max_tokens"}[batches.sdk]
    batches.play(GOOD, batches.single.answer("{", stop=cut, tokens=(100, 1024)), GOOD)
    run(*batches.arguments, "batch=true", seeds=2, steps=1)
    limits = [[body.get("max_tokens") for body in bodies.values()] for bodies in batches.sent]
    assert limits == [[1024, 1024], [2048]]


def test_a_seed_whose_search_has_ended_keeps_no_other_waiting(run, batches):
    other = '{"x1": 0.5, "x2": 0.5}'
    batches.play(GOOD, GOOD, GOOD, other, GOOD, GOOD, other, GOOD)
    run(*batches.arguments, "batch=true", "stop_after=3", seeds=2, steps=6)
    assert batches.sizes() == [2, 2, 2, 1, 1, 1]


def test_a_batch_costs_half(run, batches):
    batches.play(GOOD)
    folder = run(*batches.arguments, "batch=true", seeds=2, steps=2)
    costs = summarise(folder).costs
    assert (costs["calls"], costs["input_tokens"]) == (4, 400)
    assert costs["usd"] == pytest.approx(4 * (100 * 0.15 + 10 * 0.6) / 1e6 / 2)


def test_a_table_of_prices_that_says_nothing_of_batches_has_no_discount(run, batches, tmp_path):
    prices = tmp_path / "prices.toml"
    prices.write_text('date = 2026-01-01\n[models]\n"gpt-4o-mini" = { input = 1000, output = 0 }\n')
    options = [option for option in batches.arguments if option != f"prices={PRICES}"]
    batches.play(GOOD)
    folder = run(*options, f"prices={prices}", "batch=true", seeds=1, steps=1)
    assert summarise(folder).costs["usd"] == pytest.approx(0.1)


def test_max_cost_and_max_calls_stop_before_a_batch_that_could_exceed_them(run, batches, read, tmp_path):
    batches.play(batches.single.answer(GOOD, tokens=(500, 100)))
    limit = 0.003
    with pytest.raises(StopRunError, match=r"-p max_cost=0\.003 is reached: \d+ calls cost 0\.00"):
        run(*batches.arguments, "batch=true", f"max_cost={limit}", seeds=2, steps=200, env=["noise=1"])
    folder = read.only_run(tmp_path)
    calls = read.transcript(folder)
    assert limit / 2 < sum(call["usd"] for call in calls) <= limit
    assert len(calls) == sum(batches.sizes())  # nothing was handed in that was not taken
    with pytest.raises(StopRunError, match="-p max_calls=3 is reached"):
        run(*batches.arguments, "batch=true", "max_calls=3", seeds=2, steps=4, out="b")
    assert len(read.transcript(read.only_run(tmp_path / "b"))) == 2


def test_a_replay_of_batches_asks_nobody(run, batches, read, monkeypatch):
    batches.play("no", *actions(8))
    first = run(*batches.arguments, "batch=true", seeds=2, steps=3)
    monkeypatch.setattr("socket.socket.connect", lambda *_: pytest.fail("a replay needs no network"))
    replay = f"replay={first / 'transcript.jsonl'}"
    for option, out in (("batch=true", "b"), ("batch=false", "c")):
        again = run(*batches.arguments, replay, option, seeds=2, steps=3, out=out)
        assert read.steps(again) == read.steps(first)
        by_seed = [sorted(read.transcript(path), key=lambda call: call["seed"]) for path in (first, again)]
        assert by_seed[0] == by_seed[1]


def test_a_submission_with_answers_from_batches_is_replayed(run, main, batches_of, tmp_path, monkeypatch):
    server = batches_of("openai")
    server.play("no", *actions(30))
    monkeypatch.setenv("OPENAI_API_KEY", "house-key-0123456789")
    folder = run(*server.arguments, "batch=true", "stop_after=0", seeds=5, steps=3)
    monkeypatch.chdir(tmp_path)
    assert main("leaderboard", "add", folder, "--transcript")[0] == 0
    [file] = (tmp_path / "leaderboards" / "submissions").rglob("*.json")
    monkeypatch.setattr("socket.socket.connect", lambda *_: pytest.fail("a replay needs no network"))
    status, out, err = main("leaderboard", "replay", file)
    assert status == 0, out + err
    assert "16 recorded calls lead to the actions, payoffs and costs of all 15 steps" in out


def test_a_report_lists_calls_and_no_notes(run, batches):
    batches.play(GOOD)
    folder = run(*batches.arguments, "batch=true", seeds=2, steps=2)
    transcript = read_transcript(folder)
    assert (costs(transcript.calls).calls, transcript.unreadable) == (4, 0)
    assert transcript.calls[0].other["batch"] == "batch_0"


def test_the_wait_is_shown_with_the_state_of_the_batch(run, batches, caplog, monkeypatch):
    monkeypatch.setattr(batch_waiting, "_FIRST_WORD", 0.0)
    batches.play(GOOD)
    with caplog.at_level(logging.INFO, logger="policybench"):
        run(*batches.arguments, "batch=true", seeds=2, steps=1)
    lines = [record.getMessage() for record in caplog.records if record.name == "policybench.llm"]
    ended = {"openai": "completed", "anthropic": "ended"}[batches.sdk]
    assert lines[0] == "batch batch_0: in_progress, 0 of 2 calls done, 0:00:00 so far"
    assert lines[-1].startswith(f"batch batch_0: {ended}, 2 of 2 calls done, 0:00:0")


def test_a_short_wait_is_not_worth_a_word_and_a_long_one_is_not_told_at_every_question(caplog, monkeypatch):
    clock = [0.0]
    waiting = batch_waiting.Waiting("m", Redactor(()))
    monkeypatch.setattr(batch_waiting.time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(waiting, "pause", lambda seconds: clock.__setitem__(0, clock[0] + seconds))
    for seconds, fewest, most in ((5, 0, 0), (30, 1, 4), (86_000, 20, 160)):
        clock[0] = 0.0
        caplog.clear()
        with caplog.at_level(logging.INFO, logger="policybench"):
            waiting.until_ended(
                "batch b", datetime.now(UTC), 2, lambda end=seconds: BatchState("in_progress", clock[0] >= end, 0)
            )
        assert fewest <= len(caplog.records) <= most


@pytest.mark.parametrize("model", ["local", "gemini-2.5-flash"])
def test_a_model_without_batches_is_said_before_anything_begins(main, tmp_path, model):
    command = ("run", "--principal", "llm", "--env", "parabola", "--out", tmp_path / "runs", "-p", "batch=true")
    status, _, err = main(*command, "-p", f"model={model}")
    assert (status, err.count("\n")) == (2, 1)
    assert f"-p batch=true: -p model={model} has no batches that can be used here; leave the option out" in err
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (404, "Not Found"),
        (405, "method not allowed"),
        (501, "no"),
        (400, "model x is not supported by the Batch API"),
    ],
)
def test_an_endpoint_without_batches_is_said_in_one_line_and_can_be_asked_without(
    main, batches, tmp_path, status, message
):
    first = "upload" if batches.sdk == "openai" else "submit"
    batches.fail(first, batches.single.error(status, message))
    options = [word for option in batches.arguments for word in ("-p", option)]
    command = ("run", "--principal", "llm", "--env", "parabola", "--seeds", 2, "--steps", 2, "--out", tmp_path)
    code, _, err = main(*command, *options, "-p", "batch=true")
    assert (code, err.splitlines()[-1].count("leave the option out")) == (2, 1)
    assert "Traceback" not in err
    assert f"HTTP {status}" in err
    assert "has no batches for -p model=gpt-4o-mini" in err
    batches.single.play(GOOD)
    assert main(*command, *options)[0] == 0


def test_estimates_know_the_price_of_batches(main):
    command = ("llm-cost", "--env", "parabola", "--model", "gpt-4o-mini", "--steps", 20)
    found = [main(*command, *more) for more in ((), ("-p", "batch=true"))]
    dollars = [
        [float(word) for word in line.split()[1:]]
        for _, out, _ in found
        for line in out.splitlines()
        if line.startswith("gpt")
    ]
    assert dollars[1] == pytest.approx([cost / 2 for cost in dollars[0]], abs=0.006)
    assert "in batches at 50% of them" in found[1][1]
    command = ("prior-knowledge", "--estimate", "--env", "parabola", "--model", "claude-opus-4-0", "--steps", 50)
    whole = [float(main(*command, *more)[1].split("\nall ")[1].split()[3]) for more in ((), ("-p", "batch=true"))]
    assert whole[1] == pytest.approx(whole[0] / 2, abs=0.006)
    status, _, err = main("llm-cost", "--env", "parabola", "--model", "gemini-2.5-flash", "-p", "batch=true")
    assert (status, err.count("\n")) == (2, 1)
