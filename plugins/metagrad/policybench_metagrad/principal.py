"""A principal that climbs the gradient of its payoff through the followers' learning."""

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
from policybench_metagrad.network import IncentiveNetwork

if TYPE_CHECKING:
    from policybench import Array, Floats, Outcome, Problem


class MetaGrad(AskTell):
    """Sets what a network makes of the last observation, and trains the network by the payoff's derivative.

    With b the mean of all payoffs before, the derivative of the payoff by the action is estimated by
    ``outcome.gradient - b * outcome.baseline_gradient``, and the network ascends along it by the chain rule, one
    step of Adam an outcome. There is no exploration but the followers' own luck.

    The incentive designer of Yang et al. 2022 (Adaptive incentive design with multi-agent meta-gradient
    reinforcement learning), with the settings that Gasztowtt et al. 2024 (Large Legislative Models) give it.
    """

    needs_gradient = True

    def __init__(
        self,
        problem: Problem,
        *,
        rng: np.random.Generator,
        observe: bool,
        hidden: int,
        learning_rate: float,
        gradient_norm: float,
        device: str,
    ) -> None:
        """Draw the network; the options are described in the spec."""
        super().__init__(problem, rng=rng)
        space = problem.action_space
        self._encoder = Encoder(problem, observe=observe)
        self._device = checked_device(device)
        self._gradient_norm = gradient_norm
        generator = torch_generator(rng)
        low, high = (torch.tensor(bound, dtype=torch.float32) for bound in (space.low, space.high))
        self._network = IncentiveNetwork(self._encoder.size, hidden, low, high, generator).to(self._device)
        self._optimizer = torch.optim.Adam(self._network.parameters(), lr=learning_rate)
        self._observed = self._encoder.blank()
        self._baseline, self._count = 0.0, 0

    def choose(self, context: Array | None) -> Floats:
        """What the network sets, [action_dim]."""
        return self._action(self._encoder.with_context(self._observed, context))

    def learn(self, context: Array | None, action: Floats, outcome: Outcome) -> None:
        """Take one step along the gradient, and remember the observation for the next action.

        Raises:
            ValueError: there is no gradient, or it is not finite.
        """
        if outcome.gradient is None:
            raise ValueError("told of an outcome without a gradient")
        ascent = np.asarray(outcome.gradient, dtype=np.float64)
        if outcome.baseline_gradient is not None:
            # Before there are payoffs to average, this one is the only guess.
            usual = self._baseline if self._count else outcome.payoff
            ascent = ascent - usual * outcome.baseline_gradient
        self._climb(self._encoder.with_context(self._observed, context), ascent)
        self._count += 1
        self._baseline += (float(outcome.payoff) - self._baseline) / self._count
        self._observed = self._encoder.observed(outcome.observation)

    def recommend(self, context: Array | None) -> Floats:
        """What the network would set after the last observation."""
        return self.choose(context)

    def state_dict(self) -> dict[str, Any]:
        """The open question, network, Adam's moments, the baseline, and what the next action depends on."""
        return super().state_dict() | {
            "network": network_state(self._network),
            "adam": adam_state(self._optimizer),
            "observed": self._observed,
            "baseline": self._baseline,
            "count": self._count,
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue from what ``state_dict`` returned."""
        super().load_state_dict(state)
        load_network_state(self._network, state["network"])
        load_adam_state(self._optimizer, state["adam"])
        self._observed = np.array(state["observed"])
        self._baseline, self._count = state["baseline"], state["count"]

    def notes(self) -> dict[str, Any]:
        """The baseline after the latest step."""
        return {"baseline": self._baseline}

    def _action(self, inputs: Inputs) -> Floats:
        """[action_dim], of the space's dtype; clipped, because single precision may round beyond the box."""
        with one_thread(), torch.no_grad():
            action = to_array(self._network(torch.from_numpy(inputs).to(self._device)))
        space = self.problem.action_space
        inside: Floats = np.clip(action.astype(space.dtype), space.low, space.high)
        return inside

    def _climb(self, inputs: Inputs, ascent: NDArray[np.float64]) -> None:
        if not np.isfinite(ascent).all():
            raise ValueError(f"told of a gradient that is not finite: {ascent}")
        with one_thread():
            action = self._network(torch.from_numpy(inputs).to(self._device))
            self._optimizer.zero_grad()
            action.backward(torch.tensor(-ascent, dtype=torch.float32, device=self._device))
            if self._gradient_norm:
                torch.nn.utils.clip_grad_norm_(self._network.parameters(), self._gradient_norm)
            self._optimizer.step()
