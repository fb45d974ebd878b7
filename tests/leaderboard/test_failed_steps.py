"""Steps in which a principal had no answer of its own are counted, shown, and limited."""

import json

import pytest
from toy_runs import Watcher, request

from policybench import InputError
from policybench.analysis.summary import summarise
from policybench.cli.tables import as_card, as_table
from policybench.harness.launch import launch
from policybench.leaderboard.checks import check_content
from policybench.leaderboard.digest import dump
from policybench.leaderboard.packing import pack
from policybench.leaderboard.reading import read_submission

pytestmark = pytest.mark.usefixtures("toy")


@pytest.fixture
def run(tmp_path):
    return launch(request(tmp_path / "runs", seeds=5, steps=20), Watcher())


def mark(run, number):
    """Note in the first lines of the step log that the principal failed."""
    log = run / "steps.jsonl"
    rows = [json.loads(line) for line in log.read_text().splitlines()]
    for row in rows[:number]:
        row["notes"] = {"failed": True}
    log.write_text("".join(json.dumps(row) + "\n" for row in rows))


def packed(run, tmp_path):
    path = tmp_path / "packed.json"
    path.write_text(dump(pack(run)))
    return read_submission(path)


def test_results_show_the_share(run):
    assert "failed" not in as_card(summarise(run))
    mark(run, 7)
    summary = summarise(run)
    assert summary.failed_share == 0.07
    assert "20 (7% failed)" in as_card(summary)
    assert "failed" in as_table([summary])


def test_a_submission_counts_them_and_has_few(run, tmp_path):
    assert packed(run, tmp_path).costs.failed_steps == 0
    mark(run, 5)
    submission = packed(run, tmp_path)
    assert submission.costs.failed_steps == 5
    check_content("here", submission)
    mark(run, 6)
    with pytest.raises(InputError, match=r"costs.failed_steps: in 6 steps .* allowed are 5"):
        check_content("here", packed(run, tmp_path))
