"""What grid-world games share: maps, movement, views, the PettingZoo interface and drawing.

``layout`` reads maps drawn in text, ``movement`` moves avatars, and ``view`` is what an avatar sees.
``records`` is the memory that compiled games work in, and ``state`` reads and sets the state of a game.
``environment`` makes an environment of a game, ``parallel_env`` a PettingZoo game. ``drawing`` paints frames,
``scenery`` what stands in them, and ``prose`` holds sentences that the descriptions of these environments
share. ``luck`` says how far luck can go, for bounds of payoffs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from policybench.lazy import lazy_names

if TYPE_CHECKING:
    from policybench.gridworld.drawing import Colour, avatar, lay_over, lay_tiles, over, paint
    from policybench.gridworld.environment import Episode, LearningEnvironment
    from policybench.gridworld.layout import all_cells, padded_cells, parse_layout, positions
    from policybench.gridworld.luck import most_successes
    from policybench.gridworld.movement import AVATAR_STATE, MOVED, NOOP, STAYED, act, shuffle
    from policybench.gridworld.parallel_env import GridWorldEnv
    from policybench.gridworld.prose import mean_over, tell_learning
    from policybench.gridworld.records import Record, Records, make_record, make_records
    from policybench.gridworld.scenery import apple_on, blades, grass, sand, wall
    from policybench.gridworld.state import check_avatars, flags_at, grid_of, part, unpadded
    from policybench.gridworld.view import VIEW_SIZE, ground_views, look, pose_of, turned_symbols

__all__ = [
    "AVATAR_STATE",
    "MOVED",
    "NOOP",
    "STAYED",
    "VIEW_SIZE",
    "Colour",
    "Episode",
    "GridWorldEnv",
    "LearningEnvironment",
    "Record",
    "Records",
    "act",
    "all_cells",
    "apple_on",
    "avatar",
    "blades",
    "check_avatars",
    "flags_at",
    "grass",
    "grid_of",
    "ground_views",
    "lay_over",
    "lay_tiles",
    "look",
    "make_record",
    "make_records",
    "mean_over",
    "most_successes",
    "over",
    "padded_cells",
    "paint",
    "parse_layout",
    "part",
    "pose_of",
    "positions",
    "sand",
    "shuffle",
    "tell_learning",
    "turned_symbols",
    "unpadded",
    "wall",
]

__getattr__ = lazy_names(
    __name__,
    {
        "drawing": (
            "Colour",
            "avatar",
            "lay_over",
            "lay_tiles",
            "over",
            "paint",
        ),
        "environment": (
            "Episode",
            "LearningEnvironment",
        ),
        "layout": (
            "all_cells",
            "padded_cells",
            "parse_layout",
            "positions",
        ),
        "luck": ("most_successes",),
        "movement": (
            "AVATAR_STATE",
            "MOVED",
            "NOOP",
            "STAYED",
            "act",
            "shuffle",
        ),
        "parallel_env": ("GridWorldEnv",),
        "prose": (
            "mean_over",
            "tell_learning",
        ),
        "records": (
            "Record",
            "Records",
            "make_record",
            "make_records",
        ),
        "scenery": (
            "apple_on",
            "blades",
            "grass",
            "sand",
            "wall",
        ),
        "state": (
            "check_avatars",
            "flags_at",
            "grid_of",
            "part",
            "unpadded",
        ),
        "view": (
            "VIEW_SIZE",
            "ground_views",
            "look",
            "pose_of",
            "turned_symbols",
        ),
    },
)
