"""Evaluates an environment in other processes, whose hashes of strings differ.

``python -m policybench.testing.environments.elsewhere TASK OUTCOMES`` is such a process.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from policybench.outcome import Outcome
from policybench.testing.check import fail, shown
from policybench.testing.environments.subject import STEP, EnvironmentSubject, check_equal, evaluate

_HASH_SEEDS = (262, 390)
"""Two values of PYTHONHASHSEED under which most sets of two usual names of agents have opposite orders."""

_SEEDS = (0, 1)

_UNKNOWN = 3
"""The status of a process that cannot import the factory."""


def other_processes(subject: EnvironmentSubject) -> None:
    """Other processes find the same outcomes; in each of them Python orders sets of strings in another way.

    A run may be resumed, and a published row evaluated again, by another process. Python hashes strings anew in
    every process, unless PYTHONHASHSEED fixes that, so that a loop over a set of names runs in another order. The
    check starts two processes with fixed values of PYTHONHASHSEED. Only a factory that can be imported there is
    checked.

    To fix: loop over lists or dicts instead of sets, or over ``sorted(names)``; never use ``hash()`` of a string.
    """
    task = _pickled((subject.spec, dict(subject.options), subject.actions[: len(_SEEDS)]))
    if task is None:
        return
    here = [_plain(outcome) for outcome in _outcomes(subject.spec, dict(subject.options), subject.actions[:2])]
    with tempfile.TemporaryDirectory() as folder:
        children = [_start(Path(folder) / str(hash_seed), task, hash_seed) for hash_seed in _HASH_SEEDS]
        for hash_seed, (process, answer) in zip(_HASH_SEEDS, children, strict=True):
            _, errors = process.communicate()
            if process.returncode == _UNKNOWN:
                return
            if process.returncode:
                lines = errors.strip().splitlines() or [f"status {process.returncode}"]
                fail("another process evaluates the same actions", shown(lines[-1]))
            there = pickle.loads(answer.read_bytes())  # written by this program
            expected = f"a process with PYTHONHASHSEED={hash_seed} finds the same outcomes"
            check_equal(expected, there, here, _SEEDS)


def _pickled(task: Any) -> bytes | None:
    """None if it cannot be sent to another process: a factory that was made in a function, say."""
    try:
        return pickle.dumps(task)
    except (pickle.PicklingError, AttributeError, TypeError):
        return None


def _start(folder: Path, task: bytes, hash_seed: int) -> tuple[subprocess.Popen[str], Path]:
    folder.mkdir()
    given, answer = folder / "task", folder / "outcomes"
    given.write_bytes(task)
    places = [os.path.abspath(place) for place in sys.path]  # noqa: PTH100 - resolving links would change names
    process = subprocess.Popen(
        [sys.executable, "-m", __name__, str(given), str(answer)],
        env={**os.environ, "PYTHONHASHSEED": str(hash_seed), "PYTHONPATH": os.pathsep.join(places)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    return process, answer


def _outcomes(spec: Any, options: dict[str, Any], actions: Any) -> list[Outcome]:
    environment = EnvironmentSubject(spec, options).ready(_SEEDS)
    try:
        return evaluate(environment, STEP, actions)
    finally:
        environment.close()


def _plain(outcome: Outcome) -> Outcome:
    """The outcome after the way through a file, as those of other processes are."""
    found: Outcome = pickle.loads(pickle.dumps(outcome))
    return found


def _main(task: Path, answer: Path) -> None:
    try:
        spec, options, actions = pickle.loads(task.read_bytes())
    except (ImportError, AttributeError):
        sys.exit(_UNKNOWN)
    answer.write_bytes(pickle.dumps(_outcomes(spec, options, actions)))


if __name__ == "__main__":
    _main(Path(sys.argv[1]), Path(sys.argv[2]))
