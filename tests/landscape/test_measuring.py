"""Landscapes: what is measured, that it survives being killed, and what is read from it."""

import json

import numpy as np
import pytest

from policybench import InputError
from policybench.landscape import Design, load_landscape, measure
from policybench.options import parse_options
from policybench.plugins import registry
from policybench.testing import principal_checks

pytestmark = pytest.mark.usefixtures("toy")


GRID = Design(levels=5, random=None, seeds=4)


def toll_road(folder, design=GRID, **changes):
    plugin = registry().environment("toll-road")
    return measure(plugin, {"days": 40, "delay": 0.0}, design, folder, workers=1, **changes)


def test_a_grid_is_measured_and_its_best_action_found(tmp_path):
    landscape = load_landscape(toll_road(tmp_path))
    assert landscape.complete
    assert landscape.actions.ravel().tolist() == [0, 0.5, 1, 1.5, 2]
    assert landscape.payoffs[""].shape == (5, 4)
    assert landscape.best("") == landscape.actions[landscape.means("").argmax()]
    environment = registry().environment("toll-road").spec.create(range(4))
    [step] = landscape.manifest.steps
    outcomes = environment.evaluate(step, np.full((4, 1), 1.5))
    assert landscape.payoffs[""][3].tolist() == [outcome.payoff for outcome in outcomes]


@pytest.mark.parametrize(
    ("levels", "random", "asked"), [(100_001, None, "--levels 100001"), (None, 100_001, "--random 100001")]
)
def test_a_landscape_has_a_size(tmp_path, levels, random, asked):
    with pytest.raises(InputError, match=rf"{asked}.*allowed are 100,000 actions"):
        toll_road(tmp_path, Design(levels=levels, random=random, seeds=2))
    assert not list(tmp_path.iterdir())


def test_random_actions_fill_the_space(tmp_path):
    landscape = load_landscape(toll_road(tmp_path, Design(levels=None, random=60, seeds=2)))
    assert landscape.actions.shape == (60, 1)
    assert landscape.actions.min() < 0.2
    assert landscape.actions.max() > 1.8
    assert landscape.manifest.levels is None


def test_an_interrupted_landscape_goes_on_and_ends_the_same(tmp_path):
    whole, broken = toll_road(tmp_path / "a"), tmp_path / "b"
    ticks = []

    def tick():
        ticks.append(1)
        if len(ticks) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        toll_road(broken, tick=tick)
    file = broken / "toll-road" / "levels=5,seeds=4" / "payoffs.jsonl"
    with file.open("ab") as lines:
        lines.write(b'{"action": 3, "st')
    assert len(load_landscape(file.parent).actions) == 3
    begun = []
    toll_road(broken, begin=lambda done, total: begun.append((done, total)))
    assert begun == [(3, 5)]
    assert file.read_bytes() == (whole / "payoffs.jsonl").read_bytes()


@pytest.mark.parametrize("name", [str(check) for check in principal_checks("landscape-best")])
def test_the_principal_that_plays_a_landscape_conforms(tmp_path, name):
    """It plays the one environment that was measured, and refuses all other tasks."""
    checks = principal_checks("landscape-best", landscape=str(toll_road(tmp_path)))
    [check] = [check for check in checks if check.name == name]
    check()


def test_contexts_have_landscapes_of_their_own(tmp_path):
    plugin = registry().environment("cer")
    options = parse_options("cer", "-e", ["training_episodes=30"], plugin.spec.options)
    path = measure(plugin, options, Design(None, 4, 2), tmp_path, workers=1)
    landscape = load_landscape(path)
    assert set(landscape.payoffs) == {"1,0,0", "0,1,0", "0,0,1"}
    assert all(payoffs.shape[0] == 4 and payoffs.shape[1] >= 2 for payoffs in landscape.payoffs.values())
    assert path.parent.name == "cer-training_episodes=30"


def test_damage_and_other_landscapes_are_refused(tmp_path):
    with pytest.raises(InputError, match="no landscape here"):
        load_landscape(tmp_path)
    path = toll_road(tmp_path)
    lines = (path / "payoffs.jsonl").read_text().splitlines(keepends=True)
    (path / "payoffs.jsonl").write_text("".join(lines[1:]))
    with pytest.raises(InputError, match=r"payoffs\.jsonl, line 1: damaged: expected action, step and seed"):
        load_landscape(path)
    manifest = json.loads((path / "landscape.json").read_text())
    (path / "landscape.json").write_text(json.dumps({**manifest, "seeds": [7, 8, 9, 10]}))
    with pytest.raises(InputError, match="holds a landscape of another environment"):
        toll_road(tmp_path)
    assert load_landscape(toll_road(tmp_path, fresh=True)).complete


def test_the_command_prints_the_best_actions(cli, tmp_path):
    done = cli("landscape", "--env", "toll-road", "--levels", 3, "--seeds", 2)
    assert done.returncode == 0, done.stderr
    assert "best actions" in done.stdout
    assert "3 actions: mean" in done.stdout
    again = cli("landscape", "--env", "toll-road", "--levels", 3, "--seeds", 2)
    assert again.stdout == done.stdout
    wrong = cli("landscape", "--env", "toll-road", "--levels", 3, "--random", 5)
    assert (wrong.returncode, wrong.stderr) == (2, "policybench: --levels 3 and --random 5: give one of the two\n")


def test_the_oracle_plays_the_best_action(cli, tmp_path):
    assert cli("landscape", "--env", "toll-road", "--levels", 5, "--seeds", 4).returncode == 0
    where = "landscape=landscapes/toll-road/levels=5,seeds=4"
    done = cli("run", "--principal", "landscape-best", "--env", "toll-road", "-p", where, "--protocol", "smoke")
    assert done.returncode == 0, done.stderr
    best = load_landscape(tmp_path / "landscapes/toll-road/levels=5,seeds=4").best("").tolist()
    [log] = tmp_path.glob("runs/toll-road/*/smoke/steps.jsonl")
    assert all(json.loads(line)["action"] == best for line in log.read_text().splitlines())
    other = cli("run", "--principal", "landscape-best", "--env", "escape-room", "-p", where, "--protocol", "smoke")
    assert other.returncode == 2
    assert "of toll-road, with actions from" in other.stderr
    missing = cli("run", "--principal", "landscape-best", "--env", "toll-road", "--protocol", "smoke")
    assert "-p landscape=... is missing" in missing.stderr
