"""What a model thinks aloud before it answers, told apart from the answer."""

from __future__ import annotations

import re

_TAG = re.compile(
    r"<(/?)(?:think|thinking|thought|thoughts|reasoning|reflection|scratchpad|seed:think)>"
    r"|\[(/?)THINK\]"
    r"|◁(/?)think▷"
    r"|<\|channel\|>(analysis|commentary|final)",
    re.IGNORECASE,
)


def without_thinking(text: str) -> tuple[str, bool]:
    """A text without its thinking, and whether it ends while still thinking.

    A closing tag without an opening one ends thinking that began before the text: some servers keep the opening
    tag to themselves.

    >>> without_thinking("<think>5 was bad</think>[3]")
    ('[3]', False)
    >>> without_thinking("5 was bad</think>[3]")
    ('[3]', False)
    >>> without_thinking("<think>5 was bad, so per")
    ('', True)
    """
    kept: list[str] = []
    place, thinking = 0, False
    for tag in _TAG.finditer(text):
        if not thinking:
            kept.append(text[place : tag.start()])
        place = tag.end()
        closes = "/" in (tag[1], tag[2], tag[3]) or (tag[4] or "").lower() == "final"
        if closes and not thinking:
            kept.clear()
        thinking = not closes
    if not thinking:
        kept.append(text[place:])
    return "".join(kept), thinking
