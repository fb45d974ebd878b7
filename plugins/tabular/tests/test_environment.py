"""The table is played back: the nearest action's payoffs, and nothing else."""

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import policybench
from policybench import InputError
from policybench.cli import cli
from policybench.testing import environment_checks
from policybench_tabular.environment import TabularEnvironment
from policybench_tabular.table import SHIPPED, load_table


@pytest.mark.parametrize("check", environment_checks("tabular"), ids=str)
def test_conforms(check):
    check()


def test_a_folder_and_its_zip_file_are_one_landscape(folder, zipped, payoffs):
    for path in (folder, zipped):
        np.testing.assert_array_equal(load_table(str(path)).payoffs, payoffs)


@given(x=st.floats(0, 2), y=st.floats(0, 2), z=st.floats(0, 2))
def test_the_nearest_action_answers(zipped, payoffs, x, y, z):
    environment = TabularEnvironment(range(3), landscape=str(zipped))
    levels = np.linspace(environment.problem.action_space.low, environment.problem.action_space.high, 3)
    near = tuple(int(np.abs(levels[:, i] - value).argmin()) for i, value in enumerate((x, y, z)))
    for outcome in environment.evaluate(5, np.tile([x, y, z], (3, 1))):
        assert outcome.payoff in payoffs[near]


def test_all_evaluations_come_up_equally_often(zipped, payoffs):
    environment = TabularEnvironment(range(20), landscape=str(zipped))
    best = np.array(environment.problem.ceiling.action[""])
    seen = [o.payoff for step in range(200) for o in environment.evaluate(step, np.tile(best, (20, 1)))]
    assert abs(np.mean(seen) - payoffs.mean(axis=-1).max()) < 4 * np.std(payoffs) / np.sqrt(len(seen)) + 1e-9


def test_floor_is_what_random_actions_pay(zipped):
    environment = TabularEnvironment(range(100), landscape=str(zipped))
    space = environment.problem.action_space
    rng = np.random.default_rng(0)
    paid = [
        outcome.payoff
        for step in range(100)
        for outcome in environment.evaluate(step, rng.uniform(space.low, space.high, (100, 3)))
    ]
    assert abs(np.mean(paid) - environment.problem.floor.payoff) < 4 * np.std(paid) / 100


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
