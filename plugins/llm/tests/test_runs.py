"""Whole runs against a server on loopback: what they keep, how they go on, their costs, their secrets."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading

import numpy as np
import pytest
from werkzeug import Response

from policybench import InputError, StopRunError
from policybench.analysis.summary import summarise
from policybench.store import load_run
from policybench_llm.transcript import decode

GOOD = '{"x1": 0.25, "x2": 0.5}'


def actions(n):
    return [f'{{"x1": {i / 100}, "x2": 0.5}}' for i in range(1, n + 1)]


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


def test_max_calls_stops_a_run_and_a_higher_limit_continues_it(run, openai_server, read):
    openai_server.play(GOOD)
    whole = run(*openai_server.arguments, seeds=2, steps=4, out="whole")
    asked = len(openai_server.requests)
    for limit in (1, 4, 7):
        with pytest.raises(StopRunError, match=f"-p max_calls={limit} is reached"):
            run(*openai_server.arguments, f"max_calls={limit}", seeds=2, steps=4)
        assert len(openai_server.requests) - asked == limit
    folder = run(*openai_server.arguments, "max_calls=8", seeds=2, steps=4)
    assert len(openai_server.requests) - asked == 8
    assert read.steps(folder) == read.steps(whole)


def test_max_cost_is_never_exceeded(run, openai_server, read, tmp_path):
    openai_server.play(openai_server.answer(GOOD, tokens=(500, 100)))
    limit = 0.003
    with pytest.raises(StopRunError, match=r"-p max_cost=0\.003 is reached: \d+ calls cost 0\.00"):
        run(*openai_server.arguments, f"max_cost={limit}", seeds=2, steps=200, env=["noise=1"])
    calls = read.transcript(read.only_run(tmp_path))
    spent = sum(call["usd"] for call in calls)
    assert limit / 2 < spent <= limit


def test_a_price_that_is_not_known_is_said_before_anything_is_spent(run, openai_server, tmp_path):
    options = [option for option in openai_server.arguments if not option.startswith(("model=", "prices="))]
    with pytest.raises(InputError, match=r"the price of gpt-4o-mini at http://.* is not known"):
        run(*options, "model=gpt-4o-mini", "max_cost=1")
    options.append("model=house-model")
    with pytest.raises(InputError, match=r"the price of house-model at http://.* is not known"):
        run(*options, "max_cost=1")
    prices = tmp_path / "prices.toml"
    prices.write_text('date = 2026-01-01\n[models]\n"house-model" = { input = 1000, output = 0 }\n')
    openai_server.play(openai_server.answer(GOOD, model="house-model-2026-01-01"))
    folder = run(*options, "max_cost=5", f"prices={prices}", seeds=1, steps=2)
    assert summarise(folder).costs["usd"] == pytest.approx(0.2)
    prices.write_text("[models]\nx = 3\n")
    with pytest.raises(InputError, match="-p prices="):
        run(*options, f"prices={prices}")


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


def test_a_search_that_has_converged_is_filled_up(run, openai_server, read):
    openai_server.play(*actions(3), GOOD)
    folder = run(*openai_server.arguments, "stop_after=4", "concurrency=1", env=["noise=0.1"], seeds=1, steps=12)
    assert len(openai_server.requests) == 3 + 4
    rows = read.steps(folder)
    filled = [row for row in rows if row["notes"].get("filled")]
    assert [row["step"] for row in filled] == [7, 8, 9, 10, 11]
    converged = np.mean([row["payoff"] for row in rows[3:7]])
    assert [row["payoff"] for row in filled] == pytest.approx([converged] * 5)
    assert all(row["action"] == [0.25, 0.5] for row in filled)
    assert all(row["timesteps"] == {"training": 0, "validation": 2} for row in filled)
    stored = load_run(folder)
    assert {tuple(row.action) for row in stored.final} == {(0.25, 0.5)}
    assert summarise(folder).scores.convergence.payoff.mean == pytest.approx(converged)


def test_failed_answers_do_not_count_as_convergence(run, openai_server, read):
    openai_server.play(GOOD, "no")
    folder = run(*openai_server.arguments, "stop_after=3", "reasks=0", "give_up_after=0", seeds=1, steps=8)
    assert not any(row["notes"].get("filled") for row in read.steps(folder))
    assert sum("failed" in row["notes"] for row in read.steps(folder)) == 7


def test_contexts_converge_each_by_itself(run, openai_server, read):
    def act(request):
        text = request.get_json()["messages"][-1]["content"]
        first = "The context is now [1, 0]." in text
        return openai_server.answer('{"x1": 0.6, "x2": 0.3}' if first else '{"x1": 0.3, "x2": 0.6}')(request)

    openai_server.play(act)
    folder = run(*openai_server.arguments, "stop_after=4", env=["contexts=true"], seeds=1, steps=12)
    rows = read.steps(folder)
    assert len(openai_server.requests) == 5
    assert [row["action"] for row in rows[:2]] * 6 == [row["action"] for row in rows]
    assert {row["payoff"] for row in rows} == {0.0}


KEY = "Canary-7f3A9c51E2"


def page(status, start):
    """A page with the key after so many characters; cut short there, half of it would be left."""
    return lambda _: Response("x" * start + KEY + "y" * 400, status, content_type="text/html")


def test_no_key_appears_anywhere(main, tmp_path, server_of, monkeypatch):
    """Every way in which a call can fail, with a server that repeats the key wherever it can."""
    for sdk, variable in (("openai", "OPENAI_API_KEY"), ("anthropic", "ANTHROPIC_API_KEY")):
        monkeypatch.setenv(variable, KEY)
        server = server_of(sdk)
        filtered = {"openai": "content_filter", "anthropic": "refusal"}[sdk]
        acts = {
            "answer": [server.answer(f"{KEY} {GOOD} {KEY}", model=f"model-{KEY}")],
            "prose": [f"Your key is {KEY}."],
            "refusal": [server.answer(f"No, {KEY}", stop=filtered)],
            "stop": [server.answer(GOOD, stop=f"because-{KEY}")],
            "page": [lambda _: Response(f"<p>{KEY}</p>", content_type="text/html")],
            **{f"page {n}": [page(200, n)] for n in (190, 455, 490)},
            **{f"error page {n}": [page(400, n)] for n in (190, 480, 490)},
            "hours": [server.error(429, f"{KEY}", headers={"retry-after-ms": "", "retry-after": "9999"})],
            "json": [lambda _: Response(f'{{"{KEY}": "{KEY}"}}', content_type="application/json")],
            "reset": [server.reset],
            "timeout": [server.late(1.0, GOOD)],
            "overflow": [server.error(400, f"maximum context length for {KEY}")],
            "temperature": [server.error(400, f"temperature {KEY}"), GOOD],
            **{str(s): [server.error(s, f"key {KEY} {s}")] for s in (400, 401, 403, 404, 422, 429, 500)},
        }
        for name, act in acts.items():
            server.play(*act)
            options = [*server.arguments[:-1], "retries=0", "timeout=0.3"]
            status, out, err = main(
                *("run", "--principal", "llm", "--env", "parabola", "--seeds", 1, "--steps", 2),
                *("--out", tmp_path / f"{sdk}-{name}"),
                *(word for option in options for word in ("-p", option)),
            )
            assert status in (0, 3), (name, err)
            if status == 3:
                assert err.startswith("policybench: model gpt-4o-mini: ")
                assert err.endswith("; everything is kept, the same command continues\n")
                assert err.count("\n") == 1
            assert KEY[:6] not in out + err, name
        assert server.keys == {KEY}
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert sum(path.name == "transcript.jsonl" for path in files) == 2 * len(acts)
    assert not [path for path in files if KEY[:6].encode() in path.read_bytes() or KEY[:6] in str(path)]
    assert any(b"***" in path.read_bytes() for path in files)


def test_a_run_that_cannot_go_on_ends_with_status_3(cli, openai_server):
    openai_server.play(openai_server.error(401, f"wrong key {KEY}"))
    options = [word for option in openai_server.arguments for word in ("-p", option)]
    command = ("run", "--principal", "llm", "--env", "parabola", "--seeds", 2, "--steps", 2, *options)
    done = cli(*command, OPENAI_API_KEY=KEY)
    assert done.returncode == 3
    assert done.stderr == (
        "policybench: model gpt-4o-mini: HTTP 401: invalid_request_error wrong key ***; "
        "everything is kept, the same command continues\n"
    )
    openai_server.play(GOOD)
    assert cli(*command, OPENAI_API_KEY=KEY).returncode == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["model=gpt-4o-mini"], "OPENAI_API_KEY is not set"),
        (["model=claude-haiku-4-5"], "ANTHROPIC_API_KEY is not set"),
        (["model=gemini-2.5-flash"], "GEMINI_API_KEY is not set"),
        (["model=x", "base_url=https://example.org/v1"], "OPENAI_API_KEY is not set"),
        (["model=x", "base_url=http://192.168.0.9/v1"], r"\(any word, if the server asks for none\)"),
        (["model=gpt-4o-mini"], "-p model=local runs a small model on this machine"),
        (["model=x", "base_url=nowhere"], "takes an address such as"),
        (["model=x", "base_url=http://me:secret@127.0.0.1/v1"], "keys belong in the environment variable"),
        (["model=local", "base_url=http://127.0.0.1/v1"], "has an endpoint of its own"),
        (["model=x", "weights=x.gguf"], "belongs to -p model=local"),
        (["model=local", "weights=nowhere.gguf"], "no such file; takes a GGUF file"),
        (["model=x", "providers=nowhere.toml"], "-p providers=nowhere.toml: No such file"),
        (["demonstrations=few"], "takes all, last:N or best:N"),
    ],
)
def test_what_cannot_be_used_is_one_clear_line(run, options, message, tmp_path):
    with pytest.raises(InputError, match=message) as caught:
        run(*options)
    assert "\n" not in str(caught.value)
    assert "secret" not in str(caught.value)
    assert not (tmp_path / "runs").exists()


def test_a_template_that_changed_is_not_continued(run, openai_server, tmp_path):
    openai_server.play(GOOD)
    template = tmp_path / "own.jinja"
    template.write_text("Set something. {{ answer_format }}")
    with pytest.raises(KeyboardInterrupt):
        run(*openai_server.arguments, f"prompt={template}", interrupt_after=1)
    template.write_text("Set something else. {{ answer_format }}")
    with pytest.raises(InputError, match="the template has changed since the run began"):
        run(*openai_server.arguments, f"prompt={template}")


def test_the_table_of_providers_can_be_replaced(run, openai_server, tmp_path, read):
    table = tmp_path / "providers.toml"
    table.write_text(
        '[[provider]]\nmodels = ["house-*"]\nsdk = "openai"\nkey = "HOUSE_KEY"\n'
        f'base_url = "{openai_server.base_url}"\n'
    )
    openai_server.play(openai_server.answer(GOOD, model="house-model"))
    folder = run("model=house-model", f"providers={table}", seeds=1, steps=1)
    assert openai_server.requests[0]["model"] == "house-model"
    assert "usd" not in read.steps(folder)[0]["notes"]["cost"]
    with pytest.raises(InputError, match="no row of -p providers="):
        run("model=other", f"providers={table}")
    table.write_text('[[provider]]\nmodels = ["*"]\nsdk = "abacus"\n')
    with pytest.raises(InputError, match=r"-p providers=.*provider\.0\.sdk"):
        run("model=other", f"providers={table}")


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
