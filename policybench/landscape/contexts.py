"""The contexts of an environment, as far as measurements need them: each context has actions of its own."""

from __future__ import annotations

from collections.abc import Collection

from policybench.contexts import context_key
from policybench.environment import Environment
from policybench.errors import InputError

MOST_CONTEXTS = 64
"""Every action is evaluated in each of them, and each must come up again and again."""


def context_keys(environment: Environment, step: int) -> list[str]:
    """The key of each seed's context at a step; empty texts where there are no contexts."""
    contexts = environment.contexts(step)
    return [""] * len(environment.seeds) if contexts is None else [context_key(context) for context in contexts]


def check_few(contexts: Collection[str]) -> None:
    """Raise ``InputError`` if there are more contexts than can be measured: real numbers, say."""
    if len(contexts) > MOST_CONTEXTS:
        raise InputError(
            f"the environment has more than {MOST_CONTEXTS} contexts; what actions pay can be measured only where "
            "a few contexts come up again and again"
        )
