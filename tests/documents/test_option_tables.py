"""The tables of options in the plugins' documents agree with what the plugins declare."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest
from documents.continuous_integration import ROOT
from documents.tracked import tracked_documents

from policybench.options import Option
from policybench.plugins import registry

DOCUMENTS = [path for path in tracked_documents(ROOT) if re.search(r"^\| option ", path.read_text(), re.MULTILINE)]


def options_of(distribution: str) -> list[Option]:
    found = registry()
    plugins = [*found.principals.values(), *found.environments.values(), *found.executors.values()]
    return [option for plugin in plugins if plugin.distribution == distribution for option in plugin.spec.options]


def rows(text: str) -> list[tuple[str, str]]:
    """Name and default of each row of the tables whose first column is called option."""
    tables = re.findall(r"^\| option \| default \|.*\n\|[-|:]+\n((?:\|.*\n)+)", text, re.MULTILINE)
    cells = [line.strip("|").split("|") for table in tables for line in table.splitlines()]
    return [(name.strip().strip("`"), default.strip().strip("`")) for name, default, *_ in cells]


def agrees(default: str, option: Option) -> bool:
    """Whether a default is shown as declared; words may stand for one that is decided later."""
    try:
        return option.default is None or option.parse(default) == option.default
    except (click.BadParameter, ValueError):
        return False


def faults(text: str, options: list[Option]) -> list[str]:
    found = []
    for name, default in rows(text):
        declared = [option for option in options if option.name == name]
        if not declared:
            found.append(f"{name}: no such option")
        elif not any(agrees(default, option) for option in declared):
            found.append(f"{name}: the default is {declared[0].default}, not {default}")
    return found


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_options_and_defaults_are_those_that_are_declared(path: Path):
    title = path.read_text(encoding="utf-8").splitlines()[0]
    assert faults(path.read_text(encoding="utf-8"), options_of(title.removeprefix("# "))) == []


def test_wrong_tables_are_noticed():
    text = "| option | default | |\n|---|---:|---|\n| `a` | 0.20 | x |\n| `b` | all of it | |\n| `c` | 3 | |\n"
    declared = [Option("a", float, 0.2, ""), Option("b", int, 5, ""), Option("b", int, None, "")]
    assert rows(text) == [("a", "0.20"), ("b", "all of it"), ("c", "3")]
    assert faults(text, declared) == ["c: no such option"]
    assert faults(text, [Option(name, int, 4, "") for name in "abc"]) == [
        "a: the default is 4, not 0.20",
        "b: the default is 4, not all of it",
        "c: the default is 4, not 3",
    ]
