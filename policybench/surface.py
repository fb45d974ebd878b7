"""The public surface: which modules plugins, scripts and notebooks may import, and which names of them.

``python -m policybench.surface`` prints it as the page ``docs/interface.md``.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

MODULES = {
    "policybench": "The front door: what every plugin needs, and runs from Python.",
    "policybench.actions": "Grids of actions, and actions that users give.",
    "policybench.analysis": "Estimates over seeds.",
    "policybench.compiled": "Compiled code, and the random streams that it draws from.",
    "policybench.executors": "What makes parts of runs in other processes or on other machines.",
    "policybench.followers": "Followers that learn by PPO in compiled code.",
    "policybench.gridworld": "What games on a grid share: maps, movement, views and pictures.",
    "policybench.gymnasium": "The principal's problem as a Gymnasium environment, for any library of learners.",
    "policybench.hypergradient": "The derivative of the payoff through the followers' learning.",
    "policybench.landscape": "Landscapes: what actions pay, measured.",
    "policybench.neural": "What principals with networks share; needs torch, all but the options.",
    "policybench.options": "Options of plugins, checked.",
    "policybench.pettingzoo": "PettingZoo games as environments; needs torch, all but the options.",
    "policybench.plots": "What all figures share.",
    "policybench.plugins": "The plugins that are installed.",
    "policybench.redaction": "Text without secrets.",
    "policybench.store": "The files of runs.",
    "policybench.streams": "Random streams, each named by what it is for.",
    "policybench.testing": "The conformance suite.",
    "policybench.threads": "Threads of linear algebra, and cores.",
}
"""A sentence for each public module; its public names are those of its ``__all__``."""


def public_names(module: str) -> list[str]:
    """The public names of a public module, sorted.

    Raises:
        KeyError: the module is not public.
    """
    if module not in MODULES:
        raise KeyError(module)
    return sorted(import_module(module).__all__, key=lambda name: (name.lower(), name))


def docstring(module: str, name: str) -> str:
    """What the source says of a public name, be it a class, a function or a constant; empty if it says nothing.

    Nothing but the module itself is imported: a toolkit may need libraries that are not installed.
    """
    node, following = _definition(module, name)
    if isinstance(node, ast.ClassDef | ast.FunctionDef):
        return ast.get_docstring(node) or ""
    match following:
        case ast.Expr(value=ast.Constant(value=str(text))):
            return text
        case _:
            return ""


def signature(module: str, name: str) -> ast.ClassDef | ast.FunctionDef | None:
    """The source of a public class or function; None for a constant."""
    node, _ = _definition(module, name)
    return node if isinstance(node, ast.ClassDef | ast.FunctionDef) else None


def unpacked(module: str, name: str) -> bool:
    """Whether a public name is a constant that is one of several in one assignment."""
    node, _ = _definition(module, name)
    return isinstance(node, ast.Assign) and not isinstance(node.targets[0], ast.Name)


def page() -> str:
    """The page ``docs/interface.md``."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# The public interface"
    yield ""
    yield "Plugins, scripts and notebooks may import these names. Everything else of policybench is private and"
    yield "may change at any time. `python -m policybench.surface` prints this page; docstrings say more."
    for module, about in MODULES.items():
        yield f"\n## {module}\n\n{about}\n\n| name | what it is |\n|---|---|"
        for name in public_names(module):
            sentence = " ".join(docstring(module, name).partition("\n\n")[0].split())
            yield f"| `{name}` | {sentence.replace('``', '`').replace('|', chr(92) + '|')} |"


def _definition(module: str, name: str) -> tuple[ast.stmt | None, ast.stmt | None]:
    """The statement that defines a name, and the one after it; imports are followed."""
    spec = find_spec(module)
    if spec is None or spec.origin is None:
        return None, None
    tree = ast.parse(Path(spec.origin).read_text(encoding="utf-8"))
    for node, following in pairwise([*tree.body, None]):
        if node is not None and name in _defined(node):
            return node, following
    for part in ast.walk(tree):
        if isinstance(part, ast.ImportFrom) and name in [alias.name for alias in part.names]:
            return _definition(part.module or "", name)
    return None, None


def _defined(node: ast.stmt) -> list[str]:
    match node:
        case ast.ClassDef(name=name) | ast.FunctionDef(name=name):
            return [name]
        case ast.Assign(targets=targets):
            return [part.id for target in targets for part in ast.walk(target) if isinstance(part, ast.Name)]
        case ast.AnnAssign(target=ast.Name(id=name)):
            return [name]
        case _:
            return []


if __name__ == "__main__":
    print(page(), end="")
