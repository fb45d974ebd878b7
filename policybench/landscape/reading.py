"""Reading a landscape: what each action pays in each context, and which of them pays most."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path
from zipfile import BadZipFile, ZipFile
from zipfile import Path as PathInZip

import numpy as np

from policybench.arrays import Floats
from policybench.contexts import context_key
from policybench.errors import InputError
from policybench.landscape.records import LandscapeManifest, read_manifest, read_payoffs

_MOST_BYTES = 100_000_000
"""Of an unpacked file; the largest grid allowed, evaluated ten times, has some 70 MB."""


@dataclass(frozen=True)
class Landscape:
    """What the actions of a complete or unfinished landscape pay.

    Attributes:
        path: its folder, or the zip file with the same two files.
        manifest: what was measured.
        actions: [n_actions, action_dim], those that are done.
        payoffs: by context (one, the empty text, where there are none) [n_actions, n_evaluations].
    """

    path: Path
    manifest: LandscapeManifest
    actions: Floats
    payoffs: Mapping[str, Floats]

    @property
    def complete(self) -> bool:
        """Whether all actions are done."""
        return len(self.actions) == len(self.manifest.actions)

    def means(self, context: str) -> Floats:
        """Mean payoff of each action in a context, [n_actions]."""
        means: Floats = self.payoffs[context].mean(axis=1)
        return means

    def ranked(self, context: str) -> list[int]:
        """Indices of the actions in a context, the best first; of equal ones the first first."""
        return [int(index) for index in np.argsort(-self.means(context), kind="stable")]

    def best(self, context: str) -> Floats:
        """The action with the highest mean payoff in a context, [action_dim]."""
        action: Floats = self.actions[self.ranked(context)[0]]
        return action


def correlation(one: Landscape, other: Landscape, context: str) -> float:
    """How alike two landscapes of the same actions are: Pearson's correlation of mean payoffs in a context.

    NaN where all actions of one of them pay the same.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        return float(np.corrcoef(one.means(context), other.means(context))[0, 1])


def load_landscape(path: Path) -> Landscape:
    """The landscape in a folder that ``policybench landscape`` made, or in a zip file of that folder's two files.

    Raises:
        InputError: there is none, a file is damaged or, unpacked, larger than 100 MB, or no action is done yet.
    """
    try:
        place = _unpacked(path) if path.suffix == ".zip" else path
        manifest = read_manifest(place)
        records = read_payoffs(place, manifest)
    except (OSError, BadZipFile, zlib.error, NotImplementedError, RuntimeError) as error:
        raise InputError(f"{path}: cannot be read: {error}") from None
    if not records:
        raise InputError(f"{path}: no action is done yet; give its command again to continue it")
    rows = len(manifest.seeds) * len(manifest.steps)
    keys = [context_key(record.context) for record in records[:rows]]
    table = np.array([record.payoff for record in records]).reshape(-1, rows)
    payoffs = {key: table[:, [at for at, other in enumerate(keys) if other == key]] for key in sorted(set(keys))}
    return Landscape(path, manifest, np.array(manifest.actions[: len(table)]), payoffs)


def _unpacked(path: Path) -> Traversable:
    """The root of a zip file."""
    file = ZipFile(path)
    for entry in file.infolist():
        if entry.file_size > _MOST_BYTES:
            raise InputError(f"{path}: {entry.filename} has {entry.file_size} bytes; allowed are {_MOST_BYTES}")
    return PathInZip(file)
