"""Trains Soft Actor-Critic of Stable-Baselines3 on an environment of policybench, seed after seed, as one run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import numpy as np
from gymnasium import spaces
from gymnasium.wrappers import TransformObservation
from stable_baselines3 import SAC

from policybench.gymnasium import Recording, make

SETTINGS: dict[str, Any] = {
    "gamma": 0.0,  # followers start anew in every step: an action has no consequences in the next one
    "learning_starts": 10,
    "gradient_steps": 4,
    "batch_size": 32,
    "learning_rate": 0.001,
}


def compressed(seen: dict[str, Any]) -> dict[str, Any]:
    """Each entry as sign(x) ln(1 + |x|) in float32: counts may be large, and networks want small numbers."""
    return {name: (np.sign(value) * np.log1p(np.abs(value))).astype(np.float32) for name, value in seen.items()}


def train(environment: str, seed: int, protocol: str, steps: int | None, recording: Recording) -> None:
    """One learner on one seed: its budget, and its recommendation at the end."""
    env = make(environment, seed=seed, protocol=protocol, steps=steps, record=recording)
    shapes = env.observation_space.spaces
    small = spaces.Dict({name: spaces.Box(-np.inf, np.inf, space.shape) for name, space in shapes.items()})
    learned = TransformObservation(env, compressed, small)
    model = SAC("MultiInputPolicy", learned, seed=seed, device="cpu", **SETTINGS)
    model.learn(total_timesteps=env.budget)
    env.finish(lambda seen: model.predict(compressed(seen), deterministic=True)[0])
    env.close()


@click.command()
@click.option("--env", "environment", default="harvest", show_default=True, help="What is governed.")
@click.option("--seeds", type=click.IntRange(1, 1000), default=10, show_default=True, help="Independent learners.")
@click.option("--protocol", default="quick", show_default=True, help="Whose budget: smoke, quick or paper.")
@click.option("--steps", type=click.IntRange(1), help="Principal steps, instead of the protocol's.")
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("runs"), show_default=True, help="Where it goes."
)
def main(environment: str, seeds: int, protocol: str, steps: int | None, out: Path) -> None:
    """Train a learner a seed, and keep what they did as a run."""
    recording = Recording(out, "sb3-sac", SETTINGS, library="stable-baselines3", seeds=seeds)
    for seed in range(seeds):
        train(environment, seed, protocol, steps, recording)
        click.echo(f"seed {seed + 1} of {seeds} is done", err=True)


if __name__ == "__main__":
    main()
