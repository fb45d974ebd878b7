"""Pre-training of the shipped followers: ``python -m policybench_gather_trade_build.pretrain``.

Stage "economy": the whole network learns by PPO without a tax, while labour comes to cost what it does only bit by
bit, as in the papers; at full cost from the start nobody might find out that building pays. Stage "respond": it
goes on with tax rates that are drawn anew for every game, and learns to respond to any of them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

import click
import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import save_file

from policybench.followers import Trajectory, estimate_advantages
from policybench.streams import generator, kernel_stream
from policybench_gather_trade_build.core import N_SMOOTH, load_followers
from policybench_gather_trade_build.environment import WEIGHTS
from policybench_gather_trade_build.episode import make_record, play_episode
from policybench_gather_trade_build.game import make_games
from policybench_gather_trade_build.network import Batch, TraderNetwork, ppo_loss
from policybench_gather_trade_build.paths import make_paths
from policybench_gather_trade_build.rules import EPISODE_STEPS, N_BRACKETS, make_rules
from policybench_gather_trade_build.senses import N_SENSES

SHIPPED_SEED = 5


class Stage(NamedTuple):
    """A stage of pre-training.

    Attributes:
        name: the stage's random streams are named after it.
        updates: how many.
        games: episodes an update.
        taxed: whether tax rates are drawn for every game, or there is no tax.
        warm_up: of the cost of labour (``rules.make_rules``), counted over all games of the stage.
        entropy: coefficient of the entropy bonus.
    """

    name: str
    updates: int
    games: int
    taxed: bool
    warm_up: float
    entropy: float


STAGES = (
    Stage("economy", updates=80, games=16, taxed=False, warm_up=80_000.0, entropy=0.02),
    Stage("respond", updates=600, games=16, taxed=True, warm_up=0.0, entropy=0.01),
)

LEARNING_RATE, LAST_SHARE = 1e-3, 0.1
"""Of Adam; it falls linearly to this share within a stage."""

FLAT_SHARE = 1 / 3
"""How many of the games under a tax have the same rate in all brackets."""

EPOCHS, MINIBATCH, DISCOUNT, GAE_LAMBDA, MAX_GRADIENT_NORM = 3, 4000, 0.998, 0.98, 0.5


def draw_rates(rng: np.random.Generator) -> NDArray[np.float64]:
    """Tax rates for a game, [7]: uniform up to a highest one, which is uniform, too; or that one in all brackets.

    Without games of the second kind nobody would meet a tax that is high everywhere.
    """
    highest = rng.uniform()
    if rng.uniform() < FLAT_SHARE:
        return np.full(N_BRACKETS, highest)
    rates: NDArray[np.float64] = highest * rng.uniform(size=N_BRACKETS)
    return rates


def pretrain(
    seed: int, out: Path, log: Callable[[str], None] | None = None, stages: tuple[Stage, ...] = STAGES
) -> None:
    """Write weights for principal steps to start from; repeatable for a seed on one machine.

    Args:
        seed: of everything random.
        out: where they go, also while they are learned.
        log: is given a line now and then: mean equality times productivity, mean coin, and seconds so far.
        stages: one after another.
    """
    torch.set_num_threads(1)  # sums would depend on how many there are
    torch.manual_seed(seed)
    network = TraderNetwork()
    for stage in stages:
        start = time.process_time()
        for update, measures in _train(network, stage, seed, out):
            if log and (update % 10 == 9 or update == stage.updates - 1):
                product, _, equality, total = measures
                log(
                    f"stage {stage.name}, update {update + 1}: equality x productivity {product:.0f}, "
                    f"equality {equality:.2f}, coin {total:.0f}; {time.process_time() - start:.0f} CPU-seconds"
                )
    save(network, out, seed)


def save(network: TraderNetwork, path: Path, seed: int) -> None:
    """Write a network's weights, with the command that makes them."""
    made_by = f"python -m policybench_gather_trade_build.pretrain --seed {seed}"
    save_file(network.weights(), path, metadata={"made by": made_by})


def _train(
    network: TraderNetwork, stage: Stage, seed: int, out: Path
) -> Iterator[tuple[int, NDArray[np.float64]]]:
    """All updates of a stage; yields each one's number, and the mean welfare (``episode.Record``) in its games."""
    rules = make_rules(warm_up=stage.warm_up)
    record = make_record(EPISODE_STEPS, N_SENSES)
    play = partial(play_episode, rules, make_games(rules, 1), make_paths(rules), record)
    optimiser = torch.optim.Adam(network.parameters(), lr=LEARNING_RATE, eps=1e-5)
    rates_of = generator(seed, 0, f"{stage.name} rates")
    for update in range(stage.updates):
        save(network, out, seed)
        core, followers = load_followers(out, EPISODE_STEPS)
        samples, measures = [], []
        for game in range(stage.games):
            followers.restart(draw_rates(rates_of) if stage.taxed else np.zeros(N_BRACKETS))
            streams = [kernel_stream(seed, update, f"{stage.name} {role}", game) for role in ("game", "actions")]
            play(core, followers.policy, followers.trajectory, *streams)
            samples.append(_samples(record.senses, followers.trajectory))
            measures.append(record.welfare.copy())
        optimiser.param_groups[0]["lr"] = LEARNING_RATE * (1 - (1 - LAST_SHARE) * update / stage.updates)
        joined = Batch(*(torch.cat(parts) for parts in zip(*samples, strict=True)))
        _learn(network, optimiser, joined, stage.entropy, generator(seed, update, f"{stage.name} minibatches"))
        yield update, np.mean(measures, axis=0)


def _samples(senses: NDArray[np.float32], trajectory: Trajectory) -> Batch:
    """An episode flattened."""
    n = trajectory.actions.size
    advantages, returns = np.empty_like(trajectory.values), np.empty_like(trajectory.values)
    estimate_advantages(trajectory.rewards, trajectory.values, DISCOUNT, GAE_LAMBDA, advantages, returns)
    return Batch(
        senses=torch.tensor(senses.reshape(n, -1)),
        closed=torch.tensor(trajectory.features[..., N_SMOOTH:].reshape(n, -1)),
        options=torch.tensor(trajectory.actions.ravel(), dtype=torch.int64),
        probabilities=torch.tensor(trajectory.probabilities.ravel()),
        advantages=torch.tensor(advantages.ravel()),
        returns=torch.tensor(returns.ravel()),
    )


def _learn(
    network: TraderNetwork,
    optimiser: torch.optim.Optimizer,
    samples: Batch,
    entropy: float,
    rng: np.random.Generator,
) -> None:
    """All epochs over all minibatches."""
    for _ in range(EPOCHS):
        order = torch.from_numpy(rng.permutation(len(samples.options)))
        for chosen in torch.split(order, MINIBATCH):
            batch = Batch(*(column[chosen] for column in samples))
            optimiser.zero_grad()
            logits, values = network(batch.senses, batch.closed)
            torch.autograd.backward(ppo_loss(logits, values, batch, entropy))
            torch.nn.utils.clip_grad_norm_(network.parameters(), MAX_GRADIENT_NORM)
            optimiser.step()


@click.command()
@click.option(
    "--seed", type=click.IntRange(0), default=SHIPPED_SEED, show_default=True, help="Of everything random."
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    default=WEIGHTS,
    show_default="the file that the distribution ships",
    help="Where the weights go.",
)
def main(seed: int, out: Path) -> None:
    """Make the followers' frozen core and starting heads; takes minutes."""
    pretrain(seed, out, click.echo)
    click.echo(f"{out}: {out.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
