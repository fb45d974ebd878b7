"""Environments whose outcomes depend on more than seed, step and action."""

from __future__ import annotations

import random
import time
from dataclasses import replace

import numpy as np
import pytest
from testing.failing import environment_fails as fails
from testing.good import Lake, Pond

from policybench.streams import generator


class DrawsFromTheGlobalGenerator(Pond):
    def weather(self, seed, step):
        return np.random.default_rng([np.random.get_state()[1][0], seed, step]).normal()


def test_determinism():
    fails(DrawsFromTheGlobalGenerator, "determinism", "for seed 0")


class SeedsTheGlobalGenerator(Pond):
    """The same luck alone, whatever the generator was; beside another thread that of both."""

    def weather(self, seed, step):
        np.random.seed(1000 * step + seed)
        return np.random.normal()


class ShufflesByPython(Pond):
    def weather(self, seed, step):
        random.shuffle([1, 2, 3])
        return super().weather(seed, step)


@pytest.mark.parametrize(("kind", "got"), [(SeedsTheGlobalGenerator, "NumPy"), (ShufflesByPython, "Python")])
def test_global_generators_are_left_alone(kind, got):
    fails(kind, "global-generators-are-left-alone", got)


class Remembers(Pond):
    """Its anglers go on learning from one evaluation to the next."""

    experience = 0

    def evaluate(self, step, actions, *, gradient=False):
        outcomes = super().evaluate(step, actions, gradient=gradient)
        self.experience += 1
        return outcomes

    def weather(self, seed, step):
        return super().weather(seed, step) + 0.01 * (self.experience == 2)


def test_common_random_numbers():
    fails(Remembers, "common-random-numbers", "payoff")


class StopsTogether(Pond):
    """All anglers of the batch stop learning as soon as the first row's quota is high enough."""

    def evaluate(self, step, actions, *, gradient=False):
        outcomes = super().evaluate(step, actions, gradient=gradient)
        early = len(actions) == 5 and actions[0, 0] > 0.4
        return [replace(outcome, payoff=outcome.payoff - early) for outcome in outcomes]


def test_rows_are_independent():
    fails(StopsTogether, "rows-are-independent", "for seed 2")


class CountsPlaces(Pond):
    """A row's stream depends on its place in the batch."""

    def evaluate(self, step, actions, *, gradient=False):
        outcomes = super().evaluate(step, actions, gradient=gradient)
        shifts = [generator(place, step, "place").normal() for place in range(len(outcomes))]
        return [replace(each, payoff=each.payoff + shift) for each, shift in zip(outcomes, shifts, strict=True)]


def test_batch_of_one():
    fails(CountsPlaces, "batch-of-one", "for seed 1")


class SameWeatherForever(Lake):
    def weather(self, seed, step):
        return super().weather(seed, 0)


class SameWeatherEverywhere(Lake):
    def weather(self, seed, step):
        return super().weather(0, step)


@pytest.mark.parametrize("kind", [SameWeatherForever, SameWeatherEverywhere])
def test_seeds_and_steps_matter(kind):
    fails(kind, "seeds-and-steps-matter", "over steps")


class SharesABuffer(Pond):
    buffer = np.zeros(2)

    def one(self, seed, step, action, gradient):
        SharesABuffer.buffer = action
        time.sleep(0.01)
        return super().one(seed, step, SharesABuffer.buffer, gradient)


def test_threads():
    fails(SharesABuffer, "threads", "for seed")
