"""Games that are odd in what agents may do."""

from __future__ import annotations

import numpy as np
from gymnasium import spaces

from odd_games.plain import NOTHING, Plain, odd, shows


def both(mask):
    return {"observation": NOTHING, "action_mask": mask}


MASKED = spaces.Dict({"observation": Plain.sight, "action_mask": spaces.Box(0, 1, (2,), np.int8)})
shows("MaskOfNothing", lambda self: both(np.array([self.time < 3, 0], np.int8)), MASKED)
shows("MaskOfOtherSize", both(np.ones(3, np.int8)), MASKED)


@odd
class MaskInObservation(Plain):
    """In even steps 0 is allowed alone, in odd steps 1."""

    sight = MASKED

    def look(self):
        return both(np.array([self.time % 2 == 0, self.time % 2 == 1], np.int8))

    def step(self, actions):
        assert set(actions.values()) == {self.time % 2}
        return super().step(actions)


@odd
class MaskInInfos(Plain):
    def infos(self):
        return {agent: {"action_mask": np.array([1, 0], np.int8)} for agent in self.possible_agents}

    def reset(self, seed=None, options=None):
        return super().reset(seed)[0], self.infos()

    def step(self, actions):
        assert set(actions.values()) == {0}
        return *super().step(actions)[:4], self.infos()


@odd
class MaskAtFirstAlone(MaskInInfos):
    def step(self, actions):
        return *super().step(actions)[:4], {}
