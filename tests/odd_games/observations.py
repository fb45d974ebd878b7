"""Games that are odd in what agents see."""

from __future__ import annotations

import numpy as np
from gymnasium import spaces

from odd_games.plain import NOTHING, Plain, shows

shows("NaNSeen", lambda self: np.full(2, np.nan if self.time == 3 else 0.0, np.float32))
shows("InfinitySeen", np.array([0.0, np.inf], np.float32), spaces.Box(-np.inf, np.inf, (2,), np.float32))
shows("HugeNumberSeen", np.array([0.0, 1e300]), spaces.Box(-np.inf, np.inf, (2,), np.float64))
shows("FarOutOfBounds", np.array([0.0, 20.0], np.float32))
shows("SymbolTooLarge", np.array([0, 7], np.uint8), spaces.Box(0, 3, (2,), np.uint8))
shows("SymbolTooSmall", np.array([0, -1]), spaces.Box(0, 3, (2,), np.int64))
shows("HalfASymbol", np.array([0, 0.5]), spaces.Box(0, 3, (2,), np.int64))
shows("OtherShape", np.zeros(3, np.float32))
shows("Words", "north")
shows("NoDict", NOTHING, spaces.Dict({"place": Plain.sight}))
shows("ChannelsFirst", np.full((3, 20, 20), 200, np.uint8), spaces.Box(0, 255, (3, 20, 20), np.uint8))
shows("ManyChannels", np.full((20, 20, 12), 200, np.uint8), spaces.Box(0, 255, (20, 20, 12), np.uint8))
shows("FramesOfImages", np.zeros((4, 20, 20, 3), np.uint8), spaces.Box(0, 255, (4, 20, 20, 3), np.uint8))
shows("RealImage", np.full((20, 20, 3), 0.5, np.float32), spaces.Box(0.0, 1.0, (20, 20, 3), np.float32))
shows("NegativeStrides", np.arange(4, dtype=np.float32)[::-2] / 4)
shows("Lists", [0.0, 1.0])
shows("ScalarBox", np.float32(0.5), spaces.Box(-1.0, 1.0, (), np.float32))
shows("EmptyBox", np.zeros(0, np.float32), spaces.Box(-1.0, 1.0, (0,), np.float32))
shows("Bools", np.array([True, False]), spaces.MultiBinary(2))
shows("HalfPrecision", np.ones(2, np.float16), spaces.Box(-np.inf, np.inf, (2,), np.float16))
shows("Thousands", 1234, spaces.Discrete(5000))
NESTED = spaces.Dict(
    {
        "map": spaces.Box(0, 255, (16, 16), np.uint8),
        "stock": spaces.Tuple([spaces.Box(0.0, np.inf, (3,)), spaces.Discrete(4, start=-1)]),
        "open": spaces.MultiBinary(2),
        "kinds": spaces.MultiDiscrete([3, 2]),
    }
)
shows(
    "Nested",
    lambda self: {
        "map": np.full((16, 16), self.time, np.uint8),
        "stock": (np.ones(3) * self.time, -1),
        "open": [1, 0],
        "kinds": np.array([2, 1]),
    },
    NESTED,
)
