"""The AI Economist's planner: a policy network that sets a level of each action dimension, or leaves it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from policybench import InputError, Outcome, Principal
from policybench.neural.device import checked_device
from policybench.neural.encoder import Encoder, Inputs
from policybench.neural.initial import torch_generator
from policybench.neural.state import adam_state, load_adam_state, load_network_state, network_state, to_array
from policybench.threads import one_thread
from policybench_ai_economist import ppo
from policybench_ai_economist.network import PolicyNetwork

if TYPE_CHECKING:
    from policybench import Problem
    from policybench.outcome import Array, Floats


class _Asked(NamedTuple):
    """A question that waits for its outcome: what was seen, chosen and set."""

    inputs: Inputs
    choices: NDArray[np.int64]
    action: Floats


class AIEconomist(Principal):
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
        self._asked: _Asked | None = None

    def ask(self, context: Array | None) -> Floats:
        """An action drawn from the policy, [action_dim]; a question never answered is dropped."""
        inputs = self._encoder.with_context(self._observed, context)
        cumulative = self._probabilities(inputs).cumsum(axis=1)
        draws = self.rng.random((len(cumulative), 1))
        # Without the last sum, which rounding may leave below a draw.
        choices = (cumulative[:, :-1] <= draws).sum(axis=1)
        self._asked = _Asked(inputs, choices, self._action(choices))
        return self._asked.action.copy()

    def tell(self, action: Floats, outcome: Outcome) -> None:
        """Update policy and value by the payoff, and remember the observation for the next action.

        Raises:
            ValueError: it is not the action that was asked for, or none was.
        """
        if self._asked is None:
            raise ValueError(f"told of action {action}, but no action is waiting for its outcome")
        if not np.array_equal(action, self._asked.action):
            raise ValueError(f"told of action {action}, but {self._asked.action} was asked for")
        inputs, choices, self._current = self._asked
        self._asked = None
        self._observed = self._encoder.observed(outcome.observation)
        with one_thread():
            ppo.update(
                self._network,
                self._optimizer,
                torch.from_numpy(inputs).to(self._device),
                torch.from_numpy(choices).to(self._device),
                float(outcome.payoff),
                self._settings,
            )

    def recommend(self, context: Array | None) -> Floats:
        """The most probable choice of each dimension after the last observation; draws nothing."""
        inputs = self._encoder.with_context(self._observed, context)
        return self._action(self._probabilities(inputs).argmax(axis=1))

    def state_dict(self) -> dict[str, Any]:
        """Network, Adam's moments, and what the next action depends on."""
        return {
            "network": network_state(self._network),
            "adam": adam_state(self._optimizer),
            "observed": self._observed,
            "current": self._current,
            "asked": None if self._asked is None else self._asked._asdict(),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue from what ``state_dict`` returned."""
        load_network_state(self._network, state["network"])
        load_adam_state(self._optimizer, state["adam"])
        self._observed, self._current = state["observed"], state["current"]
        self._asked = None if state["asked"] is None else _Asked(**state["asked"])

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
    if not (np.isfinite(space.low).all() and np.isfinite(space.high).all()):
        raise InputError(
            f"the environment's actions lie between {space.low.tolist()} and {space.high.tolist()}; "
            f"principal ai-economist needs finite bounds"
        )
    if levels is None:
        if "fine" not in problem.grid_levels:
            raise InputError(
                "levels: the environment recommends no fine grid; give -p levels=N, an integer of at least 2"
            )
        levels = problem.grid_levels["fine"]
    low, high = space.low.astype(np.float64), space.high.astype(np.float64)
    values: Floats = np.linspace(low, high, levels, axis=1).astype(space.dtype)
    return values
