"""One episode, compiled: followers look, draw an action as their networks say, and move."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from policybench.compiled import compiled
from policybench.followers import sample as draw
from policybench.followers import softmax_rows
from policybench_escape_room.game import Rules, is_over, move, observe
from policybench_escape_room.mlp import Batch, Floats32, Layers, Shape, forward, make_batch


class Episode(NamedTuple):
    """What happened.

    Attributes:
        places: [max_steps + 1, n_followers] where everybody was, from the start on; what a follower does at step t
            is to be at its place of row t + 1.
        rewards: [max_steps, n_followers] what the game paid, without incentives.
        door_open: [max_steps] whether the door was open.
        views: [max_steps] which view of the episode, from 0 on, followers had at each step: where nobody moves,
            they see the same again, and the networks are not asked twice.
        policy: [n_samples, n_places] the probabilities that actions were drawn from, by ``sample_of``.
    """

    places: NDArray[np.int64]
    rewards: NDArray[np.float64]
    door_open: NDArray[np.bool_]
    views: NDArray[np.int64]
    policy: Floats32


@compiled
def make_episode(rules: Rules) -> Episode:
    """Room for an episode."""
    steps, followers, n_places = rules.max_steps, rules.n_followers, rules.n_levers + 2
    return Episode(
        np.zeros((steps + 1, followers), np.int64),
        np.zeros((steps, followers), np.float64),
        np.zeros(steps, np.bool_),
        np.zeros(steps, np.int64),
        np.zeros((steps * followers, n_places), np.float32),
    )


@compiled
def make_samples(rules: Rules, shape: Shape) -> Batch:
    """Room for what the networks compute in an episode."""
    n_ones = (
        rules.n_followers + (1 if rules.n_levers > 1 else 0) + (1 if shape.networks < rules.n_followers else 0)
    )
    return make_batch(shape, rules.max_steps * rules.n_followers, n_ones)


@compiled
def sample_of(rules: Rules, shape: Shape, view: int, follower: int) -> int:
    """Where a follower's sample of a view is in the batch: those of one network lie together, view by view."""
    each = rules.n_followers // shape.networks
    return (follower // each * rules.max_steps + view) * each + follower % each


@compiled
def play(
    rules: Rules,
    active: int,
    shape: Shape,
    net: Layers,
    stream: NDArray[np.uint64],
    batch: Batch,
    episode: Episode,
) -> int:
    """Play an episode.

    Followers have a network each, or one for all, whose last inputs then tell which of them looks.

    Args:
        rules: of the game.
        active: the active lever.
        shape: of the networks.
        net: their parameters.
        stream: is drawn from once a follower and step.
        batch: out: what the networks saw and computed.
        episode: out.

    Returns:
        How many steps were played.
    """
    n_places = rules.n_levers + 2
    each = rules.n_followers // shape.networks
    episode.places[0] = rules.start
    view = -1
    for step in range(rules.max_steps):
        places, actions = episode.places[step], episode.places[step + 1]
        moved = step == 0 or bool(np.any(places != episode.places[step - 1]))
        if moved:
            view += 1
        episode.views[step] = view
        for follower in range(rules.n_followers):
            sample = sample_of(rules, shape, view, follower)
            if moved:
                observe(rules, active, places, follower, batch.ones[sample])
                if each > 1:
                    batch.ones[sample, -1] = shape.inputs - each + follower % each
                forward(net, follower // each, batch, sample, sample + 1)
                softmax_rows(batch.outputs[sample : sample + 1, :n_places], episode.policy[sample : sample + 1])
            actions[follower] = draw(episode.policy[sample], stream)
        episode.door_open[step] = move(rules, active, places, actions, episode.rewards[step])
        if is_over(rules, actions, episode.door_open[step], step + 1):
            return step + 1
    return rules.max_steps
