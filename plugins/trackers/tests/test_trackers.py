"""What trackers hold is what the run's log holds, also of a run that was stopped and continued."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import time
import urllib.request

import numpy as np
import pytest

import policybench
from policybench import Observer
from policybench.plugins import registry

OPTIONS = {"training_episodes": 10}


class Stop(BaseException):
    """Ends a run in the middle."""


def observed(tmp_path, name, options, *, stop_after=None):
    """A run of 6 steps, followed by a tracker; the first process of it may be stopped."""
    arguments = {"seeds": 2, "steps": 6, "environment_options": OPTIONS, "out": tmp_path / "runs"}
    spec = registry().observer(name).spec
    if stop_after is not None:
        interrupt(tmp_path, [spec.create(**options)], arguments, stop_after)
    return policybench.run("random", "escape-room", observe=[spec.create(**options)], **arguments)


def interrupt(tmp_path, observers, arguments, stop_after):
    from policybench.harness.launch import Request, launch
    from policybench.protocol import make_protocol

    class Progress:
        number = 0

        def begin(self, payoffs, steps): ...
        def repeated(self, done, number): ...
        def recommended(self, done, number): ...
        def step(self, payoffs, timesteps):
            self.number += 1
            if self.number == stop_after:
                raise Stop

    protocol = make_protocol("quick", arguments["seeds"], arguments["steps"])
    wanted = Request("random", "escape-room", protocol, {}, OPTIONS, arguments["out"])
    with contextlib.suppress(Stop):
        launch(wanted, Progress(), observers=observers)


def expected(run):
    steps = run.steps
    by_step = steps.groupby("step")
    return {
        "payoff": by_step.payoff.mean().tolist(),
        "best_payoff": by_step.payoff.mean().cummax().tolist(),
        "validation_timesteps": by_step.validation_timesteps.sum().cumsum().tolist(),
        "payoff_of_seed/1": steps[steps.seed == 1].payoff.tolist(),
        "recommended_payoff": [run.final.payoff.mean()],
    }


@pytest.mark.parametrize("stop_after", [None, 3], ids=["whole", "continued"])
def test_tensorboard_files_read_back(tmp_path, stop_after):
    accumulators = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    run = observed(tmp_path, "tensorboard", {"folder": str(tmp_path / "tb")}, stop_after=stop_after)
    files = list((tmp_path / "tb").rglob("events*"))
    assert len(files) == (1 if stop_after is None else 2)
    [folder] = {path.parent for path in files}
    assert folder.relative_to(tmp_path / "tb").parts[:2] == ("escape-room-training_episodes=10", "random")
    events = accumulators.EventAccumulator(str(folder))
    events.Reload()
    for name, values in expected(run).items():
        held = events.Tensors(name)
        assert [event.step for event in held] == list(range(len(values)))
        assert [event.tensor_proto.float_val[0] for event in held] == np.float32(values).tolist()


@pytest.fixture
def mlflow_server(tmp_path):
    pytest.importorskip("mlflow.server", reason="the server is in mlflow, not in mlflow-skinny")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "mlflow",
        "server",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--workers",
        "1",
    ]
    command += ["--backend-store-uri", f"sqlite:///{tmp_path / 'mlflow.db'}"]
    with (tmp_path / "server.log").open("w") as output:
        server = subprocess.Popen(command, stdout=output, stderr=output, cwd=tmp_path, start_new_session=True)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"{address}/health", timeout=20)
                break
            assert server.poll() is None, (tmp_path / "server.log").read_text()
            time.sleep(0.5)
        yield address
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(30)


@pytest.mark.slow
def test_a_real_mlflow_server_holds_one_run_that_was_continued(tmp_path, mlflow_server):
    import mlflow

    options = {"uri": mlflow_server, "experiment": "tests"}
    run = observed(tmp_path, "mlflow", options, stop_after=3)
    client = mlflow.MlflowClient(tracking_uri=mlflow_server)
    [held] = client.search_runs([client.get_experiment_by_name("tests").experiment_id])
    assert held.info.status == "FINISHED"
    assert held.data.params["environment.training_episodes"] == "10"
    assert held.data.params["principal"] == "random"
    for name, values in expected(run).items():
        history = sorted(client.get_metric_history(held.info.run_id, name), key=lambda metric: metric.step)
        assert [metric.step for metric in history] == list(range(len(values)))
        assert [metric.value for metric in history] == pytest.approx(values)


@pytest.mark.slow
def test_wandb_offline_keeps_every_step_of_one_run(tmp_path):
    pytest.importorskip("wandb")
    options = {"mode": "offline", "folder": str(tmp_path / "wb"), "project": "tests", "entity": None}
    run = observed(tmp_path, "wandb", options, stop_after=3)
    files = sorted((tmp_path / "wb").glob("wandb/offline-run-*/*.wandb"))
    assert len(files) == 2
    assert len({path.name for path in files}) == 1  # the name holds the id of the run
    rows = [row for path in files for row in history(path)]
    assert [row["_step"] for row in rows] == list(range(6))
    for name, values in expected(run).items():
        if name != "recommended_payoff":
            assert [row[name] for row in rows] == pytest.approx(values)


def history(path):
    """The rows of a file that ``wandb sync`` would send."""
    from wandb.proto import wandb_internal_pb2

    for data in logged(path.read_bytes()):
        record = wandb_internal_pb2.Record()
        record.ParseFromString(data)
        if record.WhichOneof("record_type") == "history":
            items = record.history.item
            row = {item.key or "/".join(item.nested_key): json.loads(item.value_json) for item in items}
            yield row | {"_step": record.history.step.num}


def logged(content):
    """The entries of a log in LevelDB's format: blocks of 32 KiB, whose chunks have 7 bytes of head each."""
    at, entry = 7, b""  # the file begins with 7 bytes of wandb's own
    while at + 7 <= len(content):
        if 32768 - at % 32768 < 7:
            at += 32768 - at % 32768
            continue
        _, size, kind = struct.unpack_from("<IHB", content, at)
        entry += content[at + 7 : at + 7 + size]
        at += 7 + size
        if kind in (1, 4):  # a whole entry, or the last part of one
            yield entry
            entry = b""


def test_a_missing_library_is_one_line(monkeypatch):
    monkeypatch.setitem(sys.modules, "mlflow", None)
    with pytest.raises(policybench.InputError, match=r"pip install 'policybench-trackers\[mlflow\]'"):
        registry().observer("mlflow").spec.create()


def test_wandb_without_a_key_is_one_line_and_no_question(monkeypatch):
    class Library:
        @staticmethod
        def login(prompt, verify):
            return prompt or verify

    monkeypatch.setitem(sys.modules, "wandb", Library)
    with pytest.raises(policybench.InputError, match="there is no key; set WANDB_API_KEY"):
        registry().observer("wandb").spec.create()


def test_announcing_imports_no_tracker():
    code = (
        "import sys, policybench_trackers as plugin; assert len(list(plugin.policybench_observers())) == 3;"
        "assert not {'tensorboard', 'mlflow', 'wandb', 'numpy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_costs_are_summed_and_scores_left_out_where_there_are_none():
    from policybench.store import StepRecord
    from policybench.store.manifest import ReferencePayoffs
    from policybench_trackers.numbers import Numbers

    class Made:
        reference = ReferencePayoffs(floor=None, ceiling=None)

    steps = {"training": 2, "validation": 1}
    record = {"seed": 0, "context": None, "action": [0.5], "timesteps": steps, "seconds": 0.5}
    numbers = Numbers(Made())
    for step, payoff in enumerate((3.0, 1.0)):
        notes = {"cost": {"usd": 0.25, "model": "x"}}
        found = numbers.step(
            [StepRecord.model_validate(record | {"step": step, "payoff": payoff, "notes": notes})]
        )
    assert found == {
        "payoff": 1.0,
        "best_payoff": 3.0,
        "training_timesteps": 4,
        "validation_timesteps": 2,
        "seconds": 1.0,
        "cost/usd": 0.5,
        "payoff_of_seed/0": 1.0,
    }
    assert issubclass(registry().observer("wandb").spec.load(), Observer)
