"""Which games of PettingZoo and MPE2 work: two principal steps of each, twice, and what comes of it as a table.

``python -m policybench.pettingzoo.survey > docs/pettingzoo_games.md`` writes the page. What is not installed is
listed as such.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Any, NamedTuple

import numpy as np
from gymnasium import spaces

from policybench.errors import ContractError, InputError
from policybench.pettingzoo.entry import from_parallel_env
from policybench.pettingzoo.game import Game
from policybench.problem import Description, Dimension

GAMES = {
    "pettingzoo.butterfly": ("cooperative_pong_v6", "knights_archers_zombies_v11", "pistonball_v6"),
    "pettingzoo.sisl": ("multiwalker_v9", "pursuit_v5"),
    "pettingzoo.classic": (
        "chess_v6",
        "connect_four_v3",
        "go_v5",
        "hanabi_v5",
        "leduc_holdem_v4",
        "rps_v2",
        "texas_holdem_no_limit_v6",
        "texas_holdem_v4",
        "tictactoe_v3",
    ),
    "mpe2": (
        "collect_treasure_v1",
        "simple_adversary_v3",
        "simple_crypto_v3",
        "simple_formation_v1",
        "simple_line_v1",
        "simple_push_v3",
        "simple_reference_v3",
        "simple_speaker_listener_v4",
        "simple_spread_v3",
        "simple_tag_v3",
        "simple_v3",
        "simple_world_comm_v3",
    ),
}
"""By package, the games of PettingZoo 1.27 and MPE2 1.1; Atari games need ROMs of their own."""

FRESH = ("knights_archers_zombies_v11",)
"""Games whose ``reset`` leaves something of the episode before."""

_STEPS = 20
_PACKAGES = (
    "pettingzoo",
    "mpe2",
    "gymnasium",
    "numpy",
    "torch",
    "pygame-ce",
    "box2d",
    "pymunk",
    "chess",
    "rlcard",
)
"""What the games are, and are made with."""

_HEAD = """\
# The games of PettingZoo and MPE2

Which games of PettingZoo 1.27 and MPE2 1.1 work as environments (`policybench.pettingzoo.from_parallel_env`). For
each of them a principal, who pays every agent the same in every step, sets two actions. The followers learn from
one episode of at most {steps} steps under each and play another. "yes" means that two instances found the same
outcomes, to the last bit; for any other game the table says what is in the way.

- A game in turns is converted by PettingZoo's `aec_to_parallel` if its metadata say `is_parallelizable`: nothing
  that an agent does changes anything before all have acted. In the others an agent must see what the one before it
  did.
- With `fresh_copies=True` every episode is played with a new copy; such a game's `reset` leaves something of the
  episode before.
- Games of Atari are left out: they need ROMs of their own. Waterworld is no longer part of PettingZoo.

`python -m policybench.pettingzoo.survey > docs/pettingzoo_games.md` makes this page. It was made with
{versions}. PettingZoo's extras butterfly, classic and sisl, MPE2 and torch bring all of these. The last column has
seconds of a processor for a principal step.

| game | works | roles (agents): what they see, what they do | CPU-seconds |
|---|---|---|---|"""


class Row(NamedTuple):
    """What was found out about a game."""

    name: str
    works: str
    roles: str
    seconds: str

    def __str__(self) -> str:
        return f"| {self.name} | {self.works} | {self.roles} | {self.seconds} |"


class Paid:
    """A game in which every agent is paid the principal's action, less than 0 being a fine, in every step."""

    def __init__(self, game: Any) -> None:
        self._game, self._pay = game, 0.0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._game, name)

    def set_policy(self, action: Any) -> None:
        """Set what is paid."""
        self._pay = float(action[0])

    def step(self, actions: Any) -> Any:
        """As in the game, but for the rewards."""
        observations, rewards, *others = self._game.step(actions)
        return observations, {agent: reward + self._pay for agent, reward in rewards.items()}, *others


def survey() -> Iterator[Row]:
    """One row per game."""
    for package, names in GAMES.items():
        for name in names:
            try:
                module = import_module(f"{package}.{name}")
            except ImportError as error:
                yield Row(name, f"not installed: {_line(error)}", "", "")
                continue
            yield _try(name, module)


def _try(name: str, module: Any) -> Row:
    # Games without a parallel form are tried as they are: they are converted, or the reason is told.
    make = getattr(module, "parallel_env", None) or module.env

    def make_game() -> Any:
        game = make()
        return Paid(game) if hasattr(module, "parallel_env") else _in_turns(game)

    try:
        started = time.process_time()
        found = [_outcomes(make_game, name in FRESH) for _ in range(2)]
        seconds = (time.process_time() - started) / 4
        roles = _roles(make_game)
    except (InputError, ContractError) as error:
        return Row(name, f"no: {_line(error).removeprefix(f'game {name}: ')}", "", "")
    except ImportError as error:
        return Row(name, f"not installed: {_line(error)}", "", "")
    same = all(
        one.payoff == other.payoff and np.array_equal(one.observation["returns"], other.observation["returns"])
        for one, other in zip(*found, strict=True)
    )
    works = "yes, with `fresh_copies`" if name in FRESH else "yes"
    return Row(name, works if same else "no: two instances find different outcomes", roles, f"{seconds:.1f}")


def _in_turns(game: Any) -> Any:
    game.set_policy = lambda action: None
    return game


def _environment(make_game: Callable[[], Any], fresh_copies: bool) -> Any:
    return from_parallel_env(
        make_game,
        [0],
        fresh_copies=fresh_copies,
        action_space=spaces.Box(-1.0, 1.0, (1,), np.float64),
        description=Description("", (Dimension("pay", "a step"),), "", {"returns": ""}),
        training_episodes=1,
        episode_steps=_STEPS,
    )


def _outcomes(make_game: Callable[[], Any], fresh_copies: bool) -> list[Any]:
    environment = _environment(make_game, fresh_copies)
    try:
        return [environment.evaluate(step, np.array([[pay]]))[0] for step, pay in enumerate((-0.5, 0.5))]
    finally:
        environment.close()


def _roles(make_game: Callable[[], Any]) -> str:
    game = Game(make_game)
    roles = game.interface().roles
    game.close()
    return "; ".join(
        f"{role.name} ({len(role.agents)}): "
        f"{_short(game.env.observation_space(role.agents[0]))}, {_short(game.env.action_space(role.agents[0]))}"
        for role in roles
    )


def _short(space: spaces.Space[Any]) -> str:
    if isinstance(space, spaces.Dict):
        return "Dict of " + ", ".join(f"{name} {_short(part)}" for name, part in space.spaces.items())
    shape = f" {list(space.shape)}" if space.shape else ""
    return (
        f"{type(space).__name__}{shape} {space.n}"
        if isinstance(space, spaces.Discrete)
        else f"{type(space).__name__}{shape}"
    )


def _versions() -> str:
    found = []
    for package in _PACKAGES:
        with suppress(PackageNotFoundError):
            found.append(f"{package} {version(package)}")
    return ", ".join(found)


def _line(error: Exception) -> str:
    return " ".join(str(error).split()).replace("|", "/")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    print(_HEAD.format(steps=_STEPS, versions=_versions()))
    for row in survey():
        print(row, flush=True)
