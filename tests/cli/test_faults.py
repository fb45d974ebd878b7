"""Plugins that fail, print, hang or clash, in real processes: one line, the right status, and clean output."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

MODULE = """
{at_import}
from policybench import EnvironmentSpec, hookimpl
from policybench_toy import TollRoad

class Odd(TollRoad):
    def __init__(self, seeds):
        super().__init__(seeds, days=10, delay=0.0)
{members}

@hookimpl
def policybench_environments():
    yield EnvironmentSpec("odd", "Behaves oddly.", Odd)
"""
RUN = ("run", "--principal", "hill-climbing", "--env", "odd")
SHORT = (*RUN, "--seeds", "2", "--steps", "3")


@pytest.fixture
def odd(toy_environ, tmp_path):
    """Installs an environment with some members of its own; gives a function that starts ``policybench``."""

    def install(members="", at_import=""):
        site = tmp_path / "site"
        info = site / "policybench_odd-1.0.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: policybench-odd\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text("[policybench]\nodd = policybench_odd\n")
        (site / "policybench_odd.py").write_text(MODULE.format(members=members, at_import=at_import))
        path = os.pathsep.join([str(site), toy_environ["PYTHONPATH"]])

        def start(*arguments, **environ):
            return subprocess.Popen(
                [sys.executable, "-m", "policybench", *arguments],
                env={**toy_environ, "PYTHONPATH": path, **environ},
                cwd=tmp_path,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )

        return start

    return install


def ended(process):
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err.strip().splitlines()


@pytest.mark.parametrize("error", ["EOFError()", "BrokenPipeError(32, 'Broken pipe')"])
def test_a_fault_of_a_plugin_is_one_line_with_its_traceback_in_a_file(odd, tmp_path, error):
    start = odd(f"    def evaluate(self, step, actions, *, gradient=False):\n        raise {error}")
    status, out, [line] = ended(start(*SHORT, "--quiet"))
    assert (status, out) == (1, "")
    assert line.startswith("policybench: environment 'odd' failed while it evaluated step 0: ")
    place = line.rpartition("its traceback is in ")[2]
    assert f"raise {error}" in (tmp_path / place).read_text()


def test_other_commands_keep_the_traceback_too(odd):
    start = odd("    def evaluate(self, step, actions, *, gradient=False):\n        raise EOFError('no more')")
    status, _, lines = ended(start("landscape", "--env", "odd", "--quiet"))
    assert status == 1
    assert len(lines) == 1
    assert "failed while it evaluated step" in lines[0]
    place = Path(lines[0].rpartition("its traceback is in ")[2])
    assert "EOFError: no more" in place.read_text()
    place.unlink()


def test_what_plugins_print_does_not_spoil_json(odd):
    start = odd("        print('made')\n    def prepare(self):\n        print('prepared')", "print('imported')")
    status, out, lines = ended(start(*SHORT, "--quiet", "--json"))
    assert status == 0
    assert json.loads(out)[0]["environment"] == "odd"
    assert {"imported", "made", "prepared"} <= set(lines)
    status, out, _ = ended(start("list", "--json"))
    assert "odd" in {row["name"] for row in json.loads(out)}


def test_a_plugin_that_would_end_the_program_is_skipped(odd):
    status, out, lines = ended(odd(at_import="import sys; sys.exit(0)")("list", "environments"))
    assert status == 0
    assert "toll-road" in out
    assert any("policybench-odd 1.0 is skipped: SystemExit" in line for line in lines)


SWALLOWS = """
    def prepare(self):
        import time
        open("waiting", "w").close()
        try:
            time.sleep(60)
        except KeyboardInterrupt:
            {then}
"""


@pytest.mark.parametrize(
    ("then", "number", "status"),
    [
        ("pass", signal.SIGINT, 130),
        ("raise SystemError('a callback failed')", signal.SIGINT, 130),
        ("raise", signal.SIGTERM, 143),
    ],
)
def test_an_interruption_while_kernels_compile_is_never_lost(odd, tmp_path, then, number, status):
    process = odd(SWALLOWS.format(then=then))(*RUN, "--seeds", "1", "--steps", "100000", "--quiet")
    deadline = time.monotonic() + 60
    while not (tmp_path / "waiting").exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(number)
    found, out, lines = ended(process)
    assert (found, out) == (status, "")
    assert lines == ["policybench: interrupted; nothing is lost, the same command continues"]


COMPILES = """
        from policybench_kernel import double
        assert double(2) == 4
"""
KERNEL = "from policybench.compiled import compiled\n\n@compiled\ndef double(x):\n    return 2 * x\n"


def test_compiling_is_announced_when_it_happens_even_in_the_constructor(odd, tmp_path):
    start = odd(COMPILES)
    (tmp_path / "site" / "policybench_kernel.py").write_text(KERNEL)
    cache = {"NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    announced = "policybench: compiling kernels; they are kept on disk, so only the first run does this"
    assert announced in ended(start(*SHORT, **cache))[2]
    assert announced not in ended(start(*SHORT, "--fresh", **cache))[2]
    for kernel in (tmp_path / "cache").rglob("*.nb[ci]"):
        kernel.write_bytes(kernel.read_bytes()[:-1])
    status, _, lines = ended(start(*SHORT, "--fresh", **cache))
    assert status == 0
    assert any("is damaged on disk" in line for line in lines)
    assert announced in lines
    (tmp_path / "file").touch()
    lines = ended(start(*SHORT, "--fresh", NUMBA_CACHE_DIR=str(tmp_path / "file")))[2]
    assert any("every run has to, since" in line for line in lines)


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (("--principal", "random"), ["--principal hill-climbing and --principal random", "takes one"]),
        (("--seeds", "3"), ["--seeds 2 and --seeds 3", "takes one"]),
    ],
)
def test_what_would_be_overwritten_is_refused(cli, arguments, parts):
    done = cli("run", "--principal", "hill-climbing", "--env", "toll-road", "--seeds", "2", *arguments)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    for part in parts:
        assert part in done.stderr


def test_more_seeds_than_allowed_are_one_line(cli):
    done = cli("run", "--principal", "hill-climbing", "--env", "toll-road", "--seeds", "100000")
    assert done.returncode == 2
    assert done.stderr == "policybench: --seeds 100000: takes an integer from 1 to 1000\n"


def test_only_commands_that_can_go_on_say_so(toy_environ):
    command = ["check-plugin", "toll-road", "-e", "delay=0.2"]
    process = subprocess.Popen(
        [sys.executable, "-m", "policybench", *command],
        env=toy_environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline()  # the first check's line: the others have begun
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "policybench: interrupted" in errors
    assert "nothing is lost" not in errors
