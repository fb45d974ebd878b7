"""Files that come with the package and that users may replace with their own."""

from __future__ import annotations

import tomllib
from importlib import resources
from pathlib import Path
from typing import Any

from policybench import InputError


def read_text(option: str, given: str | None, packaged: str) -> str:
    """The text of a user's file, or of a packaged one.

    Args:
        option: names the user's file, for messages: ``prompt``.
        given: the user's file; None for the packaged one.
        packaged: its place in the package: ``prompts/default.jinja``.

    Raises:
        InputError: the user's file cannot be read.
    """
    if given is None:
        return resources.files("policybench_llm").joinpath(packaged).read_text(encoding="utf-8")
    try:
        return Path(given).read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"-p {option}={given}: {error.strerror}; takes a file") from None
    except UnicodeDecodeError:
        raise InputError(f"-p {option}={given}: is no text in UTF-8") from None


def read_toml(option: str, given: str | None, packaged: str) -> dict[str, Any]:
    """The content of a TOML file, as ``read_text`` finds it; raises ``InputError`` if it is none."""
    try:
        return tomllib.loads(read_text(option, given, packaged))
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"-p {option}={given}: is no TOML: {error}") from None
