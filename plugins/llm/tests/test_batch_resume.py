"""Runs that end while a batch is pending: they lose nothing, and pay for nothing twice."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading

import pytest
from faulty_server import GOOD, actions

from policybench import InputError, StopRunError
from policybench_llm import batch_waiting

PENDING = 10**6


@pytest.fixture
def command(site, tmp_path):
    """Starts a run in a process of its own."""

    def start(batches, *options):
        words = [word for option in (*batches.arguments, "batch=true", *options) for word in ("-p", option)]
        command = [sys.executable, "-m", "policybench", "run", "--principal", "llm", "--env", "parabola"]
        path = os.pathsep.join(filter(None, [str(site), os.environ.get("PYTHONPATH")]))
        return subprocess.Popen(
            [*command, "--seeds", "2", "--steps", "2", *words],
            env={**os.environ, "PYTHONPATH": path},
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return start


def asked_for_state(batches):
    """Is set when somebody has asked for the state of a batch, which stays pending."""
    batches.polls, asked = PENDING, threading.Event()

    def act(request):
        asked.set()
        return batches.proceed(request)

    batches.fail("state", act)
    return asked


@pytest.mark.parametrize(
    ("sdk", "number"), [("openai", signal.SIGINT), ("openai", signal.SIGKILL), ("anthropic", signal.SIGKILL)]
)
def test_ended_while_a_batch_is_pending_a_run_takes_it_up(command, run, batches_of, read, tmp_path, sdk, number):
    batches = batches_of(sdk)
    asked = asked_for_state(batches)
    batches.play(*actions(9))
    process = command(batches)
    assert asked.wait(timeout=60)
    process.send_signal(number)
    _, errors = process.communicate(timeout=20)
    if number == signal.SIGINT:
        assert process.returncode == 130
        assert errors.splitlines()[-1] == "policybench: interrupted; nothing is lost, the same command continues"
    notes = read.notes_on_batches(read.only_run(tmp_path))
    assert [(note["state"], note["batch"]) for note in notes] == [("submitting", ""), ("submitted", "batch_0")]
    batches.polls = 1
    folder = run(*batches.arguments, "batch=true", seeds=2, steps=2)
    assert folder == read.only_run(tmp_path)
    assert batches.sizes() == [2, 2]
    assert [call["batch"] for call in read.transcript(folder)] == ["batch_0"] * 2 + ["batch_1"] * 2
    assert [row["action"][0] for row in read.steps(folder)] == [0.01, 0.02, 0.03, 0.04]
    assert sum(row["notes"]["cost"]["calls"] for row in read.steps(folder)) == 4


@pytest.mark.parametrize(("sdk", "arrived"), [("openai", True), ("openai", False), ("anthropic", True)])
def test_killed_while_a_batch_is_handed_in_a_run_looks_whether_it_arrived(
    command, run, batches_of, read, tmp_path, sdk, arrived
):
    batches = batches_of(sdk)
    handing_in, free = threading.Event(), threading.Event()

    def act(request):
        if arrived:
            batches.proceed(request)
        handing_in.set()
        free.wait(timeout=60)
        return batches.single.error(500, "too late")(request)

    batches.fail("submit", act)
    batches.play(*actions(9))
    process = command(batches)
    assert handing_in.wait(timeout=60)
    process.kill()
    process.communicate()
    free.set()
    [note] = read.notes_on_batches(read.only_run(tmp_path))
    assert (note["state"], note["batch"]) == ("submitting", "")
    folder = run(*batches.arguments, "batch=true", seeds=2, steps=2)
    assert batches.sizes() == [2, 2]
    assert [row["action"][0] for row in read.steps(folder)] == [0.01, 0.02, 0.03, 0.04]


def test_another_run_of_the_same_account_keeps_its_batch(run, batches, read, monkeypatch):
    """Both runs ask the same; what one of them was answered is not the other's."""
    batches.play(*actions(9))
    run(*batches.arguments, "batch=true", seeds=2, steps=1, out="other")
    monkeypatch.setattr(batch_waiting, "PATIENCE", 0.0)
    batches.fail("submit", batches.single.reset)
    batches.fail("list", batches.single.error(500, "oops"))
    with pytest.raises(StopRunError, match="the list of batches: not reached"):
        run(*batches.arguments, "batch=true", seeds=2, steps=1)
    folder = run(*batches.arguments, "batch=true", seeds=2, steps=1)
    assert batches.sizes() == [2, 2]
    assert [call["batch"] for call in read.transcript(folder)] == ["batch_1"] * 2


@pytest.mark.parametrize("status", [403, 404])
def test_somebody_elses_batch_that_cannot_be_read_is_not_taken_for_this_runs(run, batches_of, read, status):
    batches = batches_of("anthropic")  # where only results tell whose a batch is
    batches.play(*actions(9))
    run(*batches.arguments, "batch=true", seeds=2, steps=1, out="other")
    batches.fail("submit", batches.single.reset)
    batches.fail("state", batches.single.error(status, "not yours"))
    if status == 403:  # it may be this run's, and the key another one
        with pytest.raises(
            StopRunError, match=r"nobody knows whether the batch arrived: batch batch_0, .*not yours"
        ):
            run(*batches.arguments, "batch=true", seeds=2, steps=1)
    folder = run(*batches.arguments, "batch=true", seeds=2, steps=1)
    assert batches.sizes() == [2, 2]
    assert [call["batch"] for call in read.transcript(folder)] == ["batch_1"] * 2


def stop_while_pending(run, batches, monkeypatch, *options, **numbers):
    """Ends a run in this process while its batch is pending."""
    batches.fail("state", *[batches.single.error(500, "oops")] * 20)
    with monkeypatch.context() as changed:
        changed.setattr(batch_waiting, "PATIENCE", 0.0)
        with pytest.raises(StopRunError):
            run(*batches.arguments, *options, "batch=true", **numbers)
    batches.fail("state")


def test_a_run_that_goes_on_without_batches_takes_the_pending_one_up_first(run, batches, read, monkeypatch):
    batches.play(*actions(9))
    stop_while_pending(run, batches, monkeypatch, seeds=3, steps=2)
    batches.single.play(*actions(9))
    folder = run(*batches.arguments, "concurrency=2", seeds=3, steps=2)
    calls = read.transcript(folder)
    assert [call["batch"] for call in calls] == ["batch_0"] * 3 + [""] * 3
    assert (batches.sizes(), len(batches.single.requests)) == ([3], 3)
    assert [call["usd"] / calls[3]["usd"] for call in calls[:3]] == pytest.approx([0.5] * 3)


def test_a_pending_batch_that_brings_nothing_is_asked_for_call_by_call(run, batches, read, monkeypatch):
    batches.play(GOOD, "undone")
    stop_while_pending(run, batches, monkeypatch, seeds=2, steps=1)
    batches.single.play(GOOD)
    folder = run(*batches.arguments, "retries=0", seeds=2, steps=1)
    assert sorted(call["batch"] for call in read.transcript(folder)) == ["", "batch_0"]
    assert (batches.sizes(), len(batches.single.requests)) == ([2], 1)


def test_a_limit_that_was_lowered_does_not_give_up_what_was_paid_for(run, batches, read, monkeypatch):
    batches.play(GOOD)
    stop_while_pending(run, batches, monkeypatch, seeds=2, steps=2)
    with pytest.raises(StopRunError, match="-p max_calls=0 is reached"):
        run(*batches.arguments, "batch=true", "max_calls=0", seeds=2, steps=2)
    assert batches.sizes() == [2]
    folder = run(*batches.arguments, "batch=true", seeds=2, steps=2)
    assert len(read.transcript(folder)) == 4


@pytest.mark.parametrize("written", [0, 1, 2])
def test_answers_that_were_written_before_the_run_was_killed_are_not_asked_for(
    run, batches, read, tmp_path, monkeypatch, written
):
    batches.play("no", *actions(9))
    whole = run(*batches.arguments, "batch=true", "concurrency=1", seeds=3, steps=1, out="whole")
    lines = (whole / "transcript.jsonl").read_bytes().splitlines(keepends=True)
    assert ["token" in json.loads(line) for line in lines] == [True, True, False, False, False, True, True, False]
    stop_while_pending(run, batches, monkeypatch, seeds=3, steps=1)
    transcript = read.only_run(tmp_path / "runs") / "transcript.jsonl"
    transcript.write_bytes(b"".join(lines[: 2 + written]) + lines[2 + written][:50])
    before = len(batches.sent)
    folder = run(*batches.arguments, "batch=true", seeds=3, steps=1)
    assert batches.sizes()[before:] == [1]  # the one that has to be asked again
    assert [call["batch"] for call in read.transcript(folder)][:3] == ["batch_0"] * 3


def test_a_pending_batch_that_asked_something_else_is_not_taken_for_an_answer(
    run, batches, read, tmp_path, monkeypatch
):
    batches.play(GOOD)
    stop_while_pending(run, batches, monkeypatch, seeds=2, steps=1)
    transcript = read.only_run(tmp_path) / "transcript.jsonl"
    prompt = read.notes_on_batches(transcript.parent)[0]["prompts"][0]
    transcript.write_text(transcript.read_text().replace(prompt, "0" * 16))
    with pytest.raises(StopRunError, match="batch batch_0 asked something else for seed 0, step 0"):
        run(*batches.arguments, "batch=true", seeds=2, steps=1)


def test_a_damaged_note_is_said(run, batches, read, tmp_path, monkeypatch):
    batches.play(GOOD)
    stop_while_pending(run, batches, monkeypatch, seeds=2, steps=1)
    transcript = read.only_run(tmp_path) / "transcript.jsonl"
    for old, new in (('"calls":', '"galls":'), ('"prompts":["', '"prompts":["",  "'), ("[[0,0,1]", "[[0,0]")):
        whole = transcript.read_text()
        transcript.write_text(whole.replace(old, new))
        with pytest.raises(InputError, match="line 1: damaged"):
            run(*batches.arguments, "batch=true", seeds=2, steps=1)
        transcript.write_text(whole)


def test_an_expired_batch_is_noted_so_that_nobody_waits_for_it_again(run, batches_of, read, tmp_path, monkeypatch):
    batches = batches_of("openai")
    batches.ends = ["expired", "completed"]
    batches.play("undone", "undone", GOOD)
    batches.fail("submit", lambda request: batches.proceed(request), batches.single.error(401, "bad key"))
    with pytest.raises(StopRunError, match="bad key"):
        run(*batches.arguments, "batch=true", seeds=2, steps=1)
    states = [note["state"] for note in read.notes_on_batches(read.only_run(tmp_path))]
    assert states == ["submitting", "submitted", "expired", "submitting", "refused"]
    run(*batches.arguments, "batch=true", seeds=2, steps=1)
    assert [name for operation, name in batches.asked if operation == "state"][-1] == "batch_1"
    assert batches.sizes() == [2, 2]


def test_starting_over_forgets_the_pending_batch(run, batches, monkeypatch):
    batches.play(GOOD)
    stop_while_pending(run, batches, monkeypatch, seeds=2, steps=1)
    run(*batches.arguments, "batch=true", seeds=2, steps=1, fresh=True)
    assert batches.sizes() == [2, 2]


def test_ctrl_c_wakes_whoever_waits(run, batches, monkeypatch, read, tmp_path):
    """The run ends at once, although the next question for the state is a minute away."""
    monkeypatch.setattr(batch_waiting, "SHORTEST", 60.0)
    monkeypatch.setattr(batch_waiting, "LONGEST", 60.0)
    asked = asked_for_state(batches)
    batches.play(GOOD)
    main = threading.main_thread().ident
    threading.Thread(
        target=lambda: asked.wait(30) and signal.pthread_kill(main, signal.SIGINT), daemon=True
    ).start()
    with pytest.raises(KeyboardInterrupt):
        run(*batches.arguments, "batch=true", seeds=2, steps=1)
    notes = read.notes_on_batches(read.only_run(tmp_path))
    assert [note["state"] for note in notes] == ["submitting", "submitted"]
