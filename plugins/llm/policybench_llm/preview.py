"""A prompt as a model would get it, without a model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from policybench import Environment
from policybench.streams import generator
from policybench_llm.demonstrations import Demonstration, parse_selection
from policybench_llm.observations import summarise
from policybench_llm.prompt import Messages, Prompt


def preview(environment: Environment, options: Mapping[str, Any], steps: int, seed: int, budget: int) -> Messages:
    """The messages that ask for the action after some steps with random actions.

    Args:
        environment: of this one seed.
        options: of the principal; those that concern the prompt.
        steps: how many past steps.
        seed: draws the actions.
        budget: number of all steps of the run that the prompt speaks of.
    """
    problem = environment.problem
    told = {name: options[name] for name in ("context", "history", "prose")}
    prompt = Prompt(problem, options["prompt"], **told)
    select = parse_selection(options["demonstrations"])
    rng = generator(seed, 0, "principal")
    if steps:
        environment.prepare()
    past = []
    for step in range(steps):
        action = rng.uniform(problem.action_space.low, problem.action_space.high)
        context = _context(environment, step)
        [outcome] = environment.evaluate(step, action[None])
        observation = summarise(outcome.observation)
        past.append(Demonstration(step, context, tuple(action.tolist()), float(outcome.payoff), observation))
    now = _context(environment, steps)
    return prompt.messages(select(past, now), now, step=steps, budget=budget)


def _context(environment: Environment, step: int) -> tuple[float, ...] | None:
    contexts = environment.contexts(step)
    return None if contexts is None else tuple(np.ravel(contexts[0]).tolist())
