"""Which SDK, endpoint and key belong to a model: a small table, ``data/providers.toml`` or the user's."""

from __future__ import annotations

import os
from dataclasses import dataclass
from fnmatch import fnmatchcase
from ipaddress import ip_address
from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, ValidationError

from policybench import InputError
from policybench_llm.files import read_toml

LOCAL = "local"
"""The name of the model that runs on this machine, started and stopped with the run."""

Sdk = Literal["openai", "anthropic"]

_OWN_KEYS: dict[Sdk, tuple[str, ...]] = {
    "openai": ("OPENAI_API_KEY",),
    "anthropic": ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"),
}


@dataclass(frozen=True)
class Provider:
    """How a model is reached.

    Attributes:
        model: its name.
        sdk: speaks to it.
        base_url: the endpoint; None for the SDK's own.
        key: the environment variable that holds the key; None for the SDK's own.
    """

    model: str
    sdk: Sdk
    base_url: str | None
    key: str | None

    @property
    def local(self) -> bool:
        """Whether this process starts the model itself."""
        return self.model == LOCAL

    @property
    def on_this_machine(self) -> bool:
        """Whether the endpoint is on this machine, where a key is seldom needed."""
        return self.local or (self.base_url is not None and _is_loopback(self.base_url))

    def find_key(self) -> str | None:
        """The key; ``none`` where none is needed; None if the SDK has other ways to find one.

        Raises:
            InputError: a key is needed, and its variable is not set.
        """
        names = _OWN_KEYS[self.sdk] if self.key is None else (self.key,)
        if self.local:
            return "none"
        for name in names:
            if value := os.environ.get(name):
                if not (value.isascii() and value.isprintable() and " " not in value):
                    raise InputError(f"{name} holds what no key can: blanks, line ends or letters beyond ASCII")
                return value if self.key else None
        if self.on_this_machine:
            return "none"
        if self.sdk == "anthropic" and self.key is None and _has_anthropic_profile():
            return None
        keyless = "" if self.base_url is None else " (any word, if the server asks for none)"
        raise InputError(
            f"{names[0]} is not set; -p model={self.model} needs a key in that environment variable{keyless}. "
            "Without any key, -p model=local runs a small model on this machine"
        )


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid")

    models: list[str]
    sdk: Sdk
    base_url: str | None = None
    key: str | None = None


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid")

    provider: list[_Row]


def find_provider(model: str, sdk: Sdk | None, base_url: str | None, table: str | None) -> Provider:
    """How a model is reached, from the table and the options that go before it.

    Raises:
        InputError: the table or the endpoint cannot be used, or the table has no such model.
    """
    rows = _read_table(table)
    if base_url is not None:
        _check_url(base_url)
    if model == LOCAL:
        if base_url is not None:
            raise InputError(
                f"-p base_url={base_url}: -p model=local has an endpoint of its own; name another model"
            )
        return Provider(model, sdk or "openai", None, None)
    row = next((row for row in rows if any(fnmatchcase(model, pattern) for pattern in row.models)), None)
    if row is None:
        raise InputError(
            f"-p model={model}: no row of -p providers={table} fits; add one with models = [{model!r}]"
        )
    # An endpoint of the user's own has nothing to do with the key of the table's.
    if base_url is not None or (sdk is not None and sdk != row.sdk):
        return Provider(model, sdk or row.sdk, base_url, None if base_url is None else _key_of(rows, base_url))
    return Provider(model, row.sdk, row.base_url, row.key)


def key_variables(table: str | None) -> set[str]:
    """Names of all environment variables that hold keys."""
    rows = _read_table(table)
    return {name for names in _OWN_KEYS.values() for name in names} | {row.key for row in rows if row.key}


def _key_of(rows: list[_Row], base_url: str) -> str | None:
    return next((row.key for row in rows if row.base_url == base_url), None)


def _read_table(given: str | None) -> list[_Row]:
    try:
        table = _Table.model_validate(read_toml("providers", given, "data/providers.toml"))
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        raise InputError(f"-p providers={given}: {'.'.join(map(str, fault['loc']))}: {fault['msg']}") from None
    for row in table.provider:
        if row.base_url is not None:
            _check_url(row.base_url)
    return table.provider


def _check_url(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise InputError(f"-p base_url={url}: takes an address such as http://127.0.0.1:8000/v1")
    if parts.username or parts.password or parts.query:
        raise InputError(
            "-p base_url: has a name, password or query in it, which would be kept in files; keys belong in the "
            "environment variable of the SDK"
        )


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _has_anthropic_profile() -> bool:
    names = ("ANTHROPIC_PROFILE", "ANTHROPIC_CONFIG_DIR", "ANTHROPIC_FEDERATION_RULE_ID")
    return any(os.environ.get(name) for name in names)
