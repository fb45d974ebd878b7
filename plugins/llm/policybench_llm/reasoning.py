"""How much a model may think before it answers, as each provider wants to be told."""

from __future__ import annotations

import json
from typing import Any

from policybench import InputError
from policybench_llm.providers import Sdk

_OWN = {
    "model": "-p model=",
    "messages": "-p prompt=",
    "system": "-p prompt=",
    "max_tokens": "-p max_tokens=",
    "max_completion_tokens": "-p max_tokens=",
    "temperature": "-p temperature=",
    "reasoning_effort": "-p reasoning_effort=",
    "response_format": "-p schema=",
}


_EXAMPLE = """a JSON object such as '{"top_p": 0.9}'"""


def reasoning_fields(sdk: Sdk, effort: str | None, budget: int | None) -> dict[str, Any]:
    """The fields of a request that say it.

    Args:
        sdk: whose protocol.
        effort: a word such as ``low``; None for the provider's default.
        budget: tokens of thinking; likewise.

    Raises:
        InputError: the protocol has no field for it.
    """
    if sdk == "openai":
        if budget is not None:
            raise InputError(
                f"-p thinking_budget={budget}: only Anthropic's protocol has a budget; use -p reasoning_effort=, "
                "or the server's own field in -p extra="
            )
        return {} if effort is None else {"reasoning_effort": effort}
    fields: dict[str, Any] = {}
    if effort is not None:
        fields["output_config"] = {"effort": effort}
    if budget is not None:
        fields["thinking"] = {"type": "enabled", "budget_tokens": budget}
    return fields


def read_extra(text: str | None) -> dict[str, Any]:
    """Fields that a user adds to every request; raises ``InputError`` if the text is no JSON object of such."""
    if text is None:
        return {}
    try:
        extra = json.loads(text)
    except ValueError as error:
        raise InputError(f"-p extra={text}: is no JSON ({error}); takes {_EXAMPLE}") from None
    if not isinstance(extra, dict):
        raise InputError(f"-p extra={text}: takes {_EXAMPLE}")
    for name in extra:
        if name in _OWN:
            raise InputError(f"-p extra={text}: {name} is set by {_OWN[name]}")
        if name == "stream":
            raise InputError(f"-p extra={text}: stream is chosen by itself, as the server wants it")
    return extra
