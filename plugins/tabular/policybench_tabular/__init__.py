"""An environment that answers from a measured landscape instead of playing a game.

``table`` reads a landscape, ``environment`` answers from it, ``measured/`` holds those that are shipped.
"""

from __future__ import annotations

from collections.abc import Iterable

from policybench import EnvironmentSpec, Option, hookimpl

_OPTIONS = (
    Option(
        "landscape",
        str,
        "harvest-11",
        "what it answers from: the name of a landscape that is shipped, or a folder or zip file of a grid that "
        "`policybench landscape --levels` measured",
    ),
)


@hookimpl
def policybench_environments() -> Iterable[EnvironmentSpec]:
    """Announces ``tabular``."""
    yield EnvironmentSpec(
        "tabular",
        "A measured landscape played back in microseconds, for developing principals; not for leaderboards.",
        "policybench_tabular.environment:TabularEnvironment",
        _OPTIONS,
        why_no_leaderboard="whoever knows its table knows the answer",
    )
