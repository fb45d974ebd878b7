"""What a learner did is a run like any other: scored, drawn, packed, and checked row by row."""

from __future__ import annotations

import json

import numpy as np
import pytest
from toy_runs import log

import policybench
from policybench import InputError
from policybench.analysis.summary import summarise
from policybench.gymnasium import Recording, make, make_vec
from policybench.leaderboard.checks_environment import check_against
from policybench.leaderboard.checks_identity import check_identity
from policybench.leaderboard.digest import dump
from policybench.leaderboard.folder import read_folder
from policybench.leaderboard.packing import pack, place_of
from policybench.leaderboard.tables import kind
from policybench.leaderboard.verification import verify

pytestmark = pytest.mark.usefixtures("toy")

ACTIONS = (0.2, 0.8, 0.5)


def learn(env, seed):
    env.reset(seed=12345)  # the seed of the record stays
    for action in ACTIONS:
        env.step(np.array([action + seed / 10]))
    env.reset()  # as libraries do at the end of an episode


@pytest.fixture
def recorded(tmp_path):
    """Seeds one after another, the second before the first."""
    recording = Recording(tmp_path, "my-learner", {"rate": 0.5, "layers": [8, 8]}, seeds=2)
    for seed in (1, 0):
        env = make("toll-road", seed=seed, steps=3, record=recording)
        learn(env, seed)
        env.finish(lambda _, seed=seed: np.array([0.5 + seed / 10]))
    return tmp_path / "toll-road" / "my-learner" / "quick-2x3"


def test_seeds_that_came_one_by_one_are_a_finished_run(recorded):
    summary = summarise(recorded)
    assert (summary.status, summary.external, summary.seeds, summary.steps_done) == ("finished", True, [0, 1], 3)
    rows = log(recorded)
    assert [(row["step"], row["seed"]) for row in rows] == [(step, seed) for step in range(3) for seed in (0, 1)]
    assert [row["action"] for row in rows[::2]] == [[action] for action in ACTIONS]
    assert summary.recommendations[1].action == [0.6]
    assert sorted(path.name for path in recorded.iterdir()) == [
        ".lock",
        "final.jsonl",
        "manifest.json",
        "steps.jsonl",
    ]
    run = policybench.Run(recorded)
    assert run.manifest.principal.options == {"rate": 0.5, "layers": [8, 8]}
    assert run.plot().axes


def test_side_by_side_they_are_the_same_run(recorded, tmp_path):
    other = Recording(tmp_path / "vector", "my-learner", {"rate": 0.5, "layers": [8, 8]})
    env = make_vec("toll-road", seeds=2, steps=3, record=other)
    env.reset()
    for action in ACTIONS:
        env.step(np.array([[action], [action + 0.1]]))
    env.finish(lambda seen: np.array([[0.5], [0.6]]))
    path = tmp_path / "vector" / recorded.relative_to(tmp_path)
    assert log(path) == log(recorded)
    assert (path / "final.jsonl").read_bytes() == (recorded / "final.jsonl").read_bytes()


def test_it_is_packed_as_external_and_its_rows_are_verified(recorded, tmp_path):
    submission = pack(recorded)
    path = tmp_path / "boards" / place_of(submission)
    path.parent.mkdir(parents=True)
    path.write_text(dump(submission))
    [entry] = read_folder(tmp_path / "boards").entries
    assert kind(entry) == "external"
    assert submission.command.startswith("none: a learner of policybench ")
    assert "not regenerable" in check_identity("file", submission)
    check_against("file", submission)
    found = verify("file", submission, np.random.default_rng(0), 1, n_final=None, n_steps=None)
    assert (found.refuted, len(found.rows)) == (False, 2 * (3 + 25))


def test_a_forged_row_is_refuted(recorded):
    lines = (recorded / "steps.jsonl").read_text().splitlines()
    forged = json.loads(lines[0])
    forged["payoff"] += 0.1
    (recorded / "steps.jsonl").write_text("\n".join([json.dumps(forged), *lines[1:]]) + "\n")
    assert verify("file", pack(recorded), np.random.default_rng(0), 1, n_final=None, n_steps=None).refuted


def test_the_name_of_a_plugin_is_nobody_elses(recorded, tmp_path):
    with pytest.raises(InputError, match="principal 'hill-climbing' is installed"):
        make("toll-road", record=Recording(tmp_path, "hill-climbing"))
    path = recorded / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["principal"] |= {"name": "hill-climbing", "variant": "hill-climbing"}
    path.write_text(json.dumps(manifest))
    with pytest.raises(InputError, match="belongs to a plugin, policybench-toy"):
        check_identity("file", pack(recorded))


def test_other_settings_need_another_name(recorded, tmp_path):
    with pytest.raises(InputError, match="another principal"):
        make("toll-road", steps=3, record=Recording(tmp_path, "my-learner", {"rate": 0.1}, seeds=2))


def test_a_budget_is_spent_once(tmp_path):
    env = make("toll-road", steps=3, record=tmp_path)
    learn(env, 0)
    with pytest.raises(InputError, match="what is recorded has no second episode"):
        env.step(np.array([0.1]))
    env.finish(lambda seen: seen["share"][:1])
    with pytest.raises(InputError, match="is finished; remove it, or name another folder"):
        make("toll-road", steps=3, record=tmp_path)


def test_a_seed_that_was_left_begins_anew_and_the_run_waits_for_all(tmp_path):
    env = make("toll-road", steps=3, record=tmp_path)
    env.reset()
    env.step(np.array([0.3]))
    with pytest.raises(InputError, match="1 of 3 steps are done"):
        env.finish(lambda _: np.array([0.3]))
    [run] = policybench.load(tmp_path)
    assert not run.finished
    again = make("toll-road", steps=3, record=tmp_path)
    learn(again, 0)
    again.finish(lambda _: np.array([0.3]))
    assert [row["action"] for row in log(run.path)] == [[action] for action in ACTIONS]


def test_a_record_without_its_end_shows_its_steps_and_what_is_missing(tmp_path, cli):
    recording = Recording(tmp_path, seeds=2)
    for seed, steps in ((0, 3), (1, 2)):
        env = make("toll-road", seed=seed, steps=3, record=recording)
        env.reset()
        for action in ACTIONS[:steps]:
            env.step(np.array([action + seed / 10]))
        if steps == 3:
            with pytest.warns(UserWarning, match=r"all 3 steps are recorded.*call env.finish") as caught:
                env.close()
            assert len(caught) == 1
            assert "\n" not in str(caught[0].message)
        else:
            env.close()  # not at its end: nothing is said
    [run] = policybench.load(tmp_path)
    assert run.steps[["step", "seed"]].to_numpy().tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]]
    assert run.steps.payoff.tolist() == [row["payoff"] for row in _parts(run.path)]
    assert run.plot().axes
    assert summarise(run.path).steps_done == 2
    assert "external (2 of 3" in cli("results", tmp_path).stdout
    with pytest.raises(
        InputError, match=r"is not finished; its learner's program must call env.finish\(recommend\)"
    ):
        pack(run.path)
    with pytest.raises(InputError, match=r"must call env.finish"):
        policybench.compare(run, run)


def _parts(path):
    """Rows of the first two steps of both seeds, in the order of a step log."""
    logs = [(path / "parts" / f"seed-{seed}.steps.jsonl").read_text().splitlines()[:2] for seed in (0, 1)]
    return [json.loads(line) for lines in zip(*logs, strict=True) for line in lines]


def test_recommendations_are_asked_for_each_context(tmp_path):
    env = make_vec("cer", seeds=2, steps=2, record=tmp_path, training_episodes=10, workers=1)
    env.reset()
    for _ in range(2):
        env.step(env.action_space.sample())
    env.finish(lambda seen: np.pad(np.stack([seen["context"]] * 2)[0].reshape(2, -1), ((0, 0), (0, 2)))[:, :5])
    [run] = policybench.load(tmp_path)
    final = run.final
    assert len(final) >= 2 * 25
    assert (
        final.filter(like="action_").to_numpy()[:, : final.filter(like="context_").shape[1]]
        == final.filter(like="context_").to_numpy()
    ).all()


@pytest.mark.parametrize(
    ("recording", "message"),
    [
        ({"principal": "My/Learner"}, "takes lower-case letters, digits and hyphens"),
        ({"library": "no-such-thing"}, "library 'no-such-thing' is not an installed distribution"),
        ({"seeds": 0}, "seeds 0: takes an integer from 1 to 1000"),
    ],
)
def test_wrong_recordings_are_one_line(tmp_path, recording, message):
    with pytest.raises(InputError) as caught:
        make("toll-road", record=Recording(tmp_path, **recording))
    assert message in str(caught.value)
