"""The command line as a user meets it: every command, and every way to misuse it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

RUN = ("run", "--principal", "hill-climbing", "--env", "toll-road")
SHORT = ("--seeds", "2", "--steps", "4")


def test_run_prints_a_table_and_leaves_files_that_results_reads_back(cli, tmp_path):
    done = cli(*RUN, *SHORT)
    assert done.returncode == 0, done.stderr
    for word in ("sample efficiency", "convergence", "recommended action", "toll-road", "quick-2x4"):
        assert word in done.stdout
    folder = tmp_path / "runs" / "toll-road" / "hill-climbing" / "quick-2x4"
    assert {"manifest.json", "steps.jsonl", "final.jsonl", "checkpoint"} <= {
        path.name for path in folder.iterdir()
    }
    [summary] = json.loads(cli("results", "--json").stdout)
    assert (summary["status"], summary["seeds"], summary["steps_done"]) == ("finished", [0, 1], 4)
    assert (summary["training_timesteps"], summary["validation_timesteps"]) == (2 * 4 * 39, 2 * 4)
    payoffs = [json.loads(line)["payoff"] for line in (folder / "steps.jsonl").read_text().splitlines()]
    assert summary["scores"]["convergence"]["payoff"]["mean"] == pytest.approx(sum(payoffs[-2:]) / 2)
    assert summary["scores"]["sample_efficiency"]["payoff"]["mean"] == pytest.approx(sum(payoffs) / 8)
    assert len((folder / "final.jsonl").read_text().splitlines()) == 2 * 25
    assert "toll-road" in cli("results").stdout


def test_progress_shows_time_left_from_the_first_step_and_quiet_hides_it(cli):
    loud, quiet = cli(*RUN, *SHORT), cli(*RUN, *SHORT, "--fresh", "--quiet")
    assert loud.stderr.startswith("step 1/4  0:0")
    assert "left" in loud.stderr.splitlines()[0]
    assert "timesteps/s" in loud.stderr
    assert quiet.stderr == ""
    assert "recommended action" in quiet.stdout


def test_run_as_json_is_one_document(cli):
    [summary] = json.loads(cli(*RUN, *SHORT, "--json").stdout)
    assert summary["principal"] == "hill-climbing"
    assert len(summary["scores"]["recommended"]["scores"]) == 2


def test_list_and_show(cli):
    rows = json.loads(cli("list", "--json").stdout)
    assert {"kind": "environment", "name": "toll-road"}.items() <= next(
        row for row in rows if row["name"] == "toll-road"
    ).items()
    assert "toll-road" not in cli("list", "principals").stdout
    environment, principal = cli("show", "toll-road").stdout, cli("show", "hill-climbing").stdout
    for word in (
        "policybench-toy 0.3.0",
        "-e days=",
        "integer, at least 1",
        "toll on the short road",
        "Ceiling: -1.5",
    ):
        assert word in environment
    assert "-p radius=" in principal


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (
            ("run", "--principal", "hil-climbing", "--env", "toll-road"),
            ["'hil-climbing'", "Did you mean 'hill-climbing'"],
        ),
        (("run", "--principal", "hill-climbing", "--env", "tollroad"), ["'tollroad'", "Did you mean 'toll-road'"]),
        ((*RUN, "-p", "radios=1"), ["radios=1", "Did you mean 'radius'"]),
        ((*RUN, "-p", "radius=-1"), ["-p radius=-1", "at least 0"]),
        ((*RUN, "-p", "radius=3"), ["-p radius=3", "0 to 2"]),
        ((*RUN, "-e", "days=0"), ["-e days=0", "at least 1"]),
        ((*RUN, "--seeds", "-1"), ["--seeds -1: takes an integer from 1 to 1000"]),
        ((*RUN, "--steps", "0"), ["--steps 0: takes an integer, at least 1"]),
        ((*RUN, "--steps", "999996"), ["--steps 999996", "at most 999,600 steps", "landscapes"]),
        ((*RUN, "--protocol", "fast"), ["--protocol fast: takes one of smoke, quick, paper"]),
        ((*RUN, "--out", "/proc/nowhere"), ["--out", "/proc/nowhere", "cannot be written"]),
        ((*RUN, "--out", "/dev/null"), ["--out", "/dev/null", "cannot be written"]),
        (("run", "--principal", "hill-climbing"), ["Missing option '--env'"]),
        (("results", "nowhere"), ["nowhere", "no runs here"]),
        (("landscape", "--env", "toll-road", "--quiet", "-o", "/proc/x"), ["/proc/x", "cannot be written"]),
        (("show", "tol-road"), ["'tol-road'", "Did you mean 'toll-road'"]),
        (("shw",), ["No such command 'shw'"]),
        (
            ("render", "--env", "toll-road", "--action", "1,2", "-o", "x.png"),
            ["--action 1,2", "has 2 numbers, takes 1"],
        ),
        (("render", "--env", "toll-road", "--action", "3", "-o", "x.png"), ["--action 3", "[0, 2]"]),
        (("render", "--env", "toll-road", "--action", "1", "-o", "x.jpg"), ["-o x.jpg", ".gif or .png"]),
        (("render", "--env", "toll-road", "--action", "1", "-o", "x.png"), ["TollRoad draws no pictures"]),
        (("reference", "--env", "toll-road", "-o", "nowhere/x.json"), ["-o nowhere/x.json", "cannot be written"]),
    ],
)
def test_wrong_input_is_one_clear_line_and_status_2(cli, arguments, parts):
    done = cli(*arguments)
    assert done.returncode == 2, done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""
    for part in parts:
        assert part in done.stderr


def test_a_damaged_log_is_one_clear_line_and_status_2(cli, tmp_path):
    cli(*RUN, *SHORT)
    log = tmp_path / "runs" / "toll-road" / "hill-climbing" / "quick-2x4" / "steps.jsonl"
    log.write_text(log.read_text().replace('"payoff":', '"payoff":oops', 1))
    done = cli("results")
    assert done.returncode == 2
    assert f"{log.relative_to(tmp_path)}, line 1: damaged: Invalid JSON" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["list"],
        ["run", "--help"],
        ["new-plugin", "environment", "--help"],
        ["run", "--principal", "x", "--env", "y"],
    ],
)
def test_what_only_talks_imports_nothing_heavy(toy_environ, arguments):
    program = (
        "import sys; sys.argv = ['policybench', *sys.argv[1:]]\n"
        "from policybench.cli import main\n"
        "try:\n    main()\n"
        "finally:\n    print([name for name in ('torch', 'numba', 'scipy', 'pandas') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], env=toy_environ, capture_output=True, text=True, check=False
    )
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_on_a_terminal_a_bar_shows_the_time_left(toy_environ, tmp_path):
    import os
    import pty

    def on_terminal() -> str:
        command = [sys.executable, "-m", "policybench", *RUN, "--seeds", "2", "--steps", "6", "-e", "delay=0.15"]
        main, other = pty.openpty()
        process = subprocess.Popen(
            command, env={**toy_environ, "COLUMNS": "120"}, cwd=tmp_path, stdin=other, stdout=other, stderr=other
        )
        os.close(other)
        shown = b""
        while True:
            try:
                shown += os.read(main, 65536)
            except OSError:  # the other side is closed: the process has ended
                break
        assert process.wait(30) == 0
        return shown.decode()

    shown = on_terminal()
    assert "step 1/6" in shown
    assert "0:01 left" in shown
    assert "recommended action" in shown
