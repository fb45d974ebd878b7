"""Recipes of pre-training and the command that follows one; like ``pretraining``, this imports torch."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import click
import numpy as np
import torch
from numpy.typing import NDArray

from policybench.followers.pretraining import FollowerNetwork, Shape, Stage, starting_weights, train_network
from policybench.followers.training import Play
from policybench.followers.weights import Weights, save_weights


class Recipe(NamedTuple):
    """How the followers of a game are pre-trained.

    Attributes:
        shape: of the game.
        stages: one after another. After a stage with a single task its actor and critic are given to all tasks.
        mixture: weights of the tasks' actors in the starting actor (``pretraining.starting_weights``).
        feature_scale: of the features (same).
        n_steps: length of an episode.
        ground: [n_poses, n_cells], what views show of the bare ground (``encoder.Encoder``).
        make_play: for episodes of some length: plays one under the policy's own action; and tells its payoff.
    """

    shape: Shape
    stages: tuple[Stage, ...]
    mixture: tuple[float, ...]
    feature_scale: float
    n_steps: int
    ground: NDArray[np.uint8]
    make_play: Callable[[int], tuple[Play, Callable[[], float]]]


def pretrain(recipe: Recipe, seed: int, device: str, log: Callable[[str], None] | None = None) -> Weights:
    """Weights for principal steps to start from; repeatable for a seed on one machine.

    Args:
        recipe: what to do.
        seed: of everything random.
        device: where torch computes.
        log: is given a line with payoffs for each task of each stage.
    """
    torch.set_num_threads(1)  # sums would depend on how many there are
    torch.manual_seed(seed)
    network = FollowerNetwork(recipe.shape, n_tasks=len(recipe.mixture)).to(device)
    play, payoff = recipe.make_play(recipe.n_steps)
    for stage in recipe.stages:
        payoffs: dict[tuple[int, int], list[float]] = defaultdict(list)
        for update, task in train_network(network, stage, play, recipe.ground, seed=seed, n_steps=recipe.n_steps):
            payoffs[task, update].append(payoff())
        for task, action in enumerate(stage.actions):
            curve = [f"{np.mean(payoffs[task, update]):.0f}" for update in range(0, stage.updates, 5)]
            if log:
                log(f"stage {stage.name}, action {list(action)}: payoff {' '.join(curve)}")
        if len(stage.actions) == 1:
            network.copy_heads(0)
    return starting_weights(network, recipe.mixture, feature_scale=recipe.feature_scale, seed=0)


def pretrain_command(recipe: Recipe, module: str, shipped: Path, seed: int = 1) -> click.Command:
    """The command line of a distribution's pre-training module.

    Args:
        recipe: what to do.
        module: for ``python -m``.
        shipped: the file that the distribution ships.
        seed: with which that file was made.
    """

    @click.command()
    @click.option("--seed", type=click.IntRange(0), default=seed, show_default=True, help="Of everything random.")
    @click.option("--device", default="cpu", show_default=True, help="Where torch computes: cpu, cuda, ...")
    @click.option(
        "--out",
        type=click.Path(dir_okay=False, path_type=Path),
        default=shipped,
        show_default="the file that the distribution ships",
        help="Where the weights go.",
    )
    def main(seed: int, device: str, out: Path) -> None:
        """Make the followers' frozen core and starting heads; takes minutes."""
        before, cpu_before = time.perf_counter(), time.process_time()
        weights = pretrain(recipe, seed, device, click.echo)
        seconds, cpu = time.perf_counter() - before, time.process_time() - cpu_before
        save_weights(out, weights, {"made by": f"python -m {module} --seed {seed}"})
        click.echo(f"{out}: {out.stat().st_size / 1e6:.2f} MB, {seconds:.0f} s, {cpu:.0f} CPU-seconds")

    return main
