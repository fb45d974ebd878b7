"""What the game and a principal step cost, by part: ``python -m policybench_gather_trade_build.cost``."""

from __future__ import annotations

import time
from collections.abc import Callable

import click
import numpy as np
from numpy.typing import NDArray
from tabulate import tabulate

from policybench.compiled import compiled
from policybench.followers import Policy, Trajectory, choose
from policybench.streams import kernel_stream
from policybench_gather_trade_build.actions import Game
from policybench_gather_trade_build.core import Core, encode, load_followers
from policybench_gather_trade_build.environment import TRAINING_EPISODES, VALIDATION_EPISODES, WEIGHTS
from policybench_gather_trade_build.episode import make_record, play_episode
from policybench_gather_trade_build.game import make_games, play_at_random, reset_game
from policybench_gather_trade_build.options import write_closed
from policybench_gather_trade_build.paths import Paths, find_paths, make_paths
from policybench_gather_trade_build.rules import EPISODE_STEPS, N_AGENTS, US_FEDERAL, Rules, make_rules
from policybench_gather_trade_build.senses import write_senses

_TURNS = 9


@compiled
def _find(rules: Rules, game: Game, paths: Paths, n: int) -> None:
    for _ in range(n):
        find_paths(rules, game, paths)


@compiled
def _sense(rules: Rules, game: Game, paths: Paths, core: Core, n: int) -> None:
    for _ in range(n):
        for agent in range(N_AGENTS):
            write_senses(rules, game, paths, agent, core.senses[agent])
            write_closed(game, paths, agent, core.closed[agent])


@compiled
def _choose(core: Core, policy: Policy, trajectory: Trajectory, stream: NDArray[np.uint64]) -> None:
    for t in range(len(trajectory.actions)):
        encode(core, trajectory.features[t])
        choose(policy, trajectory, t, stream)


def measure() -> list[tuple[str, float, str]]:
    """Rows of a table: what, CPU time, unit."""
    rules, stream = make_rules(), kernel_stream(0, 0, "cost")
    games, paths, record = make_games(rules, 1), make_paths(rules), make_record(EPISODE_STEPS)
    core, followers = load_followers(WEIGHTS, EPISODE_STEPS)
    followers.restart(np.array(US_FEDERAL))
    policy, trajectory = followers.policy, followers.trajectory
    mask, actions, game = np.zeros(50, np.uint8), np.zeros((1, N_AGENTS), np.uint8), games[0]

    def random_play() -> None:
        reset_game(rules, games, 0, np.array(US_FEDERAL), stream)
        play_at_random(rules, games, EPISODE_STEPS, mask, actions, stream[None])

    alone = _seconds(random_play)
    episode = _seconds(lambda: play_episode(rules, games, paths, record, core, policy, trajectory, stream, stream))
    parts = {
        "the way to the nearest goods and land": lambda: _find(rules, game, paths, EPISODE_STEPS),
        "what agents sense, and open options": lambda: _sense(rules, game, paths, core, EPISODE_STEPS),
        "core, actor and critic": lambda: _choose(core, policy, trajectory, stream),
    }
    learning = _seconds(lambda: followers.learn(stream))
    total = (TRAINING_EPISODES + VALIDATION_EPISODES) * episode + TRAINING_EPISODES * learning
    step = 1e6 / EPISODE_STEPS
    return [
        ("game step, random open actions", alone * step, "microseconds"),
        ("game step of followers", episode * step, "microseconds"),
        *((f"of that, {name}", _seconds(run) * step, "microseconds") for name, run in parts.items()),
        ("learning from an episode", 1e3 * learning, "milliseconds"),
        ("principal step of one seed", total, "seconds"),
    ]


def _seconds(run: Callable[[], None]) -> float:
    """CPU seconds of one call, the least of some."""
    run()
    seconds = []
    for _ in range(_TURNS):
        start = time.thread_time()
        run()
        seconds.append(time.thread_time() - start)
    return min(seconds)


@click.command()
def main() -> None:
    """Print what the game and a principal step cost on this machine, in CPU time of one core."""
    rows = [(name, f"{cost:.2g}", unit) for name, cost, unit in measure()]
    click.echo(tabulate(rows, headers=("what", "cost", ""), tablefmt="github", disable_numparse=True))


if __name__ == "__main__":
    main()
