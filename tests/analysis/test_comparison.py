"""What may be concluded from two runs, and what may not."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from toy_runs import Watcher, request, submit

from policybench import InputError, compare
from policybench.cli.tables import as_comparison
from policybench.harness.launch import launch

pytestmark = pytest.mark.usefixtures("toy")


def finished(out: Path, **settings) -> Path:
    return launch(request(out, **settings), Watcher())


def change(path: Path, name: str, by) -> None:
    """Raise the payoffs of the step log or of the final evaluations, by what ``by`` says of a row."""
    rows = [json.loads(line) for line in (path / name).read_text().splitlines()]
    lines = [json.dumps({**row, "payoff": row["payoff"] + by(row)}) for row in rows]
    (path / name).write_text("\n".join(lines) + "\n")


@pytest.fixture
def pair(tmp_path):
    """Two equal runs of ten seeds."""
    return finished(tmp_path / "one", seeds=10), finished(tmp_path / "other", seeds=10)


def test_a_clear_difference_is_claimed_for_the_right_one(pair):
    one, other = pair
    luck = np.random.default_rng(0).normal(0, 0.1, 10)
    change(other, "steps.jsonl", lambda row: -3 + luck[row["seed"]])
    comparison = compare(one, other)
    efficiency, convergence, recommended = comparison.differences
    for found in (efficiency, convergence):
        assert found.difference.mean == pytest.approx((3 - luck.mean()) / 0.5)  # toll road: -2 to -1.5
        assert found.difference.low < 6 < found.difference.high
        assert found.shown
    assert efficiency.probability_of_improvement == 1
    assert recommended.difference.mean == 0
    assert comparison.shared_seeds == list(range(10))
    assert f"hill-climbing ({one}) is better than hill-climbing ({other}) by sample" in comparison.conclusion
    assert "by convergence (difference" in comparison.conclusion
    assert "By recommended action the two do not differ" in comparison.conclusion


def test_better_recommendations_alone_are_said_to_be_just_that(pair):
    one, other = pair
    luck = np.random.default_rng(0).normal(0, 0.1, 10)
    change(one, "final.jsonl", lambda row: 1 + luck[row["seed"]])
    conclusion = compare(one, other).conclusion
    assert f"hill-climbing ({one}) is better than hill-climbing ({other}) by recommended action" in conclusion
    assert "By sample efficiency the two do not differ" in conclusion


def test_equal_runs_allow_no_claim(pair):
    comparison = compare(*pair)
    assert comparison.differences[0].difference.mean == 0
    assert comparison.differences[0].probability_of_improvement == 0.5
    assert "better" not in comparison.conclusion


def test_an_unclear_difference_says_how_many_seeds_it_would_take(pair):
    one, other = pair
    luck = np.array([1.0, -0.6] * 5)
    change(one, "steps.jsonl", lambda row: luck[row["seed"]])
    found = compare(one, other)
    assert not found.differences[0].shown
    assert 50 < found.differences[0].seeds_needed < 500
    assert f"would take about {found.differences[0].seeds_needed} seeds to show" in found.conclusion
    assert "neither is shown to be better" in found.conclusion


def test_equal_differences_are_judged_by_their_sign(tmp_path):
    one, other = finished(tmp_path / "one", seeds=5), finished(tmp_path / "other", seeds=5)
    change(one, "steps.jsonl", lambda _: 1.0)
    found = compare(one, other).differences[0]
    assert (found.difference.low, found.p_value, found.shown) == (None, 2 / 2**5, False)
    one, other = finished(tmp_path / "one", seeds=10), finished(tmp_path / "other", seeds=10)
    change(one, "steps.jsonl", lambda _: 1.0)
    found = compare(one, other)
    assert found.differences[0].shown
    assert "no spread seen in 10 seeds" in found.conclusion


def test_two_seeds_allow_no_claim_however_large_the_difference(tmp_path):
    one, other = finished(tmp_path / "one", seeds=2), finished(tmp_path / "other", seeds=2)
    change(one, "steps.jsonl", lambda _: 100)
    assert "2 seeds allow no claim" in compare(one, other).conclusion


@pytest.mark.parametrize(("seeds", "shown"), [(4, "-"), (5, "1.00")])
def test_a_probability_is_printed_only_where_seeds_allow_a_claim(tmp_path, seeds, shown):
    one, other = finished(tmp_path / "one", seeds=seeds), finished(tmp_path / "other", seeds=seeds)
    change(one, "steps.jsonl", lambda _: 100)
    table = as_comparison(compare(one, other))
    [row] = [line for line in table.splitlines() if line.startswith("sample  ")]
    assert row.split()[-1] == shown


def test_only_shared_seeds_count(tmp_path):
    one, other = finished(tmp_path / "one", seeds=6), finished(tmp_path / "other", seeds=8)
    change(other, "steps.jsonl", lambda row: 1000 if row["seed"] > 5 else 0)
    comparison = compare(one, other)
    assert comparison.shared_seeds == list(range(6))
    assert comparison.differences[0].difference.mean == 0


@pytest.mark.parametrize(
    ("settings", "reason"),
    [({"steps": 5}, "steps 8 against 5"), ({"environment_options": ["days=9"]}, "environment toll-road against")],
)
def test_what_is_not_comparable_is_refused(tmp_path, settings, reason):
    with pytest.raises(InputError, match=reason):
        compare(finished(tmp_path / "one"), finished(tmp_path / "other", **settings))


def test_a_folder_that_holds_one_run_stands_for_it(tmp_path):
    one, other = finished(tmp_path / "one"), finished(tmp_path / "other")
    assert compare(tmp_path / "one", tmp_path / "other") == compare(one, other)
    with pytest.raises(InputError, match=r"holds 2 runs, such as .*; name one of them"):
        compare(tmp_path, other)
    with pytest.raises(InputError, match="no runs here"):
        compare(tmp_path / "nowhere", other)


def test_an_unfinished_run_is_refused(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        launch(request(tmp_path / "one"), Watcher(stop_after=3))
    [path] = [manifest.parent for manifest in (tmp_path / "one").rglob("manifest.json")]
    with pytest.raises(InputError, match="is not finished"):
        compare(path, finished(tmp_path / "other"))


def test_a_run_is_not_compared_with_itself(pair, tmp_path):
    with pytest.raises(InputError, match=r"/quick[^/]*: would be compared with itself; name two runs"):
        compare(pair[0], tmp_path / "one")


def test_a_submission_is_exported_and_reported_as_the_run_that_it_was(pair, cli, tmp_path):
    file = submit(pair[0], tmp_path / "boards")
    for name, source in (("run", pair[0]), ("submission", file)):
        assert cli("export", source, "-o", f"{name}.csv").returncode == 0
        assert cli("report", source, "-o", name, "--no-episodes").returncode == 0
    exported = [pd.read_csv(tmp_path / f"{name}.csv") for name in ("run", "submission")]
    same = ["seed", "step", "action_0", "payoff", "score", "training_timesteps", "principal_variant", "created"]
    assert exported[1][same].equals(exported[0][same])
    pages = [(tmp_path / name / "index.html").read_text() for name in ("run", "submission")]
    values = [list(map(float, re.findall(r'data-value="(-?[\d.]+)"', page))) for page in pages]
    assert len(values[0]) == 10
    assert values[1] == pytest.approx(values[0])  # seconds are rounded where they are packed


def test_submissions_are_compared_and_shown_as_the_runs_that_they_were(pair, cli, tmp_path):
    change(pair[1], "steps.jsonl", lambda row: -1 + row["seed"] / 100)
    files = [submit(path, tmp_path / f"boards {number}") for number, path in enumerate(pair)]
    said = [json.loads(cli("compare", *paths, "--json").stdout) for paths in (pair, files)]
    assert said[1]["differences"] == said[0]["differences"]
    assert compare(*files).differences == compare(*pair).differences
    shown = [json.loads(cli("results", path, "--format", "json").stdout)[0] for path in (pair[1], files[1])]
    assert shown[1]["scores"] == shown[0]["scores"]
    damaged = tmp_path / "damaged.json"
    damaged.write_text("{}")
    result = cli("compare", damaged, files[0])
    assert result.returncode == 2
    assert "damaged.json" in result.stderr


def test_the_command_prints_a_table_and_a_sentence_in_80_columns(pair, cli):
    change(pair[0], "steps.jsonl", lambda row: 0.01 * row["seed"])
    done = cli("compare", *pair)
    assert done.returncode == 0, done.stderr
    text = " ".join(done.stdout.split())
    assert "over 10 shared seeds, paired:" in text
    table = [line for line in done.stdout.splitlines() if str(pair[0]) not in line and str(pair[1]) not in line]
    assert max(map(len, table)) <= 80
    assert json.loads(cli("compare", *pair, "--json").stdout)["shared_seeds"] == list(range(10))


def test_the_results_fit_80_columns_say_what_is_left_out_and_pass_over_damage(pair, cli):
    (pair[1] / "steps.jsonl").write_text("{}\n")
    done = cli("results", *(path.parent for path in pair))
    assert done.returncode == 0
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert "--wide" in done.stdout
    assert done.stdout.count("no spread") == 0
    [warning] = done.stderr.splitlines()
    assert warning.startswith(f"policybench: left out: {pair[1]}")
    assert "validation timesteps" in cli("results", pair[0], "--wide").stdout
    alone = cli("results", pair[1])
    assert (alone.returncode, len(alone.stderr.splitlines())) == (2, 1)
