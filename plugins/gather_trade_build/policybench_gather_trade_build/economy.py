"""What agents do under some taxes, by skill: ``python -m policybench_gather_trade_build.economy [FILE]``."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import click
import numpy as np
from tabulate import tabulate

from policybench import Array, Floats
from policybench_gather_trade_build.environment import WEIGHTS, GatherTradeBuild
from policybench_gather_trade_build.rules import BRACKETS, EPISODE_STEPS, LABOUR_COST, N_AGENTS, US_FEDERAL

_FIRST_STEP = 2_000_000
"""Principal steps from here on; no run and no reference payoff uses them."""

TAXES = {
    "none": (0.0,) * 7,
    "US federal": US_FEDERAL,
    **{f"flat {rate:g}": (rate,) * 7 for rate in (0.25, 0.5, 0.75, 1.0)},
}


class Watched(GatherTradeBuild):
    """The environment, of which one may see everything."""

    def watch(self, step: int, rates: Floats) -> list[dict[str, Array]]:
        """What happened in the validation episodes of the first seed; see ``episode.Record``."""
        return [
            {name: np.array(values) for name, values in self._record._asdict().items()}
            for _ in self._principal_step(self.seeds[0], step, rates, self._training_episodes)
        ]


def describe(weights: Path, n_seeds: int, training_episodes: int, validation_episodes: int) -> str:
    """Two tables with a row for each tax: what comes of it, and in which brackets incomes lie.

    Numbers side by side are those of the agents, the least skilled first.
    """
    rows, brackets = [], []
    for title, rates in TAXES.items():
        seen = []
        for seed in range(n_seeds):
            environment = Watched(
                [seed],
                welfare="equality-productivity",
                training_episodes=training_episodes,
                validation_episodes=validation_episodes,
                episode_steps=EPISODE_STEPS,
                weights=str(weights),
            )
            seen += environment.watch(_FIRST_STEP, np.array(rates))
        rows.append([title, *_cells(seen)])
        brackets.append([title, *_incomes_by_bracket(seen)])
    heads = ["tax", "payoff", "utilitarian", "equality", "total coin"]
    heads += ["coin", "cost of labour", "houses", "units sold", "price"]
    ends = [*(f"{end:g}" for end in BRACKETS), ""]
    spans = [f"{low} to {high}" if high else f"above {low}" for low, high in pairwise(ends)]
    return f"{_table(rows, heads)}\n\n{_table(brackets, ['tax', *spans, 'highest'])}"


def _table(rows: list[list[str]], heads: list[str]) -> str:
    table: str = tabulate(rows, headers=heads, tablefmt="github", disable_numparse=True)
    return table


def _cells(seen: list[dict[str, Array]]) -> list[str]:
    mean = {name: np.mean([one[name] for one in seen], axis=0) for name in seen[0]}
    product, utilitarian, equality, total = mean["welfare"]
    by_rank = (
        mean["coin"],
        LABOUR_COST * mean["labour"].sum(axis=0),
        mean["houses"].sum(axis=0),
        mean["sold"].sum(axis=(0, 1)),
    )
    price = mean["turnover"].sum() / max(mean["sold"].sum(), 1e-9)
    return [
        *(f"{product:.0f}", f"{utilitarian:.0f}", f"{equality:.2f}", f"{total:.0f}"),
        *(" ".join(f"{value:.0f}" for value in values) for values in by_rank),
        f"{price:.1f}",
    ]


def _incomes_by_bracket(seen: list[dict[str, Array]]) -> list[str]:
    """How many percent of each agent's incomes lie in each bracket, and the highest income of all.

    There is one income a tax period; a loss lies in no bracket.
    """
    incomes = np.array([one["income"] for one in seen]).reshape(-1, N_AGENTS)
    bracket = np.digitize(incomes, BRACKETS) - 1
    shares = [100 * (bracket == number).mean(axis=0) for number in range(len(BRACKETS))]
    return [" ".join(f"{share:.0f}" for share in by_rank) for by_rank in shares] + [f"{incomes.max():.0f}"]


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), default=WEIGHTS)
@click.option("--seeds", type=click.IntRange(1), default=4, show_default=True, help="Seeds a tax.")
@click.option("--training", type=click.IntRange(0), default=5, show_default=True, help="Training episodes.")
@click.option("--validation", type=click.IntRange(1), default=16, show_default=True, help="Validation episodes.")
def main(file: Path, seeds: int, training: int, validation: int) -> None:
    """Print what the followers of the weights FILE, by default the shipped ones, do under some taxes."""
    click.echo(describe(file, seeds, training, validation))


if __name__ == "__main__":
    main()
