"""What a run would cost, before anything is spent: its prompts counted in tokens, at listed prices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from policybench import Environment
from policybench_llm.preview import preview
from policybench_llm.prices import Price

_PROSE = 3.8
_NUMBERS = 1.5
"""Characters a token of prose and of past steps, as SmolLM2's tokenizer counts them. It spends a token on each
digit; the tokenizers of most hosted models spend fewer, so that the estimate is rather too high."""

_ANSWER = 14
"""Tokens that one number of an answer takes, with its name, quotes and signs."""

_QUESTION = 500
"""Characters at a prompt's end that no cache can keep."""

_CACHEABLE = 1024
"""Tokens from which on providers keep the start of a prompt."""

_MEASURED = 3


@dataclass(frozen=True)
class Estimate:
    """Tokens of a run: of prompts, those of them that a cache may serve, and of answers with their thinking."""

    calls: int
    input_tokens: int
    cached_tokens: int
    output_tokens: int

    def dollars(self, price: Price, *, cache: bool) -> float:
        """US dollars, with a cache that serves all that it may, or without any."""
        if not cache:
            return price.of(self.input_tokens, self.output_tokens)
        written = self.input_tokens - self.cached_tokens
        return price.of(self.input_tokens, self.output_tokens, self.cached_tokens, written)


def estimate(
    environment: Environment, options: Mapping[str, Any], *, seeds: int, steps: int, thinking: int
) -> Estimate:
    """The tokens of a run in which every answer is usable and the search never ends early.

    Args:
        environment: of one seed; a few random actions are evaluated for the length of past steps.
        options: of the principal; those that concern the prompt.
        seeds: number of seeds.
        steps: principal steps of each.
        thinking: tokens of thinking before each answer.
    """
    first, later = (
        sum(len(message["content"]) for message in preview(environment, options, n, 0, steps))
        for n in (0, _MEASURED)
    )
    head, each = first / _PROSE, (later - first) / _MEASURED / _NUMBERS
    prompts = [head + each * step for step in range(steps)]
    kept = [max(prompt - _QUESTION / _PROSE, 0) for prompt in prompts[:-1]]
    cached = sum(tokens for tokens in kept if tokens >= _CACHEABLE)
    answer = _ANSWER * environment.problem.action_dim + thinking
    return Estimate(seeds * steps, round(seeds * sum(prompts)), round(seeds * cached), seeds * steps * answer)
