"""IPPO of BenchMARL on simple_spread with our settings; BenchMARL is not among the test requirements."""

from __future__ import annotations

import tempfile

import torch
from benchmarl.algorithms import IppoConfig
from benchmarl.environments.pettingzoo.common import PettingZooClass
from benchmarl.experiment import Experiment, ExperimentConfig
from benchmarl.models.mlp import MlpConfig
from torchrl.envs import PettingZooWrapper

from reference_ppo.games import spread


class Spread(PettingZooClass):
    """BenchMARL looks for the game where PettingZoo no longer has it."""

    def get_env_fun(self, num_envs, continuous_actions, seed, device):
        return lambda: PettingZooWrapper(spread(), categorical_actions=True, device=device, seed=seed)

    def has_state(self):
        return False


def experiment(game, frames):
    """An experiment that learns from so many steps of the game.

    Actor and critic have two layers each, as BenchMARL shares none between them. Its minibatches count steps of
    all agents together.
    """
    torch.set_num_threads(1)
    chosen = game.settings
    n_agents = len(game.make().possible_agents)
    config = ExperimentConfig.get_from_yaml()
    for name, value in {
        "gamma": chosen["discount"],
        "lr": chosen["learning_rate"],
        "adam_eps": 1e-5,
        "clip_grad_val": chosen["max_gradient_norm"],
        "prefer_continuous_actions": False,
        "max_n_frames": frames,
        "on_policy_collected_frames_per_batch": chosen["games"] * game.steps,
        "on_policy_n_envs_per_worker": chosen["games"],
        "on_policy_n_minibatch_iters": chosen["epochs"],
        "on_policy_minibatch_size": chosen["minibatch"] // n_agents,
        "evaluation": False,
        "render": False,
        "loggers": [],
        "create_json": False,
        "save_folder": tempfile.mkdtemp(),
    }.items():
        setattr(config, name, value)
    algorithm = IppoConfig.get_from_yaml()
    algorithm.entropy_coef, algorithm.lmbda = chosen["entropy_coefficient"], chosen["gae_lambda"]
    layers = {
        "num_cells": [chosen["hidden"]] * 2,
        "activation_class": torch.nn.ReLU,
        "layer_class": torch.nn.Linear,
    }
    return Experiment(
        task=Spread("SIMPLE_SPREAD", {"max_cycles": game.steps}),
        algorithm_config=algorithm,
        model_config=MlpConfig(**layers),
        critic_model_config=MlpConfig(**layers),
        seed=0,
        config=config,
    )
