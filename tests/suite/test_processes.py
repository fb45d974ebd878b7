"""The command itself and its processes, killed in every way: no byte is lost or changed."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from toy_runs import Watcher, log, request

from policybench.cli import cli as program
from policybench.harness.launch import launch
from policybench.plugins import registry
from policybench.store import RunFolder, load_run

pytestmark = pytest.mark.usefixtures("toy")

JOBS = str(min(2, len(os.sched_getaffinity(0))))


def test_one_command_compares_and_says_where_everything_is(toy_environ, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", toy_environ["PYTHONPATH"])
    options = ["--principal", "random", "--principal", "hill-climbing radius=0.5", "--env", "toll-road"]
    options += ["--principal", "hill-climbing radius=3", "--seeds", "2", "--steps", "4"]
    assert CliRunner().invoke(program, ["suite", *options, "--write", "own.toml"]).exit_code == 0
    text = Path("own.toml").read_text()
    assert 'options = { "radius" = 0.5 }' in text
    Path("own.toml").write_text(text.replace('name = "random"', 'name = "random"\nlabel = "dice"'))

    plan = CliRunner().invoke(program, ["suite", "own.toml", "--dry-run"])
    assert plan.exit_code == 0
    assert "steps of the environment alone" in " ".join(plan.stdout.split())
    assert "at least" in plan.stdout
    assert "At least" in plan.stdout
    assert plan.stderr.startswith("policybench: left out: hill-climbing-radius=3.0 on toll-road: -p radius=3.0")
    assert not Path("runs").exists()

    with RunFolder(Path("runs/toll-road/random/quick-2x4")):
        found = CliRunner().invoke(program, ["suite", "own.toml", "--jobs", JOBS])
    assert found.exit_code == 1
    assert "1 of the runs failed or stopped; the others are kept" in found.stderr
    assert "policybench: failed: dice on toll-road: runs/toll-road/random/quick-2x4 is in use" in found.stderr
    assert "step 4/4" in found.stderr
    assert "hill-climb" in found.stdout

    found = CliRunner().invoke(program, ["suite", "own.toml", "--quiet"])
    assert found.exit_code == 0, found.output
    assert "dice" in found.stdout
    assert "Figure:  runs/curves.png" in found.stdout
    assert Path("runs/report/index.html").is_file()
    latex = CliRunner().invoke(program, ["results", "own.toml", "--format", "latex"])
    assert "dice & $" in latex.stdout
    assert "hill-climbing-radius=0.5 & $" in latex.stdout
    assert "not run yet: hill-climbing-radius=3.0 on toll-road" in latex.stderr
    assert "dice" not in CliRunner().invoke(program, ["results"]).stdout
    figure = CliRunner().invoke(program, ["plot", "own.toml", "-o", "own.svg"])
    assert figure.exit_code == 0, figure.output
    assert "dice" in Path("own.svg").read_text()
    Path("none.toml").write_text(Path("own.toml").read_text().replace("steps = 4", "steps = 5"))
    none = CliRunner().invoke(program, ["results", "none.toml"])
    assert none.exit_code == 2 or "none.toml: none of its runs is there" in str(none.exception)
    plan = CliRunner().invoke(program, ["suite", *options[:6], "--dry-run"])
    assert "estimated from" in " ".join(plan.stdout.split())
    assert "t least" not in plan.stdout
    assert "a run of the same two" in " ".join(plan.stdout.split())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "name a file, or one --principal and one --env at least"),
        (["own.toml", "--principal", "ucb"], "own.toml: names principals and environments; leave out --principal"),
        (["--principal", "ucb", "--env", "toll-road", "--executor", "lokal"], "unknown executor 'lokal'"),
        (["--principal", "ucb", "--env", "toll-road", "--jobs", "1000"], "--jobs 1000: there are"),
        (["--principal", "ucb", "--env", "toll-road", "-x", "jobs=0"], "-x jobs=0"),
    ],
)
def test_wrong_arguments_end_in_one_line(arguments, message):
    found = CliRunner().invoke(program, ["suite", *arguments])
    assert message in str(found.exception)


def test_an_executor_that_cannot_be_loaded_ends_in_one_line(monkeypatch):
    plugin = registry().executors["local"]
    broken = replace(plugin, spec=replace(plugin.spec, factory="no_such_package:Executor"))
    monkeypatch.setitem(registry().executors, "local", broken)
    found = CliRunner().invoke(program, ["suite", "--principal", "random", "--env", "toll-road"])
    assert str(found.exception) == (
        "--executor local: policybench cannot be loaded: ModuleNotFoundError: No module named 'no_such_package'"
    )


PRINCIPALS = ("hill-climbing", "random")
STEPS = 60


def start(environ, out):
    """The command in a process of its own."""
    options = ["--env", "toll-road delay=0.02", "--seeds", "2", "--steps", str(STEPS), "--jobs", JOBS]
    for principal in PRINCIPALS:
        options += ["--principal", principal]
    return subprocess.Popen(
        [sys.executable, "-m", "policybench", "suite", *options, "--quiet", "--out", str(out)],
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def workers_of(process):
    """The worker processes of a driver, by their numbers."""
    found = subprocess.run(
        ["ps", "-ww", "-o", "pid=,args=", "--ppid", str(process.pid)], capture_output=True, text=True
    )
    return [int(line.split()[0]) for line in found.stdout.splitlines() if "spawn_main" in line]


def steps(out):
    return sum(path.read_bytes().count(b"\n") for path in out.rglob("steps.jsonl"))


def wait_for(condition):
    deadline = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def check(out, tmp_path):
    for principal in PRINCIPALS:
        [path] = out.glob(f"*/{principal}/*")
        whole = launch(
            request(tmp_path / "whole", 2, STEPS, principal=principal, environment_options=["delay=0.02"]),
            Watcher(),
        )
        assert load_run(path).manifest.status == "finished"
        assert log(path) == log(whole)
        for name in ("final.jsonl", "checkpoint"):
            assert (path / name).read_bytes() == (whole / name).read_bytes()


def test_killed_workers_and_a_killed_driver_change_nothing(toy_environ, tmp_path):
    out = tmp_path / "runs"
    process = start(toy_environ, out)
    wait_for(lambda: steps(out) > 10)
    first = workers_of(process)
    environment = Path(f"/proc/{first[0]}/environ").read_bytes()
    threads = len(os.sched_getaffinity(0)) // int(JOBS)
    assert f"OMP_NUM_THREADS={threads}\0".encode() in environment
    os.kill(first[0], signal.SIGKILL)
    wait_for(lambda: set(workers_of(process)) - set(first))
    process.kill()
    _, errors = process.communicate()
    assert "a worker ended (killed by signal 9" in errors
    wait_for(lambda: not any(Path(f"/proc/{number}").exists() for number in first))
    before = steps(out)

    process = start(toy_environ, out)
    wait_for(lambda: steps(out) > before + 10)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert errors.strip() == "policybench: interrupted; nothing is lost, the same command continues"
    assert process.returncode == 130

    process = start(toy_environ, out)
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    assert "hill-climbi" in output
    check(out, tmp_path)


@pytest.mark.slow
def test_killed_ten_times_at_random_a_suite_ends_like_one_that_was_not(toy_environ, tmp_path):
    rng, out, kills, longest = random.Random(5), tmp_path / "runs", 0, 0
    while kills < 10:
        process = start(toy_environ, out)
        try:
            process.wait(rng.uniform(0.5, 6.0))
        except subprocess.TimeoutExpired:
            targets = [process.pid, *workers_of(process)]
            os.kill(rng.choice(targets), signal.SIGKILL)
            kills += 1
            time.sleep(rng.uniform(0.0, 1.0))
            process.kill()
        process.communicate()
        if process.returncode == 0:
            check(out, tmp_path)
            out = tmp_path / f"runs{kills}"
            longest = 0
        assert steps(out) >= longest
        longest = steps(out)
    process = start(toy_environ, out)
    _, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    check(out, tmp_path)
