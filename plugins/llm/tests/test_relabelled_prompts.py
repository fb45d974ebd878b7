"""Prompts about relabelled actions: truthful by default, and the old prose as a control."""

from __future__ import annotations

import subprocess
import sys

import pytest

from policybench import InputError
from policybench.plugins import registry
from policybench_llm.prompt import Prompt

SEEDS = range(6)


def texts(environment, **options):
    spec = registry().environment(environment).spec
    problems = spec.create(SEEDS, relabel=5, training_episodes=1).problems
    prompts = [Prompt(problem, None, **{"context": "rules", "history": True} | options) for problem in problems]
    return problems, [prompt.messages([], None, step=0, budget=9)[-1]["content"] for prompt in prompts]


def test_a_prompt_tells_of_the_relabelled_numbers():
    problems, told = texts("harvest")
    assert len(set(told)) > 3
    for problem, text in zip(problems, told, strict=True):
        for number, dimension in enumerate(problem.description.action, start=1):
            assert f"x{number}, from 0 to 1: {dimension.meaning}" in text


def test_the_old_prose_is_the_same_for_every_seed():
    problems, told = texts("harvest", prose="plain")
    assert len(set(told)) == 1
    for number, dimension in enumerate(problems[0].plain.description.action, start=1):
        assert f"x{number}, from 0 to 1: {dimension.meaning}" in told[0]


def test_the_old_prose_needs_a_relabelled_action_and_a_context_that_has_prose():
    problem = registry().environment("escape-room").spec.create([0]).problem
    with pytest.raises(
        InputError, match="-p prose=plain: is a control for relabelled actions; give -e relabel=SEED"
    ):
        Prompt(problem, None, context="rules", history=True, prose="plain")
    with pytest.raises(InputError, match="-p prose=plain: with -p context=anonymous no prose is told"):
        texts("escape-room", prose="plain", context="anonymous")


def test_the_command_line_says_so_in_one_line(tmp_path):
    command = [
        sys.executable,
        "-m",
        "policybench",
        "run",
        "--principal",
        "llm",
        "--env",
        "escape-room",
        "-p",
        "prose=plain",
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "policybench: -p prose=plain: is a control for relabelled actions; give -e relabel=SEED, too"
    ]
