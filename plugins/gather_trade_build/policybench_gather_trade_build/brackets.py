"""What the principal sets: a marginal rate for each of seven brackets of income."""

from __future__ import annotations

from policybench import Dimension

_SPANS = (
    *("0 to 9.7", "9.7 to 39.475", "39.475 to 84.2", "84.2 to 160.725"),
    *("160.725 to 204.1", "204.1 to 510.3"),
)
_NAMES = ("0-10", "10-39", "39-84", "84-161", "161-204", "204-510")

_PERIOD = "coins in a tax period of 100 time steps"


def _rate(where: str, income: str) -> Dimension:
    return Dimension(
        f"rate {where}",
        f"marginal tax rate on income {income} {_PERIOD}",
        Dimension(
            f"kept {where}",
            f"share of income {income} {_PERIOD} that an agent keeps, before transfers; the tax takes the rest",
        ),
    )


DIMENSIONS = (
    *(_rate(f"at {name}", f"from {span}") for name, span in zip(_NAMES, _SPANS, strict=True)),
    _rate("above 510", "above 510.3"),
)
