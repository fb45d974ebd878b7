"""Environments that leave something behind when they are closed."""

from __future__ import annotations

import subprocess
import sys
import threading
import time

from testing.good import Pond, environment, failures

from policybench.testing import environment_checks


class LeavesAProcess(Pond):
    """An engine that nobody ends."""

    engine = None

    def prepare(self):
        self.engine = subprocess.Popen(
            [sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE
        )


class LeavesAThread(Pond):
    def prepare(self):
        self.engine = threading.Thread(target=time.sleep, args=(20,), name="engine")
        self.engine.start()


class EndsItsProcess(LeavesAProcess):
    def close(self):
        if self.engine is not None:
            self.engine.communicate()


def test_closing(monkeypatch):
    monkeypatch.setattr("policybench.testing.environments.leftovers._PATIENCE", 0.1)
    (check,) = [check for check in environment_checks(environment(LeavesAProcess)) if check.name == "closing"]
    assert "still there: process" in failures([check])["closing"].got
    (check,) = [check for check in environment_checks(environment(LeavesAThread)) if check.name == "closing"]
    assert "still there: thread engine" in failures([check])["closing"].got
    assert failures(environment_checks(environment(EndsItsProcess))) == {}
