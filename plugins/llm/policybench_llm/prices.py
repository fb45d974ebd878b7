"""What calls cost: a dated table of prices, ``data/prices.toml`` or the user's."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from policybench import InputError
from policybench_llm.files import read_toml

_VERSION = re.compile(r"-(latest|preview|exp|\d{3}|\d{8}|\d{4}-\d{2}-\d{2})$")


@dataclass(frozen=True)
class Price:
    """US dollars for a million tokens."""

    input: float
    output: float
    cached: float
    cache_write: float

    def of(self, input_tokens: int, output_tokens: int, cached: int = 0, written: int = 0) -> float:
        """US dollars for so many tokens; ``cached`` and ``written`` are parts of the prompt's."""
        plain = max(input_tokens - cached - written, 0) * self.input
        return (plain + cached * self.cached + written * self.cache_write + output_tokens * self.output) / 1e6

    def in_batches(self, share: float) -> Price:
        """The price of the same tokens in a batch, which is this share of it."""
        return Price(self.input * share, self.output * share, self.cached * share, self.cache_write * share)


FREE = Price(0.0, 0.0, 0.0, 0.0)


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    input: float = Field(ge=0)
    output: float = Field(ge=0)
    cached: float | None = Field(default=None, ge=0)
    cache_write: float | None = Field(default=None, ge=0)

    def price(self) -> Price:
        """The price, where what is not told of caches costs what other prompt tokens do."""
        cached, written = self.cached, self.cache_write
        return Price(
            self.input,
            self.output,
            self.input if cached is None else cached,
            self.input if written is None else written,
        )


class PriceTable(BaseModel):
    """Prices by model, with the day on which they were read and where.

    Attributes:
        batch: what a call in a batch costs, as a share of what it costs otherwise.
    """

    model_config = ConfigDict(extra="forbid")

    date: str
    source: str = ""
    batch: float = Field(default=1.0, ge=0, le=1)
    models: dict[str, _Row]

    def find(self, *names: str, batch: bool = False) -> Price | None:
        """The price of the first of these names that the table has, with or without its date; or None.

        Args:
            names: of a model.
            batch: whether calls are made in batches.
        """
        for name in names:
            bare = name.removeprefix("models/")
            for candidate in (bare, _VERSION.sub("", bare)):
                if candidate in self.models:
                    return self.models[candidate].price().in_batches(self.batch if batch else 1.0)
        return None


def read_prices(given: str | None) -> PriceTable:
    """The user's table or the packaged one; raises ``InputError`` if it cannot be used."""
    content = read_toml("prices", given, "data/prices.toml")
    try:
        return PriceTable.model_validate({**content, "date": str(content.get("date", ""))})
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        raise InputError(
            f"-p prices={given}: {'.'.join(map(str, fault['loc']))}: {fault['msg']}; takes a date and "
            'a table [models] of rows such as "name" = { input = 0.15, output = 0.6 }'
        ) from None
