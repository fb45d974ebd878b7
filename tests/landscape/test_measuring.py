"""Landscapes: what is measured, that it survives being killed, and what is read from it."""

import json
import re

import numpy as np
import pytest
from click.testing import CliRunner

from policybench import InputError
from policybench.cli.landscape import landscape_command
from policybench.landscape import Design, load_landscape, measure
from policybench.options import parse_options
from policybench.plugins import registry
from policybench.testing import principal_checks

pytestmark = pytest.mark.usefixtures("toy")


GRID = Design(levels=5, seeds=4)


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
    landscape = load_landscape(toll_road(tmp_path, Design(random=60, seeds=2)))
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


def test_a_landscape_of_other_versions_is_not_continued(tmp_path):
    def stop():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        toll_road(tmp_path, tick=stop)
    file = tmp_path / "toll-road" / "levels=5,seeds=4" / "landscape.json"
    manifest = json.loads(file.read_text())
    for part, name, value in (("versions", "numpy", "1.0.0"), ("machine", "architecture", "abacus")):
        file.write_text(json.dumps(manifest | {part: manifest[part] | {name: value}}))
        with pytest.raises(InputError, match=rf"begun on another platform \({name} {value}, here .*--fresh"):
            toll_road(tmp_path)
    toll_road(tmp_path, fresh=True)
    whole = json.loads(file.read_text())
    file.write_text(json.dumps(whole | {"versions": {"python": "2.7"}}))
    toll_road(tmp_path)  # nothing is measured any more


def test_payoffs_without_a_manifest_are_kept(tmp_path):
    file = toll_road(tmp_path) / "landscape.json"
    payoffs = file.with_name("payoffs.jsonl").read_bytes()
    file.unlink()
    with pytest.raises(InputError, match=r"landscape\.json: missing, although there is payoffs\.jsonl; .*--fresh"):
        toll_road(tmp_path)
    assert file.with_name("payoffs.jsonl").read_bytes() == payoffs
    toll_road(tmp_path, fresh=True)


@pytest.mark.parametrize("name", [str(check) for check in principal_checks("landscape-best")])
def test_the_principal_that_plays_a_landscape_conforms(tmp_path, name):
    """It plays the one environment that was measured, and refuses all other tasks."""
    checks = principal_checks("landscape-best", landscape=str(toll_road(tmp_path)))
    [check] = [check for check in checks if check.name == name]
    check()


def test_contexts_have_landscapes_of_their_own(tmp_path):
    plugin = registry().environment("cer")
    options = parse_options("cer", "-e", ["training_episodes=30"], plugin.spec.options)
    path = measure(plugin, options, Design(random=4, seeds=2), tmp_path, workers=1)
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
    message = "policybench: --levels 3 and --random 5: give one of --levels, --random and --action\n"
    assert (wrong.returncode, wrong.stderr) == (2, message)


def test_given_actions_are_listed_in_their_order_for_each_environment(cli, tmp_path):
    command = ("landscape", "--env", "toll-road", "--seeds", 3, "--action", "no toll=0", "--action", "1.5")
    done = cli(*command, "-e", "days=20", "-e", "days=40", "-e", "days=20", "-e", "delay=0")
    assert done.returncode == 0, done.stderr
    header, _, *rows = done.stdout.splitlines()
    assert header.split() == ["action", "days=20", "days=40"]
    assert [row.split("  ")[0] for row in rows[:2]] == ["no toll", "1.5"]
    landscapes = [load_landscape(path) for path in sorted(tmp_path.glob("landscapes/*/*"))]
    assert [landscape.manifest.environment.variant for landscape in landscapes] == [
        "toll-road",
        "toll-road-days=20",
    ]
    for at, landscape in zip((2, 1), landscapes, strict=True):
        for row, payoffs in zip(rows, landscape.payoffs[""], strict=False):
            mean, spread = re.split(r"\s{2,}", row)[at].split()
            assert float(mean) == pytest.approx(payoffs.mean(), rel=1e-3)
            assert float(spread.strip("()")) == pytest.approx(payoffs.std(ddof=1), rel=0.06)
    expected = np.corrcoef(*(landscape.means("") for landscape in landscapes))[0, 1]
    assert f"days=20 and days=40: mean payoffs correlate {expected:.2f}" in done.stdout
    assert cli(*command, "-e", "days=20", "-e", "days=40").stdout == done.stdout


def test_grids_and_random_actions_can_be_bounded(cli, tmp_path):
    for size in (("--levels", 3), ("--random", 40)):
        done = cli("landscape", "--env", "toll-road", *size, "--low", 0.5, "--high", 1.5, "--seeds", 2)
        assert done.returncode == 0, done.stderr
    grid, drawn = (load_landscape(path) for path in sorted(tmp_path.glob("landscapes/toll-road/*")))
    assert grid.path.name == "levels=3,seeds=2-low=0.5,high=1.5"
    assert grid.actions.ravel().tolist() == [0.5, 1, 1.5]
    assert 0.5 <= drawn.actions.min() < 0.6 < 1.4 < drawn.actions.max() <= 1.5


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--action", "3"], "--action 3: out of range, takes 1 numbers in [0, 2]"),
        (["--action", "a=b"], "--action b: takes 1 numbers separated by commas"),
        (["--action", "1", "--action", "1=2"], "--action 1=2: there is one called '1' already"),
        (["--action", "1", "--levels", "3"], "--levels 3 and --action 1: give one of"),
        (["--action", "1", "--low", "0"], "--low 0: is for --levels and --random"),
        (["--low", "1", "--high", "1"], "action [0] from 1 to 1: every number of --low must be less"),
        (["--high", "3"], "--high 3: out of range"),
        (["-e", "days=40", "-e", "days=0"], "-e days=0"),
    ],
)
def test_wrong_actions_are_one_clear_line(toy, arguments, message):
    found = CliRunner().invoke(landscape_command, ["--env", "toll-road", "--quiet", *arguments])
    assert message in str(found.exception)
    assert isinstance(found.exception, InputError)


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
