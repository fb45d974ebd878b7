"""Runs with relabelled actions: their files, how they resume, what figures show, what a leaderboard verifies."""

from __future__ import annotations

import json

import numpy as np
import pytest
from relabelling import uneven
from toy_runs import Watcher, log, request

from policybench import InputError
from policybench.harness.launch import launch
from policybench.landscape import load_landscape
from policybench.landscape.design import Design
from policybench.landscape.measuring import measure
from policybench.leaderboard import verification
from policybench.leaderboard.digest import dump, sealed
from policybench.leaderboard.packing import pack
from policybench.leaderboard.reading import read_submission
from policybench.plots.dimensions import dimension_names
from policybench.plugins import Plugin, registry
from policybench.recorded import recorded_environment
from policybench.relabelling.runs import plain_run
from policybench.store import load_run


@pytest.fixture(autouse=True)
def installed(monkeypatch):
    plugin = Plugin(uneven.SPEC, "policybench-uneven", "1.0")
    monkeypatch.setitem(registry().environments, "uneven", plugin)
    return plugin


def asked(out, *options, **changes):
    changes = {"principal": "random", "environment": "uneven", "environment_options": options} | changes
    return request(out, **changes)


def test_a_run_records_what_was_set_and_pays_what_that_means(tmp_path):
    run = load_run(launch(asked(tmp_path, "relabel=3", seeds=4), Watcher()))
    assert run.path.parts[-3:] == ("uneven-relabel=3", "random", "quick-4x8")
    assert run.manifest.environment.options == {"relabel": 3}
    met = plain_run(run)
    payoffs = -(uneven.WEIGHTS * (met.steps.actions - uneven.PEAK) ** 2).sum(axis=1)
    np.testing.assert_allclose(met.steps.payoffs, payoffs)
    assert not np.allclose(run.steps.actions, met.steps.actions)
    final = np.array([record.action for record in met.final])
    paid = [record.payoff for record in met.final]
    np.testing.assert_allclose(paid, -(uneven.WEIGHTS * (final - uneven.PEAK) ** 2).sum(axis=1))
    assert dimension_names(run.manifest.environment, 3) == ["tax", "toll", "fee"]


def test_without_it_nothing_is_recorded_and_nothing_changes(tmp_path):
    run = load_run(launch(asked(tmp_path), Watcher()))
    assert run.path.parts[-3] == "uneven"
    assert json.loads((run.path / "manifest.json").read_text())["environment"]["options"] == {}
    assert plain_run(run) is run


@pytest.mark.parametrize("stop_after", [1, 5])
def test_an_interrupted_run_ends_like_one_that_was_not(tmp_path, stop_after):
    whole = launch(asked(tmp_path / "whole", "relabel=3", principal="tpe"), Watcher())
    with pytest.raises(KeyboardInterrupt):
        launch(asked(tmp_path / "parts", "relabel=3", principal="tpe"), Watcher(stop_after))
    parts = launch(asked(tmp_path / "parts", "relabel=3", principal="tpe"), Watcher())
    assert log(parts) == log(whole)
    assert (parts / "final.jsonl").read_bytes() == (whole / "final.jsonl").read_bytes()


def verified(submission):
    return verification.verify("it", submission, np.random.default_rng(1), 1, n_final=None, n_steps=None)


def test_a_submission_is_verified_in_its_own_numbers(tmp_path):
    submission = pack(launch(asked(tmp_path, "relabel=3", seeds=5), Watcher()))
    path = tmp_path / "it.json"
    path.write_text(dump(submission))
    submission = read_submission(path)
    assert submission.manifest.environment.changed == ["relabel"]
    assert "-e relabel=3" in submission.command
    assert not verified(submission).refuted


def test_a_submission_under_another_relabelling_is_refuted(tmp_path):
    submission = pack(
        launch(asked(tmp_path, "relabel=3", principal="fixed", principal_options=["action=1,1,1"]), Watcher())
    )
    content = submission.model_dump(mode="json", exclude={"schema_version", "sha256"})
    content["manifest"]["environment"] |= {"options": {"relabel": 4}, "variant": "uneven-relabel=4"}
    content["command"] = content["command"].replace("relabel=3", "relabel=4")
    assert verified(sealed(content)).refuted


def test_a_landscape_is_measured_without_it_and_still_knows_the_best_action(tmp_path, installed):
    design = Design(seeds=2, levels=5)
    with pytest.raises(InputError, match="-e relabel=3: makes an action another one in each seed"):
        measure(installed, {"relabel": 3}, design, tmp_path, workers=1)
    path = measure(installed, {"relabel": None}, design, tmp_path, workers=1)
    best = load_landscape(path).best("1")
    options = [f"landscape={path}"]
    oracle = launch(asked(tmp_path, "relabel=3", principal="landscape-best", principal_options=options), Watcher())
    np.testing.assert_allclose(plain_run(load_run(oracle)).steps.actions, np.tile(best, (24, 1)))


def test_a_recommendation_is_evaluated_in_its_seeds_own_numbers(tmp_path):
    run = load_run(launch(asked(tmp_path, "relabel=3"), Watcher()))
    environment = recorded_environment(run.manifest.environment, [2])
    record = next(record for record in run.final if record.seed == 2)
    [outcome] = environment.evaluate(record.step, np.array([record.action]))
    assert outcome.payoff == record.payoff


def test_gymnasium_takes_it_where_all_seeds_have_one_action_space():
    from policybench.gymnasium import make_vec

    with pytest.raises(InputError, match="the numbers of uneven's action have different bounds"):
        make_vec("uneven", relabel=3)
    environment = make_vec("escape-room", seeds=2, steps=1, relabel=3, training_episodes=1)
    environment.reset()
    _, payoffs, *_ = environment.step(np.array([[2.0, 0.0, 0.0], [2.0, 0.0, 0.0]]))
    environment.close()
    assert np.isfinite(payoffs).all()


def test_floor_and_ceiling_are_measured_without_it(cli):
    done = cli("reference", "--env", "toll-road", "-e", "relabel=3")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "-e relabel=3: makes an action another one in each seed" in done.stderr
