"""Which SDK, endpoint and key belong to a model: a small table, ``data/providers.toml`` or the user's."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
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

_ENDPOINTS: dict[Sdk, str] = {"openai": "OPENAI_BASE_URL", "anthropic": "ANTHROPIC_BASE_URL"}
"""Environment variables that lead an SDK elsewhere."""

_OFFICIAL = ("https://api.openai.com/v1", "https://api.anthropic.com")

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
        foreign: whether the endpoint is another one than the packaged table's, so that its prices say nothing.
        batches: whether the endpoint may have batches; its answer tells for sure.
    """

    model: str
    sdk: Sdk
    base_url: str | None
    key: str | None
    foreign: bool = False
    batches: bool = True

    @property
    def local(self) -> bool:
        """Whether this process starts the model itself."""
        return self.model == LOCAL

    @property
    def on_this_machine(self) -> bool:
        """Whether the endpoint is on this machine, where a key is seldom needed."""
        return self.local or (self.base_url is not None and _is_loopback(self.base_url))

    def check_batches(self) -> None:
        """Raises ``InputError`` if the endpoint is known to have no batches."""
        if not self.batches:
            raise InputError(
                f"-p batch=true: -p model={self.model} has no batches that can be used here; leave the option out"
            )

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
    batches: bool = True


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
        _check_url("-p base_url", base_url)
    if model == LOCAL:
        if base_url is not None:
            raise InputError(
                f"-p base_url={base_url}: -p model=local has an endpoint of its own; name another model"
            )
        return Provider(model, sdk or "openai", None, None, batches=False)
    row = next((row for row in rows if any(fnmatchcase(model, pattern) for pattern in row.models)), None)
    if row is None:
        raise InputError(
            f"-p model={model}: no row of -p providers={table} fits; add one with models = [{model!r}]"
        )
    # An endpoint of the user's own has nothing to do with the key of the table's.
    if base_url is not None or (sdk is not None and sdk != row.sdk):
        key = None if base_url is None else _key_of(rows, base_url)
        found = Provider(model, sdk or row.sdk, base_url, key, foreign=_is_foreign(base_url))
    else:
        found = Provider(
            model, row.sdk, row.base_url, row.key, foreign=_is_foreign(row.base_url), batches=row.batches
        )
    return found if found.base_url else _led_elsewhere(found)


def _led_elsewhere(provider: Provider) -> Provider:
    """The provider with the endpoint that an environment variable names, if one does."""
    variable = _ENDPOINTS[provider.sdk]
    base_url = os.environ.get(variable)
    if base_url is None:
        return provider
    _check_url(variable, base_url.strip())
    return replace(provider, base_url=base_url.strip(), foreign=_is_foreign(base_url.strip()))


def _is_foreign(base_url: str | None) -> bool:
    """Whether an endpoint belongs to none of the providers whose prices are packaged."""
    known = {*_OFFICIAL, *(row.base_url for row in _read_table(None) if row.base_url)}
    return base_url is not None and base_url.rstrip("/") not in {url.rstrip("/") for url in known}


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
            _check_url(f"-p providers={given}: base_url", row.base_url)
    return table.provider


def _check_url(name: str, url: str) -> None:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        usable = False
    if not usable:
        unset = "" if name.startswith("-") else ", or unset it"
        raise InputError(f"{name}={url}: takes an address such as http://127.0.0.1:8000/v1{unset}")
    if parts.username or parts.password or parts.query:
        raise InputError(
            f"{name}: has a name, password or query in it, which would be kept in files; keys belong in the "
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
