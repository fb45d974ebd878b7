"""Plugins, examples and templates import nothing but what is public, and what is public explains itself."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from policybench import surface

ROOT = Path(__file__).parents[1]

AUTHORS = [
    *ROOT.glob("plugins/*/policybench_*/**/*.py"),
    *ROOT.glob("examples/*/policybench_*/**/*.py"),
    *ROOT.glob("policybench/scaffold/templates/**/*.py.jinja"),
]

PUBLIC = [(module, name) for module in surface.MODULES for name in surface.public_names(module)]


def source(path):
    text = path.read_text(encoding="utf-8")
    return re.sub(r"{{.*?}}", "X", text) if path.suffix == ".jinja" else text


def imported(path):
    """Pairs of module and name that a file imports from policybench; templates with a name filled in."""
    tree = ast.parse(source(path))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module.split(".")[0] == "policybench":
            yield from ((node.module, alias.name) for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names if alias.name.split(".")[0] == "policybench")


@pytest.mark.parametrize("path", AUTHORS, ids=lambda path: str(path.relative_to(ROOT)))
def test_authors_import_public_names_only(path):
    private = [
        f"{module}: {name}"
        for module, name in imported(path)
        if (module, name) not in PUBLIC and f"{module}.{name}" not in surface.MODULES
    ]
    assert private == []


def test_something_is_imported_of_every_toolkit_or_it_is_for_scripts():
    used = {module for path in AUTHORS for module, _ in imported(path)}
    assert used <= set(surface.MODULES)
    assert len(used) > 10


@pytest.mark.parametrize(("module", "name"), PUBLIC)
def test_public_names_exist_and_explain_themselves(module, name):
    text = surface.docstring(module, name)
    assert text.strip(), f"{module}.{name} has no docstring"
    node = surface.signature(module, name)
    for function in functions(node):
        explained = text if function is node else f"{text}\n{ast.get_docstring(function) or ''}"
        where = f"{module}.{name}: {function.name}"
        if takes_arrays(function):
            assert re.search(r"\[|\bshapes?\b", explained), f"{where} takes or returns arrays and says no shape"
        if function is node or not function.name.startswith("_"):
            for error in raised(function):
                assert error in explained, f"{where} raises {error} and does not say so"


def functions(node):
    """A public function itself, or the public methods of a public class."""
    if isinstance(node, ast.FunctionDef):
        return [node]
    if isinstance(node, ast.ClassDef):
        return [part for part in node.body if isinstance(part, ast.FunctionDef) and not part.name.startswith("_")]
    return []


def takes_arrays(function):
    arguments = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    # Contexts have the shape of the environment's context space, whichever that is.
    hints = [arg.annotation for arg in arguments if arg.arg != "context"] + [function.returns]
    return any(re.search(r"\b(Array|Floats|NDArray)\b", ast.unparse(hint)) for hint in hints if hint is not None)


def raised(function):
    """The names of the exceptions that a function raises itself."""
    found = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and isinstance(node.exc.func, ast.Name):
            found.add(node.exc.func.id)
    return found


def test_the_page_is_what_the_module_prints():
    assert (ROOT / "docs" / "interface.md").read_text(encoding="utf-8") == surface.page()


def test_an_unknown_name_of_a_toolkit_is_an_attribute_error():
    import policybench.gridworld as toolkit

    with pytest.raises(AttributeError, match=r"'policybench\.gridworld' has no attribute 'unknown'"):
        toolkit.unknown  # noqa: B018
    with pytest.raises(KeyError):
        surface.public_names("policybench.harness")
