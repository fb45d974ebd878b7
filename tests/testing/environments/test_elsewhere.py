"""Environments whose outcomes differ between processes."""

from __future__ import annotations

import re

from testing.good import HashOrder, Lake, environment, failures

from policybench.testing import environment_checks


def test_other_processes():
    checks = [check for check in environment_checks(environment(HashOrder)) if check.name == "other-processes"]
    error = failures(checks, left_out=())["other-processes"]
    assert re.search("PYTHONHASHSEED=(262|390) finds the same outcomes", error.expected)
    assert "payoff" in error.got
    good = [check for check in environment_checks(environment(Lake)) if check.name == "other-processes"]
    assert failures(good, left_out=()) == {}


def test_a_factory_that_another_process_cannot_import_is_not_tried_there():
    class Local(Lake):
        pass

    checks = [check for check in environment_checks(environment(Local)) if check.name == "other-processes"]
    assert failures(checks, left_out=()) == {}
