"""Roles: the groups of agents that see and do the same, and therefore share a network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from gymnasium import spaces

from policybench.errors import InputError
from policybench.pettingzoo.action_spaces import ActionView, action_view_of
from policybench.pettingzoo.observation_spaces import ObservationView, view_of

Agent = Any
"""How a game names an agent: mostly a text."""


class Role(NamedTuple):
    """Agents with equal spaces.

    Attributes:
        name: of the role.
        agents: all of the role that can ever take part.
        sees: what they see.
        does: what they do.
    """

    name: str
    agents: tuple[Agent, ...]
    sees: ObservationView
    does: ActionView


class Interface(NamedTuple):
    """What followers meet in a game.

    Attributes:
        game: its name.
        agents: all that can ever take part.
        roles: the groups of them.
    """

    game: str
    agents: tuple[Agent, ...]
    roles: tuple[Role, ...]


def interface_of(game: str, env: Any, groups: Mapping[Agent, str] | None = None) -> Interface:
    """The roles of a game's agents.

    Args:
        game: its name.
        env: a copy of it.
        groups: the role of each agent; by default agents with equal spaces form a role, which is called by what
            their names begin with.

    Raises:
        InputError: spaces are not supported, or the groups do not fit the agents.
    """
    agents = tuple(env.possible_agents)
    if not agents:
        raise InputError(f"game {game}: its possible_agents are empty.")
    found = {agent: _spaces_of(game, env, agent) for agent in agents}
    parts = _given(game, agents, groups) if groups is not None else _by_spaces(found)
    roles = []
    for name, members in parts.items():
        seen, acts = found[members[0]]
        for agent in members[1:]:
            if found[agent] != (seen, acts):
                raise InputError(
                    f"game {game}: {agent} and {members[0]} of the role {name!r} have different spaces; a role "
                    "shares a network, so all of it need one observation space and one action space."
                )
        try:
            roles.append(Role(name, members, view_of(seen), action_view_of(acts)))
        except InputError as error:
            raise InputError(f"game {game}: agent {members[0]}: {error}") from None
    return Interface(game, agents, tuple(roles))


def _spaces_of(game: str, env: Any, agent: Agent) -> tuple[spaces.Space[Any], spaces.Space[Any]]:
    found = []
    for name in ("observation_space", "action_space"):
        space = getattr(env, name)(agent)
        if not isinstance(space, spaces.Space):
            raise InputError(f"game {game}: {name}({agent!r}) is {space!r}; expected a space of gymnasium.")
        found.append(space)
    return found[0], found[1]


def _given(game: str, agents: Sequence[Agent], groups: Mapping[Agent, str]) -> dict[str, tuple[Agent, ...]]:
    missing = [agent for agent in agents if agent not in groups]
    unknown = [agent for agent in groups if agent not in agents]
    if missing or unknown:
        wrong = f"no role for {missing[0]!r}" if missing else f"there is no agent {unknown[0]!r}"
        raise InputError(f"groups: {wrong}; the agents of {game} are {', '.join(map(str, agents))}.")
    return {
        role: tuple(agent for agent in agents if groups[agent] == role) for role in dict.fromkeys(groups.values())
    }


def _by_spaces(found: Mapping[Agent, tuple[Any, Any]]) -> dict[str, tuple[Agent, ...]]:
    parts: list[list[Agent]] = []
    for agent in found:
        alike = next((part for part in parts if found[part[0]] == found[agent]), None)
        if alike is None:
            parts.append([agent])
        else:
            alike.append(agent)
    names = [_common(part) for part in parts]
    unique = [name if names.count(name) == 1 else f"{name}-{i}" for i, name in enumerate(names)]
    return dict(zip(unique, map(tuple, parts), strict=True))


def _common(agents: Sequence[Agent]) -> str:
    """What the names of agents begin with.

    >>> _common(["adversary_0", "adversary_1"]), _common(["alice_0"]), _common(["p1", "q2"])
    ('adversary', 'alice', 'followers')
    """
    first, *others = map(str, agents)
    common = first
    while not all(other.startswith(common) for other in others):
        common = common[:-1]
    common = common.rstrip("0123456789").rstrip("_- ")
    return common or "followers"
