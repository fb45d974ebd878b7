"""A comparison as a TOML file."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from policybench.errors import InputError, nearest
from policybench.plugins import registry
from policybench.store.files import replace_file
from policybench.suite.comparison import Chosen, ChosenPrincipal, Comparison


def read_comparison(path: Path) -> Comparison:
    """Read a comparison.

    Raises:
        InputError: there is no such file, or something in it is not allowed; the message names file and key, and
            says what is allowed.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise InputError(f"{path}: is no TOML: {error}") from None
    try:
        return Comparison.model_validate(content)
    except ValidationError as error:
        faults = error.errors(include_url=False)
        # Who mistypes a key lacks it, too; what is there says more than what is not.
        first = next((fault for fault in faults if fault["type"] == "extra_forbidden"), faults[0])
        raise InputError(f"{path}: {_fault(first, content)}") from None


def write_comparison(comparison: Comparison, path: Path) -> None:
    """Write a comparison, which ``read_comparison`` reads back.

    Raises:
        InputError: the file is there already, or cannot be written.
    """
    if path.exists():
        raise InputError(f"--write {path}: is there already; choose another name")
    try:
        replace_file(path, text_of(comparison).encode())
    except OSError as error:
        raise InputError(f"--write {path}: cannot be written: {error.strerror}") from None


def text_of(comparison: Comparison) -> str:
    """The content of the file."""
    lines = [
        f"{name} = {_value(value)}"
        for name, value in comparison.model_dump(exclude={"principal", "environment"}).items()
        if value is not None
    ]
    for kind, entries in (("principal", comparison.principal), ("environment", comparison.environment)):
        for entry in entries:
            lines += ["", f"[[{kind}]]", f"name = {_value(entry.name)}"]
            if entry.label is not None:
                lines.append(f"label = {_value(entry.label)}")
            if isinstance(entry, ChosenPrincipal) and entry.on:
                lines.append(f"on = {_value(entry.on)}")
            lines += _options("options", entry.options)
            if isinstance(entry, ChosenPrincipal):
                lines += _options("environment_options", entry.environment_options)
    return "\n".join(lines) + "\n"


def _options(key: str, options: Mapping[str, Any]) -> list[str]:
    pairs = ", ".join(f"{_value(name)} = {_value(value)}" for name, value in options.items())
    return [f"{key} = {{ {pairs} }}"] if pairs else []


def _value(value: Any) -> str:
    """A value in TOML; strings, numbers and lists of them are written as in JSON there."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _fault(fault: ErrorDetails, content: dict[str, Any]) -> str:
    place = _place(fault["loc"])
    if fault["type"] == "extra_forbidden":
        *_, key = fault["loc"]
        kinds = {"principal": ChosenPrincipal, "environment": Chosen}
        known = list((kinds[str(fault["loc"][0])] if len(fault["loc"]) > 1 else Comparison).model_fields)
        hint = _option(fault, content) or nearest(str(key), known)
        return f"{place}: there is no such key.{hint} Allowed: {', '.join(known)}"
    if fault["type"] == "missing":
        return f"{place}: is missing"
    return f"{place} = {fault['input']!r}: {fault['msg']}"


def _option(fault: ErrorDetails, content: dict[str, Any]) -> str:
    """What to write where the key is an option of the plugin beside it; empty if it is none."""
    match fault["loc"]:
        case ("principal" | "environment" as kind, int(index), str(key)):
            name, plugins = content[kind][index].get("name"), registry()
            plugin = (plugins.principals if kind == "principal" else plugins.environments).get(str(name))
            value = _value(fault["input"]) if isinstance(fault["input"], int | float | str) else "..."
            if plugin and any(option.name == key for option in plugin.spec.options):
                return f" It is an option of {name}; write: options = {{ {key} = {value} }}."
    return ""


def _place(place: tuple[int | str, ...]) -> str:
    """Where in the file: ``principal 2, options.c``."""
    match place:
        case (str(kind), int(index), *rest):
            keys = [str(key) for key in rest if key not in ("bool", "int", "float", "str") and "[" not in str(key)]
            return ", ".join(filter(None, [f"{kind} {index + 1}", ".".join(keys)]))
        case _:
            return ".".join(map(str, place))
