"""The options that concern calls, checked together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from policybench import InputError
from policybench.redaction import Redactor
from policybench_llm.prices import FREE, Price, PriceTable, read_prices
from policybench_llm.providers import Provider, find_provider, key_variables
from policybench_llm.reasoning import read_extra, reasoning_fields
from policybench_llm.transcript import Call, read_calls


@dataclass(frozen=True)
class CallSettings:
    """How a run calls its model; the options of the same names explain most of it.

    Attributes:
        names: of the numbers of an answer.
        recorded: the calls of the transcript that answers; None if the model itself is asked.
    """

    provider: Provider
    weights: str | None
    temperature: float
    max_tokens: int
    reasoning: Mapping[str, Any]
    thinking_budget: int | None
    extra: Mapping[str, Any]
    schema: bool
    names: tuple[str, ...]
    batch: bool
    concurrency: int
    timeout: float
    retries: int
    max_cost: float | None
    max_calls: int | None
    prices: PriceTable
    prices_given: bool
    redact: Redactor
    recorded: tuple[Call, ...] | None

    @property
    def in_batches(self) -> bool:
        """Whether calls are handed in together; a transcript answers each by itself."""
        return self.batch and self.recorded is None

    def price(self, *served: str, batch: bool) -> Price | None:
        """The price of the model, by the server's name for it or the user's; None if it is not known."""
        return listed_price(self.provider, self.prices, self.prices_given, *served, batch=batch)


def listed_price(
    provider: Provider, prices: PriceTable, given: bool, *served: str, batch: bool = False
) -> Price | None:
    """The price of a provider's model; None if it is not known.

    The packaged prices are those of the providers themselves: what another endpoint asks, only the user knows.

    Args:
        provider: which model, and where.
        prices: the table.
        given: whether the table is the user's own.
        served: what the server calls the model.
        batch: whether calls are made in batches.
    """
    if provider.local:
        return FREE
    if provider.foreign and not given:
        return None
    return prices.find(*served, provider.model, batch=batch)


def check_settings(
    *,
    model: str,
    sdk: str | None,
    base_url: str | None,
    providers: str | None,
    weights: str | None,
    temperature: float,
    max_tokens: int,
    reasoning_effort: str | None,
    thinking_budget: int | None,
    extra: str | None,
    schema: str,
    names: list[str],
    batch: bool,
    concurrency: int,
    timeout: float,
    retries: int,
    max_cost: float | None,
    max_calls: int | None,
    prices: str | None,
    replay: str | None,
) -> CallSettings:
    """The settings that options stand for.

    Raises:
        InputError: options that cannot be used, alone or together; a key that is missing.
    """
    provider = find_provider(model, sdk, base_url, providers)  # type: ignore[arg-type]
    if weights is not None and not provider.local:
        raise InputError(f"-p weights={weights}: belongs to -p model=local, not to model={model}")
    settings = CallSettings(
        provider=provider,
        weights=weights,
        temperature=temperature,
        max_tokens=max_tokens,
        reasoning=reasoning_fields(provider.sdk, reasoning_effort, thinking_budget),
        thinking_budget=thinking_budget,
        extra=read_extra(extra),
        schema=schema == "auto",
        names=tuple(names),
        batch=batch,
        concurrency=concurrency,
        timeout=timeout,
        retries=retries,
        max_cost=max_cost,
        max_calls=max_calls,
        prices=read_prices(prices),
        prices_given=prices is not None,
        redact=Redactor(key_variables(providers)),
        recorded=None if replay is None else _read_replay(replay),
    )
    if extra is not None and settings.redact(extra) != extra:
        raise InputError("-p extra: has a key in it, which would be kept in files")
    if replay is None:
        if batch:
            provider.check_batches()
        provider.find_key()
        if provider.local:
            from policybench_llm.local_model import check_installed

            check_installed(weights)
    if max_cost is not None and settings.price(batch=batch) is None:
        where = f" at {provider.base_url}" if provider.foreign else ""
        raise InputError(
            f"-p max_cost={max_cost:g}: the price of {model}{where} is not known; give it in a table by "
            "-p prices=FILE, or limit the calls by -p max_calls="
        )
    return settings


def _read_replay(replay: str) -> tuple[Call, ...]:
    """All calls, read before the run begins: it may be its own transcript that it starts over with."""
    path = Path(replay)
    if not path.is_file():
        raise InputError(f"-p replay={replay}: no such file; takes the transcript.jsonl of a run")
    return _read_calls(path, path.stat().st_mtime_ns, path.stat().st_size)


@lru_cache(maxsize=1)  # one principal a seed reads it
def _read_calls(path: Path, _modified: int, _size: int) -> tuple[Call, ...]:
    return tuple(read_calls(path))
