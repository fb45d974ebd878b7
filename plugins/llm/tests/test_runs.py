"""Whole runs against a server on loopback: what they keep, how they go on, how many seeds ask at once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading

import pytest
from faulty_server import GOOD, actions

from policybench import StopRunError
from policybench.analysis.summary import summarise
from policybench_llm.differences import decode


def test_every_call_is_in_the_transcript_and_its_cost_in_the_tables(run, server, read):
    server.play("no idea", GOOD)
    folder = run(*server.arguments, seeds=2, steps=3)
    calls = read.transcript(folder)
    assert len(calls) == len(server.requests) == 7
    assert {(call["seed"], call["step"]) for call in calls} == {(s, t) for s in range(2) for t in range(3)}
    keys = {"seed", "step", "attempt", "time", "model", "request", "answer", "error", "usage", "usd", "seconds"}
    assert all(keys <= set(call) for call in calls)
    [bad] = [call for call in calls if call["error"]]
    assert bad["answer"] == "no idea"
    assert [call["attempt"] for call in calls if (call["seed"], call["step"]) == (bad["seed"], 0)] == [1, 2]
    costs = summarise(folder).costs
    assert (costs["calls"], costs["input_tokens"], costs["output_tokens"]) == (7, 700, 70)
    assert costs["usd"] == pytest.approx(7 * (100 * 0.15 + 10 * 0.6) / 1e6)
    assert summarise(folder).hosted


def test_differences_in_the_transcript_lead_back_to_every_request(run, openai_server, read):
    openai_server.play("hm", *actions(3), GOOD)
    folder = run(*openai_server.arguments, seeds=1, steps=5)
    calls, messages = read.transcript(folder), []
    assert any("difference" in call["request"] for call in calls)
    for call, request in zip(calls, openai_server.requests, strict=True):
        messages = decode(call["request"], messages)
        assert messages == request["messages"]


@pytest.mark.parametrize("interrupt_after", [1, 2])
def test_an_interrupted_run_ends_like_one_that_was_not(run, openai_server, read, interrupt_after):
    openai_server.play(GOOD)
    whole = run(*openai_server.arguments, steps=4, out="whole")
    asked = len(openai_server.requests)
    with pytest.raises(KeyboardInterrupt):
        run(*openai_server.arguments, steps=4, interrupt_after=interrupt_after)
    folder = run(*openai_server.arguments, steps=4)
    assert read.steps(folder) == read.steps(whole)
    assert len(openai_server.requests) == 2 * asked


def test_a_run_that_cannot_go_on_keeps_every_answer_and_pays_for_none_twice(run, openai_server, read, tmp_path):
    # Three seeds ask at once; the third fails, when the answers of the other two are on their way.
    numbers, lock = iter(range(100)), threading.Lock()

    def act(request):
        with lock:
            number = next(numbers)
        if number == 2:
            return openai_server.error(401, "account closed")(request)
        return openai_server.late(0.2, f'{{"x1": 0.{number}, "x2": 0.5}}')(request)

    openai_server.play(act)
    options = (*openai_server.arguments, "concurrency=3")
    with pytest.raises(StopRunError, match="account closed"):
        run(*options, seeds=3, steps=1)
    kept = [call for call in read.transcript(read.only_run(tmp_path)) if call["status"] == "answered"]
    assert len(kept) == 2
    openai_server.play('{"x1": 0.9, "x2": 0.5}')
    folder = run(*options, seeds=3, steps=1)
    assert len(openai_server.requests) == 4
    first = {row["seed"]: row["action"][0] for row in read.steps(folder)}
    for call in kept:
        assert first[call["seed"]] == json.loads(call["answer"])["x1"]
    assert sorted(first.values())[-1] == 0.9


def test_a_torn_last_line_is_dropped(run, openai_server, read, tmp_path):
    openai_server.play(GOOD)
    with pytest.raises(KeyboardInterrupt):
        run(*openai_server.arguments, seeds=1, steps=3, interrupt_after=1)
    folder = read.only_run(tmp_path)
    with (folder / "transcript.jsonl").open("ab") as file:
        file.write(b'{"seed":0,"step":1,"attempt":1,"ti')
    run(*openai_server.arguments, seeds=1, steps=3)
    assert [call["step"] for call in read.transcript(folder)] == [0, 1, 2]


def test_starting_over_forgets_the_transcript(run, openai_server, read):
    openai_server.play(GOOD)
    run(*openai_server.arguments, seeds=1)
    folder = run(*openai_server.arguments, seeds=1, fresh=True)
    assert len(read.transcript(folder)) == 3


def test_seeds_are_asked_at_the_same_time_and_results_keep_their_order(run, openai_server, read):
    under_way, most, lock = 0, 0, threading.Lock()

    def act(request):
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        response = openai_server.late(0.15, GOOD)(request)
        with lock:
            under_way -= 1
        return response

    openai_server.play(act)
    folder = run(*openai_server.arguments, "concurrency=3", seeds=5, steps=1)
    assert most == 3
    assert [row["seed"] for row in read.steps(folder)] == [0, 1, 2, 3, 4]


def test_ctrl_c_does_not_wait_for_a_slow_server(site, openai_server, tmp_path):
    asked = threading.Event()

    def act(request):
        asked.set()
        return openai_server.late(20, GOOD)(request)

    openai_server.play(act)
    options = [word for option in openai_server.arguments for word in ("-p", option)]
    process = subprocess.Popen(
        [*(sys.executable, "-m", "policybench", "run", "--principal", "llm", "--env", "parabola"), *options],
        env={**os.environ, "PYTHONPATH": str(site)},
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert asked.wait(timeout=60)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=10)
    assert process.returncode == 130
    assert errors.strip() == "policybench: interrupted; nothing is lost, the same command continues"
