"""What all arms would cost, before anything is spent."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

from tabulate import tabulate

from policybench import InputError
from policybench.plugins import registry
from policybench_llm.cost import Estimate, estimate
from policybench_llm.prices import Price, read_prices
from policybench_llm.prior.arms import ARMS, Study
from policybench_llm.providers import find_provider
from policybench_llm.settings import listed_price


def estimates(study: Study, thinking: int) -> Iterator[tuple[str, Estimate]]:
    """The tokens of each arm; some random actions are evaluated for it, and no model is asked.

    Args:
        study: what would be run.
        thinking: tokens of thinking before each answer.
    """
    spec = registry().environment(study.environment).spec
    for arm in ARMS:
        with closing(spec.create([0], **study.environment_options(arm))) as environment:
            options = study.model_options(arm)
            yield (
                arm.name,
                estimate(environment, options, seeds=study.seeds, steps=study.steps, thinking=thinking),
            )


def price_of(study: Study) -> Price | None:
    """The price of the study's model; None if it is not known. Raises ``InputError`` if it has no batches."""
    options = study.model
    provider = find_provider(options["model"], options["sdk"], options["base_url"], options["providers"])
    if options["batch"]:
        provider.check_batches()
    given = options["prices"]
    return listed_price(provider, read_prices(given), given is not None, batch=options["batch"])


def cost_table(found: dict[str, Estimate], price: Price | None) -> str:
    """A row an arm, and one for all: calls, tokens and, if the price is known, dollars."""
    rows = [[name, each.calls, *_tokens(each), *_dollars(price, each)] for name, each in found.items()]
    parts = list(found.values())
    whole = Estimate(*(sum(getattr(each, name) for each in parts) for name in Estimate.__dataclass_fields__))
    rows.append(["all", whole.calls, *_tokens(whole), *_dollars(price, whole)])
    headers = ["arm", "calls", "prompt\ntokens", "answer\ntokens", "US\ndollars", "with\na cache"]
    align = ("left", *["right"] * 5)
    table: str = tabulate(rows, headers, disable_numparse=True, colalign=align)
    return table


def check_limit(found: dict[str, Estimate], price: Price | None, study: Study, *, unlimited: bool) -> None:
    """Refuse to begin what may cost money without a limit that the user set.

    Args:
        found: the estimates of the arms.
        price: of the model; None if it is not known.
        study: what would be run.
        unlimited: whether the user said that no limit is needed.

    Raises:
        InputError: there is no limit, and nobody said that none is needed.
    """
    if study.max_cost is not None or unlimited or (price is not None and not price.of(10**6, 10**6)):
        return
    if price is None:
        raise InputError(
            f"--model {study.model['model']}: its price is not known; give it in a table by -p prices=FILE, or "
            "--yes to begin without a limit of costs"
        )
    total = sum(each.dollars(price, cache=False) for each in found.values())
    raise InputError(
        f"--max-cost: is missing; the estimate is {total:.2f} US dollars for all arms; give a limit, or --yes to "
        "begin without one"
    )


def _tokens(found: Estimate) -> list[str]:
    return [f"{found.input_tokens:,}", f"{found.output_tokens:,}"]


def _dollars(price: Price | None, found: Estimate) -> list[str]:
    if price is None:
        return ["-", "-"]
    return [f"{found.dollars(price, cache=cache):.2f}" for cache in (False, True)]
