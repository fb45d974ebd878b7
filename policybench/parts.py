"""Parts of a run: some of its seeds each, made apart and joined afterwards."""

from __future__ import annotations

import re
from dataclasses import dataclass

from policybench.errors import InputError


@dataclass(frozen=True)
class Part:
    """One of the parts that a run is made in; they are numbered from 1."""

    number: int
    count: int

    def __str__(self) -> str:
        """As users type it: ``3/5``."""
        return f"{self.number}/{self.count}"

    @property
    def suffix(self) -> str:
        """The end of its folder's name: ``part-3-of-5``."""
        return f"part-{self.number}-of-{self.count}"

    def seeds(self, n_seeds: int) -> list[int]:
        """Its seeds, out of 0, 1, ..., n_seeds - 1: as many as other parts have, or one more or less.

        >>> [Part(number, 3).seeds(10) for number in (1, 2, 3)]
        [[0, 1, 2], [3, 4, 5], [6, 7, 8, 9]]

        Raises:
            InputError: there are more parts than seeds.
        """
        if self.count > n_seeds:
            raise InputError(f"--part {self}: a run of {n_seeds} seeds has at most {n_seeds} parts")
        first, end = ((number * n_seeds) // self.count for number in (self.number - 1, self.number))
        return list(range(first, end))


def parse_part(text: str) -> Part:
    """The part that ``3/5`` names.

    Raises:
        InputError: it names none.
    """
    found = re.fullmatch(r"([0-9]{1,6})/([0-9]{1,6})", text)
    if found is None or not 1 <= int(found[1]) <= int(found[2]):
        raise InputError(f"--part {text}: write N/M, the N-th of M parts, with N from 1 to M")
    return Part(int(found[1]), int(found[2]))
