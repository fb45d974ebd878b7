"""The AI Economist's planner: a policy network that sets a level of each action dimension, or leaves it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from policybench import AskTell
from policybench.neural import (
    Encoder,
    Inputs,
    adam_state,
    checked_device,
    load_adam_state,
    load_network_state,
    network_state,
    to_array,
    torch_generator,
)
from policybench.threads import one_thread
from policybench_ai_economist import ppo
from policybench_ai_economist.network import PolicyNetwork

if TYPE_CHECKING:
    from policybench import Array, Floats, Outcome, Problem


class AIEconomist(AskTell):
    """Learns by PPO, from one action a time, which levels to set given the last outcome's observation.

    For each action dimension the policy chooses one of equidistant levels or a no-op, which keeps the value that
    the dimension has. All dimensions begin at their lowest value. Every payoff is a trajectory of one step: its
    advantage is the payoff minus the value that the network predicted, not normalised.

    The planner of Zheng et al. 2022 (The AI Economist, Science Advances 8), with the settings that Gasztowtt et
    al. 2024 (Large Legislative Models) give it.
    """

    def __init__(
        self,
        problem: Problem,
        *,
        rng: np.random.Generator,
        observe: bool,
        unbounded: str,
        max_inputs: int,
        hidden: int,
        learning_rate: float,
        epochs: int,
        clip: float,
        entropy: float,
        value_weight: float,
        value_clip: float,
        gradient_norm: float,
        levels: int | None,
        device: str,
    ) -> None:
        """Draw the network; the options are described in the spec."""
        super().__init__(problem, rng=rng)
        self._values = _level_values(problem, levels)
        self._encoder = Encoder(problem, observe=observe, unbounded=unbounded, max_inputs=max_inputs)
        self._device = checked_device(device)
        dimensions, n_levels = self._values.shape
        generator = torch_generator(rng)
        with one_thread():
            network = PolicyNetwork(self._encoder.size, hidden, dimensions, n_levels + 1, generator)
        self._network = network.to(self._device)
        self._settings = ppo.Settings(
            learning_rate, epochs, clip, entropy, value_weight, value_clip, gradient_norm
        )
        self._optimizer = ppo.make_optimizer(self._network, self._settings)
        self._observed = self._encoder.blank()
        self._current: Floats = self._values[:, 0].copy()
        self._choices: NDArray[np.int64] = np.zeros(dimensions, dtype=np.int64)

    def choose(self, context: Array | None) -> Floats:
        """An action drawn from the policy, [action_dim]."""
        inputs = self._encoder.with_context(self._observed, context)
        cumulative = self._probabilities(inputs).cumsum(axis=1)
        draws = self.rng.random((len(cumulative), 1))
        # Without the last sum, which rounding may leave below a draw.
        self._choices = (cumulative[:, :-1] <= draws).sum(axis=1)
        return self._action(self._choices)

    def learn(self, context: Array | None, action: Floats, outcome: Outcome) -> None:
        """Update policy and value by the payoff, and remember the observation for the next action."""
        inputs = self._encoder.with_context(self._observed, context)
        self._current = action
        self._observed = self._encoder.observed(outcome.observation)
        with one_thread():
            ppo.update(
                self._network,
                self._optimizer,
                torch.from_numpy(inputs).to(self._device),
                torch.from_numpy(self._choices).to(self._device),
                float(outcome.payoff),
                self._settings,
            )

    def recommend(self, context: Array | None) -> Floats:
        """The most probable choice of each dimension after the last observation; draws nothing."""
        inputs = self._encoder.with_context(self._observed, context)
        return self._action(self._probabilities(inputs).argmax(axis=1))

    def state_dict(self) -> dict[str, Any]:
        """The open question, network, Adam's moments, and what the next action depends on."""
        return super().state_dict() | {
            "network": network_state(self._network),
            "adam": adam_state(self._optimizer),
            "observed": self._observed,
            "current": self._current,
            "choices": self._choices,
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue from what ``state_dict`` returned."""
        super().load_state_dict(state)
        load_network_state(self._network, state["network"])
        load_adam_state(self._optimizer, state["adam"])
        self._observed, self._current, self._choices = state["observed"], state["current"], state["choices"]

    def _probabilities(self, inputs: Inputs) -> NDArray[np.float64]:
        """[dimensions, levels + 1]."""
        with one_thread(), torch.no_grad():
            logs, _ = self._network(torch.from_numpy(inputs).to(self._device))
        return np.exp(to_array(logs).astype(np.float64))

    def _action(self, choices: NDArray[np.int64]) -> Floats:
        """[action_dim]; the choice after the last level is the no-op."""
        rows = np.arange(len(choices))
        return np.column_stack([self._values, self._current])[rows, choices]


def _level_values(problem: Problem, levels: int | None) -> Floats:
    """Equidistant values of each action dimension, ends included, [dimensions, levels], of the space's dtype."""
    space = problem.action_space
    low, high = space.low.astype(np.float64), space.high.astype(np.float64)
    values: Floats = np.linspace(low, high, levels or problem.fine_levels, axis=1).astype(space.dtype)
    return values
