"""The reference of the public interface: a page a module, filled in by mkdocstrings from the docstrings."""

from __future__ import annotations

from collections.abc import Iterator

from policybench.surface import MODULES, docstring, public_names, unpacked


def pages() -> Iterator[tuple[str, str]]:
    """Each page and its text."""
    rows = [f"| [`{module}`]({module}.md) | {about} |" for module, about in MODULES.items()]
    yield (
        "api/index.md",
        "# The public interface\n\nPlugins, scripts and notebooks may import what these modules export. "
        "Everything else of policybench is private and may change at any time.\n\n"
        "| module | what it holds |\n|---|---|\n" + "\n".join(rows),
    )
    for module, about in MODULES.items():
        names = [_entry(module, name) for name in public_names(module)]
        yield f"api/{module}.md", "\n\n".join([f"# {module}", about, *names])


def _entry(module: str, name: str) -> str:
    """What mkdocstrings makes an entry of; constants that are unpacked from a tuple it does not know."""
    return f"## {name}\n\n{docstring(module, name)}" if unpacked(module, name) else f"::: {module}.{name}"
