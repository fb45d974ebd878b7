"""Prompts in blocks, so that a provider can keep the part that stays the same from step to step."""

from __future__ import annotations

from typing import Any

BLOCK = 2048
"""Characters a block at least; the last one, with what changes in every step, may be shorter."""

_MARKED = 2


def in_blocks(text: str, *, mark: bool) -> str | list[dict[str, Any]]:
    """The content of a message as text blocks, the last whole ones marked for the provider's cache, or as it is.

    A prompt grows at its end. Blocks are counted from the start and end with a line, so that those of a shorter
    prompt come back in the longer one: they are found in the cache. The last whole block may hold part of the
    question, which changes; the one before does not, so both are marked.

    Args:
        text: the message.
        mark: whether to make blocks at all.
    """
    blocks: list[dict[str, Any]] = []
    start = 0
    while mark and (end := text.find("\n", start + BLOCK - 1) + 1) > 0:
        blocks.append({"type": "text", "text": text[start:end]})
        start = end
    if not blocks:
        return text
    for block in blocks[-_MARKED:]:
        block["cache_control"] = {"type": "ephemeral"}
    return blocks + ([{"type": "text", "text": text[start:]}] if start < len(text) else [])
