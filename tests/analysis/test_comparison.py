"""What may be concluded from two runs, and what may not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from toy_runs import Watcher, request

from policybench import InputError
from policybench.analysis.comparison import compare
from policybench.harness.launch import launch

pytestmark = pytest.mark.usefixtures("toy")


def finished(out: Path, **settings) -> Path:
    return launch(request(out, **settings), Watcher())


def shift(path: Path, by: float) -> None:
    """Raise every payoff of the final evaluations."""
    rows = [json.loads(line) for line in (path / "final.jsonl").read_text().splitlines()]
    lines = [json.dumps({**row, "payoff": row["payoff"] + by}) for row in rows]
    (path / "final.jsonl").write_text("\n".join(lines) + "\n")


@pytest.fixture
def pair(tmp_path):
    """Two equal runs of ten seeds."""
    return finished(tmp_path / "one", seeds=10), finished(tmp_path / "other", seeds=10)


def test_a_clear_difference_is_claimed_for_the_right_one(pair):
    one, other = pair
    shift(other, -3)
    comparison = compare(one, other)
    recommended = comparison.differences[0]
    assert recommended.difference.mean == pytest.approx(3)
    assert recommended.difference.low == pytest.approx(3)
    assert recommended.probability_of_improvement == 1
    assert comparison.shared_seeds == list(range(10))
    assert "recommends better actions" in comparison.conclusion
    assert "by 3;" in comparison.conclusion


def test_equal_runs_allow_no_claim(pair):
    comparison = compare(*pair)
    assert comparison.differences[0].difference.mean == 0
    assert comparison.differences[0].probability_of_improvement == 0.5
    assert "Neither may be called better" in comparison.conclusion


def test_two_seeds_allow_no_claim_however_large_the_difference(tmp_path):
    one, other = finished(tmp_path / "one", seeds=2), finished(tmp_path / "other", seeds=2)
    shift(one, 100)
    assert "2 seeds allow no claim" in compare(one, other).conclusion


def test_few_seeds_are_said_to_be_few(tmp_path):
    one, other = finished(tmp_path / "one", seeds=6), finished(tmp_path / "other", seeds=8)
    shift(one, 100)
    comparison = compare(one, other)
    assert comparison.shared_seeds == list(range(6))
    assert "with 6 seeds the interval is likely too narrow" in comparison.conclusion


@pytest.mark.parametrize(
    ("settings", "reason"),
    [({"steps": 5}, "steps 8 against 5"), ({"environment_options": ["days=9"]}, "environment toll-road against")],
)
def test_what_is_not_comparable_is_refused(tmp_path, settings, reason):
    with pytest.raises(InputError, match=reason):
        compare(finished(tmp_path / "one"), finished(tmp_path / "other", **settings))


def test_an_unfinished_run_is_refused(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        launch(request(tmp_path / "one"), Watcher(stop_after=3))
    [path] = [manifest.parent for manifest in (tmp_path / "one").rglob("manifest.json")]
    with pytest.raises(InputError, match="is not finished"):
        compare(path, finished(tmp_path / "other"))


def test_the_command_prints_a_table_and_a_sentence(pair, cli):
    done = cli("compare", *pair)
    assert done.returncode == 0, done.stderr
    assert "paired, 10 seeds" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("Neither may be called better")
    assert json.loads(cli("compare", *pair, "--json").stdout)["shared_seeds"] == list(range(10))
