"""The site's menu."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from policybench.surface import MODULES
from website.leaderboards import Page
from website.places import LEADERBOARDS, Places

_HOW_TO = {
    "Compare runs": "comparing.md",
    "Many cores, or a cluster": "scaling.md",
    "Ray": "plugins/ray.md",
    "Language models": "language_models.md",
    "Follow a run with trackers": "plugins/trackers.md",
    "How PettingZoo games are learned": "pettingzoo.md",
    "PettingZoo games": "pettingzoo_games.md",
    "Results as data": "data.md",
    "Check a plugin": "conformance.md",
    "Nevergrad's optimisers": "examples/nevergrad.md",
    "A game by others": "examples/taxed_spread.md",
    "A game with roles": "examples/crowded_tag.md",
    "Stable-Baselines3": "examples/stable_baselines3.md",
}
_REFERENCE = {
    "Statistics": "statistics.md",
    "Changelog": "changelog.md",
    "Contributing": "contributing.md",
}


def menu(places: Places, boards: Iterable[Page]) -> list[Any]:
    """The menu, in the form of MkDocs' option ``nav``."""
    pages = set(places.pages.values())
    environments = [name for names in places.environments.values() for name in names]
    principals = sorted(name for names in places.principals.values() for name in names)
    shared = sorted(page for page in pages if page.startswith("plugins/") and page not in _HOW_TO.values())
    named = {"index.md", "tutorial.md", "leaderboards/rules.md", *_HOW_TO.values(), *_REFERENCE.values()}
    rest = sorted(
        page for page in pages - named if not page.startswith(("plugins/", "environments/", "principals/"))
    )
    return [
        {"Start": "index.md"},
        {"Tutorial": "tutorial.md"},
        {"How to": _links(_HOW_TO)},
        {
            "Environments": [
                "environments/index.md",
                *_links({name: f"environments/{name}.md" for name in environments}),
            ]
        },
        {
            "Principals": [
                "principals/index.md",
                *_links({name: f"principals/{name}.md" for name in principals}),
                *shared,
            ]
        },
        {"Leaderboards": _leaderboards(list(boards))},
        {
            "Reference": [
                *_links(_REFERENCE),
                {"Figures of the paper": rest},
                {"API": ["api/index.md", *_links({module: f"api/{module}.md" for module in MODULES})]},
            ]
        },
    ]


def _links(named: dict[str, str]) -> list[dict[str, str]]:
    return [{name: page} for name, page in named.items()]


def _leaderboards(boards: Sequence[Page]) -> list[Any]:
    protocols = dict.fromkeys(board.protocol for board in boards if board.protocol)
    parts = [
        {f"Protocol {protocol}": [board.place for board in boards if board.protocol == protocol]}
        for protocol in protocols
    ]
    return [LEADERBOARDS, {"Rules": "leaderboards/rules.md"}, *parts]
