"""Fills the templates of a new plugin."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from jinja2 import Environment as Templates
from jinja2 import PackageLoader, StrictUndefined

from policybench import __version__
from policybench.plugins import registry
from policybench.scaffold.names import Names

Kind = Literal["principal", "environment", "pettingzoo"]

_SUFFIX = ".jinja"

_CLASSES: dict[Kind, str] = {"principal": "Principal", "environment": "Environment", "pettingzoo": "Game"}

_SUMMARIES: dict[Kind, str] = {
    "principal": "A principal for policybench: a (1+1) evolution strategy.",
    "environment": "An environment for policybench: two villages that keep up an irrigation canal.",
    "pettingzoo": "An environment for policybench: crews and a trawler that fish one lake, and a levy.",
}


@dataclass(frozen=True)
class Project:
    """A new plugin: what it is, what it is called, and who has written it."""

    kind: Kind
    names: Names
    author: str

    def files(self) -> dict[str, str]:
        """The content of each file, by its path with forward slashes, in alphabetical order."""
        templates = _templates()
        folders = ("every/", f"{self.kind}/")
        found = [place for place in templates.list_templates() if place.startswith(folders)]
        files = {self._path(place): templates.get_template(place).render(self._words()) for place in found}
        return dict(sorted(files.items()))

    def next_steps(self, folder: str) -> str:
        """What to do with it, as commands.

        Args:
            folder: where it is, quoted for a shell.
        """
        found = registry()
        return (
            _templates()
            .get_template("parts/next.txt.jinja")
            .render(self._words(), folder=folder, principals=found.principals, environments=found.environments)
        )

    def _path(self, place: str) -> str:
        return place.partition("/")[2].replace("MODULE", self.names.module).removesuffix(_SUFFIX)

    def _words(self) -> Mapping[str, object]:
        names = self.names
        return {
            "kind": self.kind,
            "name": names.name,
            "distribution": names.distribution,
            "module": names.module,
            "package": names.package,
            "class_name": names.capitalised + _CLASSES[self.kind],
            "summary": _SUMMARIES[self.kind],
            "author": self.author,
            "year": date.today().year,
            "version": __version__,
        }


def _templates() -> Templates:
    templates = Templates(
        loader=PackageLoader("policybench.scaffold"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    templates.filters["quoted"] = _quoted
    return templates


def _quoted(text: str) -> str:
    """A string of TOML: what JSON escapes, TOML escapes alike."""
    return json.dumps(text, ensure_ascii=False)
