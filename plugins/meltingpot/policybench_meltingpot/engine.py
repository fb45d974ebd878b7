"""DeepMind's Melting Pot engine: one substrate, its observations and rewards as arrays.

``import meltingpot`` loads the trained bots, too, and TensorFlow and JAX with them. A substrate needs neither:
here only the modules that describe and build one are imported, with a bare package in the place of
``meltingpot`` while that lasts. So ``dm-meltingpot`` works installed with ``--no-deps`` beside what they need:
dmlab2d, dm-env, dm-tree, immutabledict and ml-collections.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from policybench import InputError

N_PLAYERS = 7
MAX_SEED = 2**31 - 1

_LOCK = threading.Lock()


class Frame(NamedTuple):
    """What the engine shows after a reset or a step.

    Attributes:
        views: [n_players, 88, 88, 3] uint8, what each player sees.
        world: [height, width, 3] uint8, the whole map.
        rewards: [n_players] float32, of the step; zeros after a reset.
        cleaned: [n_players] int64, how much dirt each player's shot has hit; zeros where there is no dirt.
        over: whether the engine ended the episode.
    """

    views: NDArray[np.uint8]
    world: NDArray[np.uint8]
    rewards: NDArray[np.float32]
    cleaned: NDArray[np.int64]
    over: bool


def is_installed() -> bool:
    """Whether everything that a substrate needs can be imported."""
    needed = ("meltingpot", "dmlab2d", "dm_env", "tree", "immutabledict", "ml_collections")
    return all(find_spec(name) is not None for name in needed)


class Substrate:
    """A substrate with seven players; every reset builds the engine anew, as Melting Pot does itself."""

    def __init__(self, name: str) -> None:
        """Load a substrate's description.

        Args:
            name: such as ``clean_up``.

        Raises:
            InputError: Melting Pot or something that it needs is not installed.
        """
        if not is_installed():
            raise InputError(
                "Melting Pot is not installed: pip install 'policybench-meltingpot[engine]', then "
                "pip install --no-deps dm-meltingpot (see the README of policybench-meltingpot)"
            )
        with _bare_package():
            config = import_module("meltingpot.configs.substrates").get_config(name)
            self._build = import_module("meltingpot.utils.substrates.builder").builder
        roles = ("default",) * N_PLAYERS
        self._settings = _ordered(config.lab2d_settings_builder(config=config, roles=roles))
        self.actions: Sequence[Mapping[str, int]] = config.action_set
        self._counts_cleaning = _report_cleaning(self._settings)
        self._env: Any = None

    def reset(self, seed: int) -> Frame:
        """Start an episode; the seed is that of the engine's randomness."""
        self.close()
        self._env = self._build(self._settings, env_seed=1 + seed % MAX_SEED)
        return self._frame(self._env.reset())

    def step(self, actions: Sequence[int]) -> Frame:
        """Make a step with each player's action, an index of ``actions``."""
        joint = {
            f"{player}.{name}": np.array(value, dtype=np.int32)
            for player, action in enumerate(actions, start=1)
            for name, value in self.actions[action].items()
        }
        return self._frame(self._env.step(joint))

    def close(self) -> None:
        """Free the engine."""
        if self._env is not None:
            self._env.close()
            self._env = None

    def _frame(self, timestep: Any) -> Frame:
        seen, players = timestep.observation, range(1, N_PLAYERS + 1)

        def column(name: str) -> NDArray[Any]:
            return np.stack([np.asarray(seen[f"{player}.{name}"]) for player in players])

        cleaned = column("PLAYER_CLEANED") if self._counts_cleaning else np.zeros(N_PLAYERS)
        return Frame(
            views=column("RGB"),
            world=np.asarray(seen["WORLD.RGB"]),
            rewards=column("REWARD").astype(np.float32).reshape(N_PLAYERS),
            cleaned=cleaned.astype(np.int64).reshape(N_PLAYERS),
            over=bool(timestep.last()),
        )


def _ordered(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings with the level's twin in ``ordered/``, which walks tables in a fixed order.

    Without it the same seed and actions lead to other episodes in each new engine.
    """
    spec = find_spec("meltingpot")
    assert spec is not None
    assert spec.origin is not None
    root = Path(spec.origin).parent.parent
    twin = Path(__file__).parent / "ordered" / settings["levelName"]
    # The engine looks for levels below its root; a path that leads out of it is followed.
    return dict(settings) | {"levelDirectory": ".", "levelName": os.path.relpath(twin, root)}


def _report_cleaning(settings: Mapping[str, Any]) -> bool:
    """Make avatars that can clean report how much dirt they hit; returns whether there are any.

    The engine counts it, but shows it only in its debugging mode.
    """
    found = False
    for game_object in settings["simulation"]["gameObjects"]:
        components = {part["component"]: part for part in game_object["components"]}
        if "Cleaner" in components:
            metrics = components["AvatarMetricReporter"]["kwargs"]["metrics"]
            metric = {"name": "PLAYER_CLEANED", "type": "Doubles", "shape": [], "component": "Cleaner"}
            metrics.append(metric | {"variable": "player_cleaned"})
            found = True
    return found


@contextmanager
def _bare_package() -> Iterator[None]:
    """While it lasts, modules of Melting Pot can be imported without its package's own imports."""
    with _LOCK:
        if "meltingpot" in sys.modules:
            yield
            return
        spec = find_spec("meltingpot")
        assert spec is not None
        bare = ModuleType("meltingpot")
        bare.__path__ = list(spec.submodule_search_locations or ())
        bare.__spec__ = spec
        sys.modules["meltingpot"] = bare
        try:
            yield
        finally:
            # Whoever imports Melting Pot later gets all of it.
            del sys.modules["meltingpot"]


def count_colour(world: NDArray[np.uint8], colour: tuple[int, int, int]) -> int:
    """The number of 8 x 8 cells of a map in which some pixel has this colour."""
    height, width = world.shape[0] // 8, world.shape[1] // 8
    hits = (world == np.array(colour, dtype=np.uint8)).all(axis=-1)
    return int(hits.reshape(height, 8, width, 8).any(axis=(1, 3)).sum())
