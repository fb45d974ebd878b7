"""The example: installed as a reader installs it, it keeps to the interface and runs."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from command_line import call
from gymnasium import spaces

from policybench import Description, Dimension, Outcome, Problem, Timesteps, plugins
from policybench.store import checkpoint

EXAMPLE = Path(__file__).parents[1]

CONTEXTS = 0.5 + 1e-9 * np.eye(2)
"""Two that differ in the ninth digit."""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A folder into which the example is installed."""
    folder = tmp_path_factory.mktemp("site")
    pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-build-isolation", "--target"]
    subprocess.run([*pip, folder, EXAMPLE], check=True, capture_output=True)
    return folder


@pytest.fixture
def spec(site, monkeypatch):
    """The example's principal, in this process."""
    monkeypatch.syspath_prepend(str(site))
    plugins.registry.cache_clear()
    yield plugins.registry().principal("nevergrad").spec
    plugins.registry.cache_clear()


def test_the_class_has_fewer_than_30_lines():
    source = (EXAMPLE / "policybench_nevergrad" / "principal.py").read_text()
    [example] = [node for node in ast.parse(source).body if isinstance(node, ast.ClassDef)]
    text = example.body[0]
    prose = range(text.lineno, text.end_lineno + 1) if ast.get_docstring(example) else ()
    lines = source.splitlines()
    code = [i for i in range(example.lineno, example.end_lineno + 1) if i not in prose and lines[i - 1].strip()]
    assert len(code) < 30
    assert f"has {len(code)} lines" in " ".join((EXAMPLE / "README.md").read_text().split())


@pytest.mark.usefixtures("spec")
def test_it_keeps_to_the_interface_and_runs(tmp_path):
    def policybench(*arguments):
        return call(arguments, tmp_path)

    checked = policybench("check-plugin", "nevergrad")
    assert checked.returncode == 0, checked.stdout
    run = ["run", "--principal", "nevergrad", "--env", "escape-room", "--protocol", "smoke", "--quiet"]
    run += ["-e", "training_episodes=20"]
    ran = policybench(*run, "-p", "optimizer=DE")
    assert ran.returncode == 0, ran.stderr
    assert "Warning" not in ran.stderr
    assert "nevergrad-optimizer=DE" in ran.stdout
    assert list(tmp_path.glob("runs/*/nevergrad-optimizer=DE/smoke/final.jsonl"))
    refused = policybench(*run, "-p", "optimizer=NGOpt")
    assert refused.returncode == 2
    assert "optimizer takes one of TBPSA, DE, PSO, OnePlusOne." in refused.stderr


def _play(principal, steps):
    """Actions, [n, 3]; the best one depends on the context, which alternates."""
    actions = []
    for step in steps:
        context = CONTEXTS[step % 2]
        actions.append(principal.ask(context))
        assert principal.problem.action_space.contains(actions[-1])
        luck = np.random.default_rng(step).normal(0, 0.3)
        payoff = luck - float(((actions[-1] - (0.1, 1.9, 1.0)) ** 2).sum()) * (1 + step % 2)
        principal.tell(actions[-1], Outcome(payoff, Timesteps(1, 1)))
    return np.array(actions)


@pytest.mark.parametrize("optimizer", ["TBPSA", "DE", "PSO", "OnePlusOne"])
def test_each_optimizer_learns_and_continues_in_every_byte(optimizer, spec):
    problem = Problem(
        action_space=spaces.Box(-0.1, 2.3, (3,), np.float64),
        observation_space=spaces.Dict(),
        context_space=spaces.Box(0.0, 1.0, (2,), np.float64),
        steps=400,
        fine_levels=5,
        coarse_levels=3,
        description=Description(story="", action=(Dimension("x", ""),) * 3, payoff=""),
    )
    [option] = spec.options
    assert optimizer in option.choices
    assert len(option.choices) == 4
    principal = spec.create(problem, rng=np.random.default_rng(1), optimizer=optimizer)
    _play(principal, range(100))
    other = spec.create(problem, rng=np.random.default_rng(2), optimizer=optimizer)
    other.load_state_dict(checkpoint.decode(checkpoint.encode(principal.state_dict())))
    assert _play(other, range(100, 200)).tobytes() == _play(principal, range(100, 200)).tobytes()
    assert len(principal.searches) == 2
    for context in CONTEXTS:
        recommended = principal.recommend(context)
        assert other.recommend(context).tobytes() == recommended.tobytes()
        # The middle of the space has a squared distance of 1.65, and random actions 3.1 on average.
        assert ((recommended - (0.1, 1.9, 1.0)) ** 2).sum() < 1.0
