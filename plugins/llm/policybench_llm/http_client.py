"""The HTTP client under an SDK: what it takes from the surroundings, and what it does not do by itself."""

from __future__ import annotations

import os
import ssl
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

from policybench import StopRunError

Client = TypeVar("Client")

LONGEST_WAIT = 120.0
"""Seconds that a server may ask to wait before a call is repeated; beyond that the run stops instead."""

_PROXIES = ("ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY")
_CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR")


def make_client(factory: Callable[..., Client], *, on_this_machine: bool) -> Client:
    """An SDK's HTTP client.

    Args:
        factory: makes it.
        on_this_machine: whether the server is on this machine.

    Raises:
        StopRunError: proxies or certificates that the environment variables name cannot be used.
    """
    try:
        return factory(
            trust_env=not on_this_machine,  # a proxy has nothing to do with this machine's own servers
            follow_redirects=False,  # a redirected question would lose its body, or take the key elsewhere
            event_hooks={"response": [_spare_repetitions]},
        )
    except ImportError:
        raise StopRunError(
            f"{_proxies()}: a SOCKS proxy needs one more package (pip install socksio); install it, or unset "
            "the variable"
        ) from None
    except (OSError, ssl.SSLError) as error:
        raise StopRunError(
            f"{_certificates()}: the certificates cannot be read ({error.strerror}); name a file in PEM "
            "format, or unset the variable"
        ) from None
    except ValueError:
        raise StopRunError(
            f"{_proxies()}: takes an address such as http://HOST:PORT; correct it, or unset the variable"
        ) from None


def _proxies() -> str:
    """Which variables of proxies are set; their values may hold passwords."""
    given = [name for name in _PROXIES if os.environ.get(name) or os.environ.get(name.lower())]
    return ", ".join(given) or "proxy"


def _certificates() -> str:
    """The first of the variables of certificates that is set, with its value, which is a path."""
    return next(
        (f"{name}={os.environ[name]}" for name in _CERTIFICATES if os.environ.get(name)), "SSL certificates"
    )


def _spare_repetitions(response: Any) -> None:
    """Keep an SDK from repeating what cannot succeed; a hook of its HTTP client.

    The Anthropic SDK would sleep for hours if a server asks it to, where a person should be told. And a server
    that fails over a JSON schema fails again.
    """
    if wait_asked_for(response.headers) > LONGEST_WAIT:
        response.headers["x-should-retry"] = "false"
    if response.status_code >= 500:
        response.read()
        if "schema" in response.text.lower():
            response.headers["x-should-retry"] = "false"


def wait_asked_for(headers: Mapping[str, str]) -> float:
    """Seconds that a response asks to wait before the request is repeated; 0 if it does not."""
    return max(_wait(headers.get("retry-after", "")), _wait(headers.get("retry-after-ms", "")) / 1000, 0.0)


def _wait(text: str) -> float:
    """Seconds that a header ``Retry-After`` stands for: a number or a date."""
    try:
        return float(text)
    except ValueError:
        pass
    try:
        return (parsedate_to_datetime(text).astimezone(UTC) - datetime.now(UTC)).total_seconds()
    except (ValueError, OverflowError):
        return 0.0
