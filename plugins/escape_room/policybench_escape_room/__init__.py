"""Escape rooms: followers open a door for each other if the principal's incentives make somebody pull the lever.

Only announcements stand here; the games, and numba with them, are imported when they are first used.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import TYPE_CHECKING, Any

from policybench import EnvironmentSpec, Option, hookimpl

if TYPE_CHECKING:
    from policybench_escape_room.cer import CER
    from policybench_escape_room.escape_room import EscapeRoom
    from policybench_escape_room.pettingzoo_view import cer_parallel_env, escape_room_parallel_env

_HOME = {
    "CER": "cer",
    "EscapeRoom": "escape_room",
    "cer_parallel_env": "pettingzoo_view",
    "escape_room_parallel_env": "pettingzoo_view",
}

__all__ = ["CER", "EscapeRoom", "cer_parallel_env", "escape_room_parallel_env"]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'policybench_escape_room' has no attribute {name!r}")
    return getattr(import_module(f"policybench_escape_room.{_HOME[name]}"), name)


DEFAULT_TRAINING_EPISODES = 2000
DEFAULT_AGENTS, DEFAULT_NEEDED = 5, 2
MOST_LEVERS = 10

_TRAINING = Option(
    "training_episodes",
    int,
    DEFAULT_TRAINING_EPISODES,
    "Episodes that followers learn from in a principal step.",
    minimum=0,
)
_VALIDATION = Option("validation_episodes", int, 1, "Episodes that the payoff is the mean of.", minimum=1)

_LEARNING_RATE = Option(
    "learning_rate", float, None, "Step size of the followers' Adam; 0.001 unless it is given.", minimum=0
)
# Three megabytes an episode are kept for the way back.
_GRADIENT = Option(
    "gradient_episodes",
    int,
    1,
    "From how many training episodes, the last ones, gradients go through what was learned.",
    minimum=1,
    maximum=500,
)


_COST_OF_NOTHING = "paying incentives costs nothing in it, as in the paper, which makes it easy; "


def _incentive_cost(default: float) -> Option:
    return Option(
        "incentive_cost",
        float,
        default,
        "What the principal pays for each unit of incentive that followers get in a validation episode.",
        minimum=0,
    )


@hookimpl
def policybench_environments() -> Iterator[EnvironmentSpec]:
    """Announce the two rooms of this distribution, each as in its paper and with incentives that cost."""
    yield _cer(
        "cer",
        "Contextual Escape Room: make two of five followers hold the active one of three levers.",
        levers=3,
        incentive_cost=0.0,
        why_not_overall=f"{_COST_OF_NOTHING}cer-costly counts in its place",
    )
    yield _cer(
        "cer-costly",
        "Contextual Escape Room with six levers, in which the principal pays for the incentives.",
        levers=6,
        incentive_cost=1.0,
    )
    yield _escape_room(
        "escape-room",
        "Escape Room ER(N, M): make M of N followers hold the lever so that the others can leave.",
        incentive_cost=0.0,
        why_not_overall=f"{_COST_OF_NOTHING}escape-room-costly counts in its place",
    )
    yield _escape_room(
        "escape-room-costly",
        "Escape Room ER(N, M), in which the principal pays for the incentives.",
        incentive_cost=1.0,
    )


def _cer(
    name: str, description: str, *, levers: int, incentive_cost: float, why_not_overall: str = ""
) -> EnvironmentSpec:
    return EnvironmentSpec(
        name=name,
        description=description,
        factory="policybench_escape_room.cer:CER",
        options=(
            Option(
                "followers",
                str,
                "independent",
                "How they learn: a network each and policy gradient, or one network for all and PPO.",
                choices=("independent", "shared"),
            ),
            Option(
                "levers", int, levers, "How many there are; one of them is active.", minimum=2, maximum=MOST_LEVERS
            ),
            _incentive_cost(incentive_cost),
            _TRAINING,
            _VALIDATION,
            _LEARNING_RATE,
            _GRADIENT,
        ),
        source="Gasztowtt et al. (2024), Large Legislative Models, arXiv 2410.08345",
        final_options={"validation_episodes": 20},
        why_not_overall=why_not_overall,
    )


def _escape_room(
    name: str, description: str, *, incentive_cost: float, why_not_overall: str = ""
) -> EnvironmentSpec:
    return EnvironmentSpec(
        name=name,
        description=description,
        factory="policybench_escape_room.escape_room:EscapeRoom",
        options=(
            Option("agents", int, DEFAULT_AGENTS, "N, the number of followers.", minimum=2, maximum=10),
            Option(
                "needed",
                int,
                DEFAULT_NEEDED,
                "M, how many at the lever open the door; less than agents.",
                minimum=1,
            ),
            _incentive_cost(incentive_cost),
            _TRAINING,
            _VALIDATION,
            _LEARNING_RATE,
            _GRADIENT,
        ),
        source="Yang et al. (2020), Learning to Incentivize Other Learning Agents, NeurIPS 33, section 4.1",
        why_not_overall=why_not_overall,
    )
