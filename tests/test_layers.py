"""The drawing of imports: no arrow runs back up, and none in a circle."""

from __future__ import annotations

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import policybench

ROOT = Path(policybench.__file__).parent


def imports() -> dict[str, set[str]]:
    """Each module of the core with those of the core that it imports, when it is loaded or later."""
    found = {}
    for path in ROOT.rglob("*.py"):
        parts = ("policybench", *path.relative_to(ROOT).with_suffix("").parts)
        if "templates" in parts:
            continue
        name = ".".join(parts).removesuffix(".__init__")
        found[name] = set(_imported(ast.parse(path.read_text())))
    names = set(found)
    return {name: {_module(wanted, names) for wanted in found[name]} - {name, ""} for name in found}


def _imported(tree: ast.Module):
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("policybench"):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith("policybench"))


def _module(name: str, names: set[str]) -> str:
    """The module that a name is imported from; the front door itself does not count."""
    while name not in names:
        name = name.rpartition(".")[0]
    return "" if name == "policybench" else name


def users(*machines: str) -> set[str]:
    """The modules outside of these machines that import something of them."""

    def inside(name: str) -> bool:
        return any(name == machine or name.startswith(f"{machine}.") for machine in machines)

    return {name for name, wanted in imports().items() if not inside(name) and any(map(inside, wanted))}


def test_only_the_command_line_the_front_door_and_workers_start_runs():
    # The command line names a type of it: what a run tells of its progress.
    allowed = {"policybench", "policybench.cli.interruptions", "policybench.cli.run", "policybench.runs"}
    assert users("policybench.harness", "policybench.executors", "policybench.suite") <= {
        *allowed,
        "policybench.cli.suite",
        "policybench.cli.reading",  # starts none: it reads those that the file of a suite names
    }


def test_workers_know_nothing_of_suites():
    inside = {name for name in users("policybench.suite") if not name.startswith("policybench.cli.")}
    assert inside == set()


def test_the_store_imports_nothing_that_runs_or_reads_it():
    # How wrong files are refused, and how large a run may be.
    allowed = {"policybench.errors", "policybench.protocol"}
    wanted = set().union(*(found for name, found in imports().items() if name.startswith("policybench.store")))
    assert {name for name in wanted if not name.startswith("policybench.store")} <= allowed


def test_no_circle():
    graph = {name: wanted for name, wanted in imports().items() if name != "policybench"}
    order = list(TopologicalSorter(graph).static_order())
    assert set(order) >= {"policybench.harness.launch", "policybench.store.run_folder", "policybench.recorded"}
