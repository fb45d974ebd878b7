"""The table is played back: the nearest action's payoffs, and nothing else."""

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import policybench
from policybench import InputError
from policybench.cli import cli
from policybench.testing import environment_checks
from policybench_tabular.environment import TabularEnvironment
from policybench_tabular.table import SHIPPED, load_table

ENVIRONMENT = TabularEnvironment(range(3), landscape="harvest-11")


@pytest.mark.parametrize("check", environment_checks("tabular"), ids=str)
def test_conforms(check):
    check()


def test_a_folder_and_its_zip_file_are_one_landscape(folder, payoffs):
    for landscape in (str(folder), str(SHIPPED["harvest-11"]), "harvest-11"):
        np.testing.assert_array_equal(load_table(landscape).payoffs, payoffs)


@given(action=st.tuples(*3 * [st.floats(0, 1)]))
def test_the_nearest_action_answers(payoffs, action):
    levels = np.linspace(0, 1, 11)
    far = np.abs(levels[:, None] - np.array(action))
    near = far <= far.min(axis=0) + 1e-6  # two levels, if the action lies halfway between them
    possible = payoffs[np.ix_(*near.T)]
    for outcome in ENVIRONMENT.evaluate(5, np.tile(action, (3, 1))):
        assert outcome.payoff in possible


def test_all_evaluations_come_up_equally_often(payoffs):
    environment = TabularEnvironment(range(20), landscape="harvest-11")
    best = np.array(environment.problem.ceiling.action[""])
    seen = [o.payoff for step in range(100) for o in environment.evaluate(step, np.tile(best, (20, 1)))]
    at = np.unravel_index(payoffs.mean(axis=-1).argmax(), (11, 11, 11))
    counts = [seen.count(payoff) for payoff in payoffs[at]]
    assert sum(counts) == 2000
    assert stats.chisquare(counts).pvalue > 0.001


def test_floor_is_what_random_actions_pay():
    environment = TabularEnvironment(range(100), landscape="harvest-11")
    rng = np.random.default_rng(0)
    paid = [o.payoff for step in range(30) for o in environment.evaluate(step, rng.uniform(0, 1, (100, 3)))]
    assert abs(np.mean(paid) - environment.problem.floor.payoff) < 4 * np.std(paid) / np.sqrt(len(paid))


def test_what_is_no_grid_is_refused(folder, tmp_path):
    with pytest.raises(InputError, match=r"-e landscape=nowhere: not found; takes .*harvest-11"):
        load_table("nowhere")
    text = (folder / "landscape.json").read_text()
    (tmp_path / "landscape.json").write_text(text)
    (tmp_path / "payoffs.jsonl").write_bytes(b"\n".join((folder / "payoffs.jsonl").read_bytes().split(b"\n")[:8]))
    with pytest.raises(InputError, match="not complete"):
        load_table(str(tmp_path))
    broken = tmp_path / "broken.zip"
    broken.write_bytes(b"PK nothing")
    with pytest.raises(InputError, match=r"broken\.zip: cannot be read"):
        load_table(str(broken))


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_landscapes_are_small_and_complete(name):
    assert SHIPPED[name].stat().st_size < 5_000_000
    table = load_table(name)
    assert table.payoffs.shape == (11, 11, 11, 4)
    assert np.isfinite(table.payoffs).all()


def test_it_has_no_leaderboard(tmp_path):
    run = policybench.run("random", "tabular", seeds=2, steps=3, out=tmp_path)
    result = CliRunner().invoke(cli, ["leaderboard", "add", str(run.path), "--to", str(tmp_path)])
    assert "tabular has no leaderboard: whoever knows its table" in str(result.exception)
