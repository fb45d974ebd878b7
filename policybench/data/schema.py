"""The columns of exported tables: names, kinds, meanings. ``SCHEMA_VERSION`` rises when one of them changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

SCHEMA_VERSION = 1
"""Columns may be added without a new version; none changes its name, kind or meaning, and none goes."""

Kind = Literal["text", "integer", "number", "truth", "time", "json"]


@dataclass(frozen=True)
class Column:
    """A column: ``json`` is text that holds a JSON document, ``time`` a moment in UTC, ``truth`` yes or no."""

    name: str
    kind: Kind
    meaning: str


@dataclass(frozen=True)
class Table:
    """Columns of one length; a cell is None where there is nothing to say."""

    columns: tuple[Column, ...]
    values: dict[str, list[Any]]

    def __len__(self) -> int:
        """How many rows there are."""
        return len(self.values[self.columns[0].name])


RUN = (
    Column("schema_version", "integer", "version of this schema"),
    Column("run", "text", "folder of the run"),
    Column("status", "text", "`running` or `finished`"),
    Column("environment", "text", "name of the environment"),
    Column("environment_variant", "text", "the name with the options that differ from their defaults"),
    Column("environment_distribution", "text", "distribution that brought it"),
    Column("environment_version", "text", "version of the distribution"),
    Column("environment_options", "json", "value of every option"),
    Column("principal", "text", "name of the principal"),
    Column("principal_variant", "text", "the name with the options that differ from their defaults"),
    Column("principal_distribution", "text", "distribution that brought it"),
    Column("principal_version", "text", "version of the distribution"),
    Column("principal_options", "json", "value of every option"),
    Column("hosted", "truth", "whether decisions came from a service whose version cannot be fixed"),
    Column("external", "truth", "whether the principal is no plugin but a learner of its own program"),
    Column("protocol", "text", "name of the protocol"),
    Column("protocol_label", "text", "the name, with other seeds or steps than its own: `quick-2x20`"),
    Column("seeds", "integer", "number of seeds"),
    Column("budget", "integer", "principal steps a seed"),
    Column("final_options", "json", "options of the environment that differ in the final evaluations"),
    Column("floor", "number", "payoff that scores 0; empty where it was never measured"),
    Column("ceiling", "number", "payoff that scores 1; empty where it was never measured"),
    Column("created", "time", "when the run was begun"),
    Column("finished", "time", "when it was finished"),
    Column("versions", "json", "versions of Python and of the libraries that numbers depend on"),
    Column("machine", "json", "system, architecture, processor, C library, cores, instruction sets"),
)
"""What every row says of its run: all that the manifest fixes."""

PAYOFF = (
    Column("payoff", "number", "in the environment's own unit"),
    Column("score", "number", "the payoff from 0, floor, to 1, ceiling; empty where these were never measured"),
    Column("training_timesteps", "integer", "game steps in which followers learned"),
    Column("validation_timesteps", "integer", "game steps in which the principal was scored"),
)

STEPS = (
    Column("seconds", "number", "the row's share of the step's wall-clock time"),
    Column("filled", "truth", "whether the search had ended, so that nothing was evaluated"),
    Column("failed", "truth", "whether the principal had no answer of its own"),
    Column("notes", "json", "what the principal noted: costs, say"),
)
"""What only steps have."""

EVALUATIONS = (Column("evaluation", "integer", "which evaluation of its seed's recommendation, from 0"),)
"""What only final evaluations have."""


def numbered(name: str, count: int) -> tuple[Column, ...]:
    """``action_0``, ``action_1``, ...: the entries of an action or a context."""
    return tuple(Column(f"{name}_{i}", "number", f"entry {i} of the {name}") for i in range(count))
