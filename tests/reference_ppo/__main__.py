"""Prints what followers of both kinds learn from equal frames."""

from __future__ import annotations

import sys

import numpy as np
from scipy import stats

from reference_ppo import ours, theirs
from reference_ppo.games import GAMES

SEEDS = 3
VALIDATION = 48


def interval(values):
    """Mean and 95% interval over seeds."""
    half = stats.sem(values) * stats.t.ppf(0.975, len(values) - 1)
    return f"{np.mean(values):.1f} ± {half:.1f}"


def main():
    print("| game | steps | untrained | policybench | Stable-Baselines3 |\n|---|---|---|---|---|")
    for name, game in GAMES.items():
        rows = []
        for seed in range(SEEDS):
            untrained, _ = ours.learned(game, seed, episodes=0, validation=VALIDATION)
            mine, frames = ours.learned(game, seed, episodes=game.episodes, validation=VALIDATION)
            others = theirs.learned(game, seed, frames=frames, validation=VALIDATION)
            rows.append((frames, untrained, mine, others))
            print(name, seed, rows[-1], file=sys.stderr, flush=True)
        frames, *columns = np.array(rows).T
        print(f"| {name} | {frames.mean():.0f} | {' | '.join(map(interval, columns))} |", flush=True)


if __name__ == "__main__":
    main()
