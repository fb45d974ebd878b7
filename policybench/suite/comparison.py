"""What a comparison consists of: principals, environments, a protocol."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from policybench.errors import InputError
from policybench.options import parse_options
from policybench.plugins import registry
from policybench.protocol import MOST_SEEDS, MOST_STEPS, Protocol, ProtocolName, make_protocol

OptionValue = bool | int | float | str | list[int | float]


class Chosen(BaseModel):
    """A principal or an environment.

    ``label`` is what tables and figures call it; unless given, its name with those options that differ from their
    defaults.
    """

    model_config = ConfigDict(extra="forbid", strict=True)

    name: Annotated[str, Field(min_length=1)]
    label: Annotated[str, Field(min_length=1, max_length=60)] | None = None
    options: dict[str, OptionValue] = Field(default_factory=dict)


class ChosenPrincipal(Chosen):
    """A principal, and where it is run.

    ``on`` names the environments that it is run on, by their names or labels; all, if it is empty.
    ``environment_options`` go before an environment's own: what this principal needs, such as one episode less.
    """

    on: list[str] = Field(default_factory=list)
    environment_options: dict[str, OptionValue] = Field(default_factory=dict)

    def runs_on(self, environment: Chosen) -> bool:
        """Whether it is run on this environment."""
        return not self.on or environment.name in self.on or environment.label in self.on


class Comparison(BaseModel):
    """Every principal on every environment, under one protocol.

    ``seeds`` and ``steps`` replace the protocol's; ``out`` is the folder that runs go to.
    """

    model_config = ConfigDict(extra="forbid", strict=True)

    protocol: ProtocolName = "quick"
    seeds: Annotated[int, Field(ge=1, le=MOST_SEEDS)] | None = None
    steps: Annotated[int, Field(ge=1, le=MOST_STEPS)] | None = None
    out: str = "runs"
    principal: Annotated[list[ChosenPrincipal], Field(min_length=1)]
    environment: Annotated[list[Chosen], Field(min_length=1)]

    def make_protocol(self) -> Protocol:
        """The protocol of every run."""
        return make_protocol(self.protocol, self.seeds, self.steps)

    @property
    def folder(self) -> Path:
        """Where runs go."""
        return Path(self.out)


def chosen_principal(text: str) -> ChosenPrincipal:
    """What a text such as ``ucb c=0.5 ties=first`` names; raises ``InputError`` as ``chosen_environment``."""
    return ChosenPrincipal.model_validate(_chosen("principal", text))


def chosen_environment(text: str) -> Chosen:
    """What a text such as ``harvest training_episodes=1`` names: a plugin, then options.

    Raises:
        InputError: there is no such plugin, or an option is not allowed.
    """
    return Chosen.model_validate(_chosen("environment", text))


def _chosen(kind: Literal["principal", "environment"], text: str) -> dict[str, Any]:
    flag = "--principal" if kind == "principal" else "--env"
    name, *words = shlex.split(text) or [""]
    if wrong := [word for word in words if "=" not in word]:
        raise InputError(f"{flag} {text!r}: {wrong[0]!r} is no option; write NAME, or 'NAME option=value ...'")
    plugins = registry()
    spec = (plugins.principal(name) if kind == "principal" else plugins.environment(name)).spec
    values = parse_options(f"{kind} {name}", f"{flag} {name}", words, spec.options)
    given = {word.partition("=")[0] for word in words}
    return {"name": name, "options": {option: _plain(values[option]) for option in values if option in given}}


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
