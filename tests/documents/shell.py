"""Commands in the text of a shell block: lines, joined by backslashes, divided by ``&&``."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

_UNREADABLE = re.compile(r"<<|[;&]\s*$|^\s*(?:\$ |if |for |while )")


@dataclass(frozen=True)
class Command:
    """A command as it was written, and its words."""

    text: str
    words: tuple[str, ...]

    @property
    def program(self) -> str:
        """Its first word."""
        return self.words[0]


def read_commands(source: str) -> list[Command]:
    """The commands of a block; comments are left out.

    Raises:
        ValueError: a line is not simple enough to be read here.
    """
    commands = []
    for line in source.replace("\\\n", " ").splitlines():
        if _UNREADABLE.search(line):
            raise ValueError(
                f"{line.strip()!r}: write simple commands, without prompts, one a line or joined by &&"
            )
        for part in re.split(r"\s&&\s", line):
            words = shlex.split(part, comments=True)
            if words:
                commands.append(Command(part.strip(), tuple(words)))
    return commands
