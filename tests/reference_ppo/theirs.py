"""Agents of Stable-Baselines3 that share a network: each agent of each copy of the game is a row of its batch."""

from __future__ import annotations

import numpy as np
import torch
from gymnasium import spaces
from stable_baselines3 import PPO
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor
from stable_baselines3.common.vec_env import VecEnv, VecNormalize


class Rows(VecEnv):
    """Copies of a game in which all agents stay until the end; an agent sees which of them it is, as ours do."""

    def __init__(self, make, copies, seed):
        self.games, self.rng = [make() for _ in range(copies)], np.random.default_rng(seed)
        self.agents = self.games[0].possible_agents
        seen = self.games[0].observation_space(self.agents[0])
        width = seen.shape[0] + len(self.agents)
        super().__init__(
            copies * len(self.agents),
            spaces.Box(-np.inf, np.inf, (width,), np.float32),
            self.games[0].action_space(self.agents[0]),
        )
        self.index = np.eye(len(self.agents), dtype=np.float32)
        self.totals, self.finished = np.zeros(self.num_envs), []

    def reset(self):
        return np.concatenate([self._begin(game) for game in self.games])

    def step_async(self, actions):
        self.actions = actions.reshape(len(self.games), -1)

    def step_wait(self):
        rows, rewards, dones, infos = [], [], [], []
        for game, actions in zip(self.games, self.actions, strict=True):
            seen, paid, ended, cut, _ = game.step(dict(zip(self.agents, actions, strict=True)))
            over = not game.agents
            last = self._rows(seen)
            rows.append(self._begin(game) if over else last)
            for i, agent in enumerate(self.agents):
                rewards.append(paid[agent])
                dones.append(over)
                truncated = bool(cut[agent] and not ended[agent])
                infos.append({"terminal_observation": last[i], "TimeLimit.truncated": truncated} if over else {})
        rewards, dones = np.array(rewards, np.float32), np.array(dones)
        self.totals += rewards
        self.finished += self.totals[dones].tolist()
        self.totals[dones] = 0
        return np.concatenate(rows), rewards, dones, infos

    def _begin(self, game):
        return self._rows(game.reset(seed=int(self.rng.integers(2**31)))[0])

    def _rows(self, seen):
        return np.concatenate([np.stack([seen[agent] for agent in self.agents]), self.index], axis=1)

    def close(self):
        for game in self.games:
            game.close()

    def env_is_wrapped(self, wrapper_class, indices=None):
        return [False] * self.num_envs

    def env_method(self, *args, **kwargs):
        raise NotImplementedError

    def get_attr(self, name, indices=None):
        return [None] * self.num_envs

    def set_attr(self, name, value, indices=None):
        raise NotImplementedError


class Trunk(BaseFeaturesExtractor):
    """Two layers that actor and critic share, as in our networks."""

    def __init__(self, space, hidden):
        super().__init__(space, hidden)
        self.layers = torch.nn.Sequential(
            torch.nn.Linear(space.shape[0], hidden),
            torch.nn.ReLU(),
            torch.nn.Linear(hidden, hidden),
            torch.nn.ReLU(),
        )

    def forward(self, seen):
        return self.layers(seen)


def learner(game, seed):
    """PPO on the game with our settings; observations and rewards are normalised as it goes."""
    torch.set_num_threads(1)
    chosen = game.settings
    rows = VecNormalize(Rows(game.make, chosen["games"], seed), gamma=chosen["discount"])
    return PPO(
        "MlpPolicy",
        rows,
        learning_rate=chosen["learning_rate"],
        n_steps=game.steps,
        batch_size=chosen["minibatch"],
        n_epochs=chosen["epochs"],
        gamma=chosen["discount"],
        gae_lambda=chosen["gae_lambda"],
        clip_range=chosen["clip"],
        ent_coef=chosen["entropy_coefficient"],
        # Their loss of values is the squared error, ours half of it.
        vf_coef=chosen["value_coefficient"] / 2,
        max_grad_norm=chosen["max_gradient_norm"],
        policy_kwargs={
            "net_arch": [],
            "features_extractor_class": Trunk,
            "features_extractor_kwargs": {"hidden": chosen["hidden"]},
            "optimizer_kwargs": {"eps": 1e-5},
        },
        seed=seed,
        device="cpu",
    )


def learned(game, seed, *, frames, validation):
    """The mean return of an agent in ``validation`` episodes after learning from so many steps of the game."""
    model = learner(game, seed)
    rows = model.get_env().venv
    model.learn(frames * len(rows.agents))
    trained = model.get_env()
    trained.training = False
    rows.rng = np.random.default_rng(seed + 10_000)
    seen = trained.reset()
    rows.totals[:], rows.finished = 0, []
    while len(rows.finished) < validation * len(rows.agents):
        seen, *_ = trained.step(model.predict(seen)[0])
    rows.close()
    return float(np.mean(rows.finished))
