"""Plays episodes of several copies of a game side by side, so that one forward pass a role serves them all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from policybench.errors import ContractError
from policybench.pettingzoo.action_spaces import BadMaskError
from policybench.pettingzoo.copies import Copies
from policybench.pettingzoo.leaves import BadObservationError
from policybench.pettingzoo.observation_spaces import Seen
from policybench.pettingzoo.policy import Choice, Luck, Policy
from policybench.pettingzoo.roles import Agent, Interface, Role
from policybench.pettingzoo.scene import Scene


class EpisodeSeeds(NamedTuple):
    """The randomness of one episode: the seed that its game is reset with, and what followers draw from."""

    game: int
    actions: np.random.Generator


class Columns(NamedTuple):
    """Samples of a role from one step of all games; one entry a sample.

    Attributes:
        kept: as in ``Choice``.
        mask: as for ``Policy.act``.
        agent: the number of the agent in its role.
        track: the same for all samples of an agent of a game, which come in the order of time.
        choices: as in ``Choice``, as are numbers, log_probabilities and values.
        rewards: for the action.
        continues: whether the agent acts again in the next step.
        bootstrap: what follows an action after which the agent does not act again: 0 after a termination, the
            critic's value after a truncation.
    """

    kept: Any
    mask: NDArray[np.bool_] | None
    agent: NDArray[np.int64]
    track: NDArray[np.int64]
    choices: NDArray[np.int64]
    numbers: NDArray[np.float32]
    log_probabilities: NDArray[np.float32]
    values: NDArray[np.float64]
    rewards: NDArray[np.float64]
    continues: NDArray[np.bool_]
    bootstrap: NDArray[np.float64]


@dataclass
class _Table:
    """One copy of the game while its episode lasts."""

    scene: Scene
    luck: np.random.Generator
    longest: int

    @property
    def over(self) -> bool:
        return not self.scene.living or self.scene.steps >= self.longest


class _Acting(NamedTuple):
    """The followers of a role that act in a step: row i is agent ``agents[i]`` of table ``tables[i]``."""

    role: Role
    tables: list[int]
    agents: list[Agent]
    numbers: NDArray[np.int64]
    choice: Choice
    mask: NDArray[np.bool_] | None


def play(
    copies: Copies,
    seeds: Sequence[EpisodeSeeds],
    policies: Sequence[Policy],
    interface: Interface,
    *,
    longest: int,
    watch: Callable[[Any], None] | None = None,
) -> list[list[Columns]]:
    """Play one episode of each of the first copies.

    Args:
        copies: of the game; at least as many as seeds.
        seeds: of each episode.
        policies: one a role.
        interface: of the game.
        longest: steps after which an episode is cut off; followers then expect what the critic says.
        watch: is called with the first copy after its reset and after each of its steps.

    Returns:
        Of each role, the samples step by step.
    """
    copies.begin([each.game for each in seeds])
    tables = [_Table(scene, each.actions, longest) for scene, each in zip(copies.scenes, seeds, strict=False)]
    if watch:
        watch(copies.first.made)
    samples: list[list[Columns]] = [[] for _ in interface.roles]
    while any(not table.over for table in tables):
        first_plays = not tables[0].over
        for role_samples, columns in zip(samples, _step(copies, tables, policies, interface), strict=True):
            if columns is not None:
                role_samples.append(columns)
        if watch and first_plays:
            watch(copies.first.made)
    return samples


def _step(
    copies: Copies, tables: Sequence[_Table], policies: Sequence[Policy], interface: Interface
) -> list[Columns | None]:
    playing = [t for t, table in enumerate(tables) if not table.over]
    acting = [
        _decide(tables, playing, role, policy) for role, policy in zip(interface.roles, policies, strict=True)
    ]
    joint: dict[int, dict[Agent, Any]] = {t: {} for t in playing}
    for group in acting:
        if group is not None:
            decode, choice = group.role.does.decode, group.choice
            for t, agent, choices, numbers in zip(
                group.tables, group.agents, choice.choices, choice.numbers, strict=True
            ):
                joint[t][agent] = decode(choices, numbers)
    # The game's own order of agents, whatever roles they have.
    ended = copies.step({t: {agent: joint[t][agent] for agent in tables[t].scene.living} for t in playing})
    numbers = {agent: i for i, agent in enumerate(interface.agents)}
    columns: list[Columns | None] = []
    for group, policy in zip(acting, policies, strict=True):
        if group is None:
            columns.append(None)
            continue
        n = len(group.agents)
        continues = np.zeros(n, dtype=np.bool_)
        rewards, bootstrap = np.zeros(n), np.zeros(n)
        cut = []
        for row, (t, agent) in enumerate(zip(group.tables, group.agents, strict=True)):
            advance = ended[t]
            rewards[row] = advance.rewards[numbers[agent]]
            lives = agent in tables[t].scene.living
            continues[row] = lives and not tables[t].over
            if agent in advance.truncated or (lives and not continues[row]):
                cut.append(row)
        if cut:
            bootstrap[cut] = _last_values(tables, group, cut, policy)
        columns.append(
            Columns(
                group.choice.kept,
                group.mask,
                group.numbers,
                np.array(group.tables) * len(group.role.agents) + group.numbers,
                group.choice.choices,
                group.choice.numbers,
                group.choice.log_probabilities,
                group.choice.values,
                rewards,
                continues,
                bootstrap,
            )
        )
    return columns


def _decide(tables: Sequence[_Table], playing: Sequence[int], role: Role, policy: Policy) -> _Acting | None:
    """What the followers of a role do in all games; None if there are none."""
    numbers = {agent: i for i, agent in enumerate(role.agents)}
    n, does = len(role.agents), role.does
    rows = [(t, agent) for t in playing for agent in tables[t].scene.living if agent in numbers]
    # Every agent draws in every step, so that its luck does not depend on who else is there.
    uniform, normal = np.empty((len(tables), n, does.n_choices)), np.empty((len(tables), n, does.n_numbers))
    for t in playing:
        if does.n_choices:
            uniform[t] = tables[t].luck.random((n, does.n_choices))
        if does.n_numbers:
            normal[t] = tables[t].luck.standard_normal((n, does.n_numbers))
    if not rows:
        return None
    where, agents = [t for t, _ in rows], [agent for _, agent in rows]
    index = np.array([numbers[agent] for agent in agents])
    mask = _masks(tables, rows, role)
    choice = policy.act(_see(tables, rows, role), index, mask, Luck(uniform[where, index], normal[where, index]))
    return _Acting(role, where, agents, index, choice, mask)


def _see(tables: Sequence[_Table], rows: Sequence[tuple[int, Agent]], role: Role) -> Seen:
    try:
        return role.sees.stack([tables[t].scene.observations[agent] for t, agent in rows])
    except BadObservationError as error:
        t, agent = rows[error.row]
        raise ContractError(f"{tables[t].scene.moment}: observation of agent {agent}: {error}") from None


def _masks(tables: Sequence[_Table], rows: Sequence[tuple[int, Agent]], role: Role) -> NDArray[np.bool_] | None:
    """[n, n_choices, width], from observations or infos; None if nobody has a mask."""
    found: dict[int, NDArray[np.bool_]] = {}
    for row, (t, agent) in enumerate(rows):
        scene = tables[t].scene
        given = scene.mask(agent, in_observation=role.sees.has_mask)
        if given is None:
            continue
        try:
            found[row] = role.does.read_mask(given)
        except BadMaskError as error:
            raise ContractError(f"{scene.moment}: agent {agent}: {error}") from None
    if not found:
        return None
    mask = np.repeat(role.does.possible[None], len(rows), axis=0)
    for row, allowed in found.items():
        mask[row] = allowed
    return mask


def _last_values(
    tables: Sequence[_Table], group: _Acting, cut: Sequence[int], policy: Policy
) -> NDArray[np.float64]:
    """What the critic expects after the last observations; where the game gives none, what it did before them."""
    values = group.choice.values[list(cut)].copy()
    shown = [
        i
        for i, row in enumerate(cut)
        if tables[group.tables[row]].scene.observations.get(group.agents[row]) is not None
    ]
    if shown:
        rows = [(group.tables[cut[i]], group.agents[cut[i]]) for i in shown]
        index = group.numbers[[cut[i] for i in shown]]
        values[shown] = policy.values(_see(tables, rows, group.role), index)
    return values


def chunks(n_episodes: int, n_games: int) -> Iterator[range]:
    """The numbers of the episodes, in groups of at most ``n_games``.

    >>> [list(chunk) for chunk in chunks(5, 2)]
    [[0, 1], [2, 3], [4]]
    """
    for start in range(0, n_episodes, n_games):
        yield range(start, min(start + n_games, n_episodes))
