"""Principals that write where they should not, or take too long."""

from __future__ import annotations

import pytest
from testing.failing import principal_fails as fails
from testing.good import Searcher, failures, principal

from policybench.testing import principal_checks
from policybench.testing.principals import costs

pytestmark = pytest.mark.usefixtures("only_the_toy")


def test_writes_stay_in_the_folder(tmp_path):
    class Litters(Searcher):
        def tell(self, action, outcome):
            super().tell(action, outcome)
            with (tmp_path / "log").open("a") as file:
                file.write("told")

    class Hoards(Searcher):
        def attach(self, workspace):
            self.folder = workspace.folder

        def tell(self, action, outcome):
            super().tell(action, outcome)
            (self.folder / "mine.txt").write_text("told")

    class Records(Hoards):
        def tell(self, action, outcome):
            Searcher.tell(self, action, outcome)
            (self.folder / "transcript.jsonl").write_text("told")

    fails(Litters, "writes-stay-in-the-folder", str(tmp_path / "log"))
    fails(Hoards, "writes-stay-in-the-folder", "it left mine.txt")
    assert failures(principal_checks(principal(Records))) == {}


class Ponders(Searcher):
    def tell(self, action, outcome):
        super().tell(action, outcome)
        if len(self.low) == 1:
            sum(range(200_000))


def test_overhead(monkeypatch):
    monkeypatch.setattr(costs, "COST_LIMIT", 0.05)
    assert failures(principal_checks(principal(Searcher))) == {}
    fails(Ponders, "overhead", "units")
