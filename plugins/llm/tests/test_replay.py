"""Replays of transcripts: exact, and without asking anybody."""

from __future__ import annotations

import pytest
from faulty_server import GOOD, actions

from policybench import InputError, StopRunError


def test_a_replay_is_exact_and_asks_nobody(run, openai_server, read, monkeypatch):
    openai_server.play("no idea", *actions(2), openai_server.error(500, "busy"), *actions(5), GOOD)
    first = run(*openai_server.arguments, "concurrency=1", env=["noise=0.1"], steps=5)
    asked = len(openai_server.requests)
    monkeypatch.setattr("socket.socket.connect", lambda *_: pytest.fail("a replay needs no network"))
    again = run(
        *openai_server.arguments, f"replay={first / 'transcript.jsonl'}", env=["noise=0.1"], steps=5, out="b"
    )
    assert len(openai_server.requests) == asked
    assert read.steps(again) == read.steps(first)
    assert (again / "final.jsonl").read_bytes() == (first / "final.jsonl").read_bytes()
    by_seed = [sorted(read.transcript(path), key=lambda call: call["seed"]) for path in (first, again)]
    assert by_seed[0] == by_seed[1]


def test_a_replay_of_a_run_that_was_stopped_and_shortened(run, openai_server, read):
    too_long = openai_server.error(400, "maximum context length is 10 tokens")
    openai_server.play(*actions(9), too_long, GOOD)
    with pytest.raises(StopRunError):
        run(*openai_server.arguments, "max_calls=6", "stop_after=0", seeds=1, steps=12)
    openai_server.play(openai_server.error(403, "blocked"))
    with pytest.raises(StopRunError):
        run(*openai_server.arguments, "stop_after=0", seeds=1, steps=12)
    openai_server.play(*actions(3), too_long, GOOD)
    first = run(*openai_server.arguments, "stop_after=0", seeds=1, steps=12)
    statuses = [call["status"] for call in read.transcript(first)]
    assert statuses.count("failed") == statuses.count("overflow") == 1
    assert any(row["notes"].get("dropped") for row in read.steps(first))
    replay = f"replay={first / 'transcript.jsonl'}"
    again = run(*openai_server.arguments, replay, "stop_after=0", seeds=1, steps=12, out="b")
    assert read.steps(again) == read.steps(first)
    assert read.transcript(again) == read.transcript(first)


def test_a_run_can_be_started_over_from_its_own_transcript(run, openai_server, read):
    openai_server.play("no idea", *actions(3), GOOD)
    folder = run(*openai_server.arguments, "concurrency=1", seeds=2)
    steps, calls, asked = read.steps(folder), read.transcript(folder), len(openai_server.requests)
    run(*openai_server.arguments, f"replay={folder / 'transcript.jsonl'}", "concurrency=1", seeds=2, fresh=True)
    assert (read.steps(folder), read.transcript(folder)) == (steps, calls)
    assert len(openai_server.requests) == asked


def test_a_replay_that_does_not_fit_is_said(run, openai_server, tmp_path):
    openai_server.play(GOOD)
    first = run(*openai_server.arguments, seeds=1, steps=3)
    transcript = tmp_path / "kept.jsonl"
    lines = (first / "transcript.jsonl").read_bytes().splitlines(keepends=True)
    transcript.write_bytes(b"".join(lines[:2]))
    with pytest.raises(StopRunError, match="it has no call 1 of step 2 of seed 0"):
        run(f"replay={transcript}", seeds=1, steps=3, out="b")
    with pytest.raises(StopRunError, match="asked something else"):
        run(f"replay={transcript}", "history=false", seeds=1, steps=3, out="b")
    with pytest.raises(InputError, match="no such file"):
        run("replay=nowhere.jsonl", out="b")
    transcript.write_text("{}\n")
    with pytest.raises(InputError, match="line 1: damaged"):
        run(f"replay={transcript}", seeds=1, steps=3, out="c")
