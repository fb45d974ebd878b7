"""API keys appear nowhere, whatever fails and whoever repeats them."""

from __future__ import annotations

import pytest
from faulty_server import GOOD
from werkzeug import Response

from policybench import InputError
from policybench_llm import batch_waiting

KEY = "Canary-7f3A9c51E2"

OPERATIONS = ("upload", "submit", "list", "state", "results")
"""What is asked about batches."""


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


def test_no_key_appears_anywhere_when_calls_go_in_batches(main, tmp_path, batches_of, monkeypatch):
    """The same for batches, of which there are more ways to fail."""
    monkeypatch.setattr(batch_waiting, "PATIENCE", 0.0)
    monkeypatch.setattr(batch_waiting, "_FIRST_WORD", 0.0)
    for sdk, variable in (("openai", "OPENAI_API_KEY"), ("anthropic", "ANTHROPIC_API_KEY")):
        monkeypatch.setenv(variable, KEY)
        server = batches_of(sdk)
        single, usual = server.single, list(server.ends)
        loud = single.answer(f"{KEY} {GOOD} {KEY}", model=f"model-{KEY}", stop=f"because-{KEY}")
        named = json_response(f'{{"id": "batch-{KEY}"}}')
        strange = json_response(f'{{"{KEY}": "{KEY}"}}')
        faults = {str(status): single.error(status, f"key {KEY} {status}") for status in (404, 500)}
        faults |= {"page": page(200, 190), "error page": page(403, 480), "strange": strange}
        acts = {
            "answer": {"play": [loud]},
            "errors": {"play": [single.error(status, f"key {KEY}") for status in (400, 401)]},
            "undone": {"play": [single.error(500, f"key {KEY}")]},
            "no answer": {"play": [strange]},
            "lines": {"shape": lambda lines: [f"{KEY} {line}" for line in lines]},
            "names": {"shape": lambda lines: [line.replace('_id": "', f'_id": "{KEY}') for line in lines]},
            "status": {"state": lambda request, server=server: renamed(server.proceed(request))},
            "failed": {
                "ends": ["failed" if sdk == "openai" else "ended"],
                "errors": [{"code": KEY, "message": KEY}],
            },
            "name": {"submit": named},
            **{f"{where} {name}": {where: act} for where in OPERATIONS for name, act in faults.items()},
        }
        for name, act in acts.items():
            server.play(*act.get("play", [GOOD]))
            server.polls, server.errors = act.get("polls", 1), act.get("errors", [])
            server.ends, server.shape = act.get("ends", list(usual)), act.get("shape", lambda lines: lines)
            for where in OPERATIONS:
                server.fail(where, *[act[where]] * 5 if where in act else [])
            if "list" in act:
                server.fail("submit", single.reset)
            retries = f"retries={int('list' in act)}"  # the list is for a batch that is handed in again
            options = [*server.arguments[:-1], retries, "timeout=1", "batch=true"]
            status, out, err = main(
                *("run", "--principal", "llm", "--env", "parabola", "--seeds", 2, "--steps", 1),
                *("--out", tmp_path / f"{sdk}-{name}"),
                *(word for option in options for word in ("-p", option)),
            )
            assert status in (0, 2, 3), (name, err)
            assert KEY[:6] not in out + err, name
            assert "Traceback" not in err
            if status == 3:
                assert err.splitlines()[-1].startswith("policybench: model gpt-4o-mini: "), (name, err)
        assert server.single.keys == {KEY}
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert not [path for path in files if KEY[:6].encode() in path.read_bytes() or KEY[:6] in str(path)]
    assert any(b"***" in path.read_bytes() for path in files)


def renamed(response):
    """The state of a batch, with the key as its name."""
    text = response.get_data().decode()
    for name in ("in_progress", "completed", "ended"):
        text = text.replace(f': "{name}"', f': "{KEY}"')
    return Response(text, content_type="application/json")


def json_response(text):
    return lambda _: Response(text, content_type="application/json")


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


def test_a_key_that_cannot_be_one_is_said_without_telling_it(make_llm, monkeypatch):
    for key in ("sk-\u2026elided", "sk-1234\n", "two words"):
        monkeypatch.setenv("OPENAI_API_KEY", key)
        with pytest.raises(InputError, match="OPENAI_API_KEY holds what no key can") as caught:
            make_llm(model="gpt-4o-mini")
        assert key not in str(caught.value)
