"""What followers of a PettingZoo game cost, on simple_spread of MPE2.

    python tests/performance/measure_pettingzoo.py

prints the shares of processor time that the game, the network and everything else take; the training steps a
second of processor time beside Stable-Baselines3, and BenchMARL if it is installed; and those a second of the
first process where a worker plays half of the games at the same time. What is compared takes turns; medians are
printed, with quartiles in parentheses.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from reference_ppo.speed import libraries, processes, rates, shares

TURNS = 5


def main():
    print("| part | share of processor time |\n|---|---|")
    for part, share in shares(updates=10).items():
        print(f"| {part} | {share:.1%} |", flush=True)
    show(libraries(), "library", "training steps a CPU-second")
    show(processes(1), "policybench in", "training steps a CPU-second of the first process")


def show(rivals, title, unit):
    print(f"\n| {title} | {unit} | the first one is faster by |\n|---|---|---|")
    found = rates(rivals, TURNS)
    for name, own in zip(rivals, found.T, strict=True):
        print(f"| {name} | {quartiles(own, '.0f')} | {quartiles(found[:, 0] / own, '.2f')} |", flush=True)


def quartiles(values, form):
    """The median, and the quartiles around it."""
    low, median, high = np.percentile(values, [25, 50, 75])
    return f"{median:{form}} ({low:{form}} to {high:{form}})"


if __name__ == "__main__":
    main()
