"""Which document of the repository becomes which page of the site."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from policybench.plugins import Registry

ROOT = Path(__file__).parents[1]
SOURCE = "https://github.com/policybench/policybench/blob/main/"
"""Where files of the repository that are no pages can be read."""

LEADERBOARDS = "leaderboards/index.md"
_FIXED = {
    "README.md": "index.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "leaderboards/README.md": "leaderboards/rules.md",
}
_LEFT_OUT = {"docs/interface.md": "api/index.md"}
"""Documents whose place is taken by generated pages."""


@dataclass(frozen=True)
class Places:
    """Where things are.

    Attributes:
        pages: the page of each document, both relative and with forward slashes.
        environments: names of the installed environments by folder of ``plugins/``, the one that gives the
            plugin its name first.
        principals: the same for principals, in alphabetical order.
    """

    pages: dict[str, str]
    environments: dict[str, list[str]]
    principals: dict[str, list[str]]

    def of(self, document: str) -> str | None:
        """The page that stands for a document; None if none does."""
        return self.pages.get(document) or _LEFT_OUT.get(document)


def find_places(found: Registry) -> Places:
    """The places of all documents that belong on the site, for the installed plugins of this repository."""
    environments = _by_folder({name: plugin.distribution for name, plugin in found.environments.items()})
    principals = _by_folder({name: plugin.distribution for name, plugin in found.principals.items()})
    pages = dict(_FIXED)
    for path in sorted((ROOT / "docs").rglob("*.md")):
        place = path.relative_to(ROOT).as_posix()
        if place not in _LEFT_OUT:
            pages[place] = place.removeprefix("docs/")
    for path in sorted((ROOT / "examples").glob("*/README.md")):
        pages[path.relative_to(ROOT).as_posix()] = f"examples/{path.parent.name}.md"
    for path in sorted((ROOT / "plugins").glob("*/README.md")):
        folder = path.parent.name
        pages[f"plugins/{folder}/README.md"] = _home(
            folder, environments.get(folder, []), principals.get(folder, [])
        )
    return Places(pages, environments, principals)


def slug(text: str) -> str:
    """A text as the name of a file.

    >>> slug("harvest-training_episodes=12")
    'harvest-training-episodes-12'
    """
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:80]


def _by_folder(distributions: dict[str, str]) -> dict[str, list[str]]:
    named: dict[str, list[str]] = defaultdict(list)
    for name, distribution in distributions.items():
        folder = distribution.removeprefix("policybench-").replace("-", "_")
        if (ROOT / "plugins" / folder / "README.md").is_file():
            named[folder].append(name)
    return {
        folder: sorted(names, key=lambda name: (name.replace("-", "_") != folder, name))
        for folder, names in sorted(named.items())
    }


def _home(folder: str, environments: list[str], principals: list[str]) -> str:
    """The one page that shows a plugin's README as a whole."""
    if environments:
        return f"environments/{environments[0]}.md"
    if len(principals) == 1 or folder in principals:
        return f"principals/{principals[0]}.md"
    return f"plugins/{folder}.md"
