"""Copies of a game in other processes: the same bytes, the same errors, and nobody left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from gymnasium import spaces
from mpe2 import simple_tag_v3
from odd_games import Plain, odd_environment
from odd_games.masks import both
from odd_games.plain import NOTHING
from toy_games import choices

from policybench.errors import ContractError, InputError
from policybench.pettingzoo import placement

ACTION = np.array([[0.2, 0.7]])
MANY = {"training_episodes": 8, "games": 5, "validation_episodes": 4}


def children():
    """Processes that this one started."""
    found = set()
    for listed in Path("/proc/self/task").glob("*/children"):
        found |= {int(pid) for pid in listed.read_text().split()}
    return found


def outcomes(game, **settings):
    """Of two steps of two seeds, as what can be compared byte by byte; nobody may be left behind."""
    before = children()
    environment = odd_environment(game, **(MANY | {"seeds": [3, 4]} | settings))
    found = []
    for step in range(2):
        environment.contexts(step)
        for outcome in environment.evaluate(step, np.repeat(ACTION, 2, axis=0)):
            seen = {name: values.tobytes() for name, values in outcome.observation.items()}
            found.append((outcome.payoff, outcome.timesteps, seen))
    environment.close()
    assert children() == before
    return found


class Seasons(Plain):
    """A context decides whether payments change places; what agents see has luck in it."""

    season = 0

    def context(self, rng):
        self.season = int(rng.integers(2))
        return np.int64(self.season)

    def look(self):
        return self.rng.uniform(-1, 1, 2).astype(np.float32)

    def step(self, actions):
        return super().step({agent: action ^ self.season for agent, action in actions.items()})


def tag():
    game = simple_tag_v3.parallel_env(max_cycles=8)
    game.set_policy = lambda action: None
    return game


@pytest.mark.parametrize(
    ("game", "settings"),
    [
        ("ComesBack", {}),
        ("MaskInInfos", {}),
        ("Nested", {}),
        ("GoesOnListingTheDead", {"episode_steps": 3}),
        ("LeftOver", {"fresh_copies": True}),
        (Seasons, {"context_space": spaces.Discrete(2)}),
        (tag, {"payoff": lambda episode: float(len(episode.infos) + episode.rewards[0, 0])}),
    ],
)
def test_outcomes_are_the_same_bytes_in_one_process_and_in_three(game, settings):
    assert outcomes(game, workers=2, **settings) == outcomes(game, workers=0, **settings)


def test_copies_really_are_in_other_processes():
    def own_process(episode):
        return float(os.getpid())

    def four(episode):
        return {"returns": np.zeros(2)}

    environment = odd_environment(Plain, workers=2, payoff=own_process, observation=four, **MANY)
    mean = environment.evaluate(0, ACTION)[0].payoff
    workers = children()
    environment.close()
    assert any(np.isclose(mean, np.mean([os.getpid(), os.getpid(), *pair])) for pair in _pairs(workers))


def _pairs(processes):
    return [(one, other) for one in processes for other in processes if one != other]


@pytest.mark.parametrize("name", ["NaNSeen", "MaskOfNothing", "OldStep", "Quits"])
def test_a_breach_in_another_process_is_the_same_line(name):
    messages = []
    for workers in (0, 2):
        environment = odd_environment(name, workers=workers, **MANY)
        # The probe, and the first copy, which are in this process, would break the rule first.
        environment._probe = lambda: None
        environment._copies.first.env = Plain()
        environment._copies.first.env.look = lambda: both(np.ones(2, np.int8)) if "Mask" in name else NOTHING
        with pytest.raises((ContractError, InputError)) as caught:
            environment.evaluate(0, ACTION)
        messages.append((type(caught.value), str(caught.value)))
        environment.close()
    assert messages[0] == messages[1]


def test_a_games_own_exception_arrives_and_the_processes_go_on():
    class Moody(Plain):
        """Fails in its third step while it is paid nothing."""

        def step(self, actions):
            if self.time == 3 and not self.pay.any():
                raise ZeroDivisionError("nothing to share")
            return super().step(actions)

    environment = odd_environment(Moody, workers=2, **MANY)
    environment._probe = lambda: None
    expected = environment.evaluate(0, ACTION)[0].payoff
    with pytest.raises(ZeroDivisionError, match="nothing to share"):
        environment.evaluate(0, np.zeros((1, 2)))
    assert environment.evaluate(0, ACTION)[0].payoff == expected
    environment.close()


def test_global_luck_in_another_process_is_found():
    environment = odd_environment("GlobalLuck", workers=4, games=5, validation_episodes=5)
    environment._probe = lambda: None
    environment._copies.first.env = Plain()
    with pytest.raises(ContractError, match="uses NumPy's global random generator"):
        environment.evaluate(0, ACTION)
    environment.close()


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="processes cannot be killed here")
def test_a_process_that_dies_is_missed():
    before = children()
    environment = odd_environment(Plain, workers=1, **MANY)
    for process in children() - before:
        os.kill(process, signal.SIGKILL)
    with pytest.raises(ContractError, match=r"game plain: it ended the process that played it \(status -9\)"):
        environment.evaluate(0, ACTION)
    environment.close()


ORPHANS = """
import os, signal
from pathlib import Path
from odd_games import Plain, odd_environment
environment = odd_environment(Plain, workers=2, games=3)
listed = [path.read_text() for path in Path("/proc/self/task").glob("*/children")]
print(*"".join(listed).split(), flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="children are not listed here")
def test_no_process_outlives_the_one_that_started_it():
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", ORPHANS], env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    workers = [Path("/proc") / pid for pid in done.stdout.split()]
    assert len(workers) == 2
    until = time.monotonic() + 30
    while any(map(_runs, workers)) and time.monotonic() < until:
        time.sleep(0.05)
    assert not any(map(_runs, workers))


def _runs(process):
    """Whether a process is there and has not ended; nobody may have asked for its status yet."""
    try:
        return (process / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_game_that_cannot_be_sent_is_refused_and_left_here_if_nobody_asked():
    lock = threading.Lock()  # cannot be packed

    def make():
        assert not lock.locked()
        return Plain()

    before = children()
    with pytest.raises(InputError, match=r"workers: 2; .*cannot be played in another process: TypeError"):
        odd_environment(make, workers=2, games=3)
    environment = odd_environment(make, games=3)
    environment._placement._more = 1
    environment._placement._seconds = [placement.TRIAL, 0.0]
    assert np.isfinite(environment.evaluate(0, ACTION)[0].payoff)
    assert environment._placement.n_workers == 0
    environment.close()
    assert children() == before


class Slow(Plain):
    """A step takes a hundredth of a second, in which other processes can work."""

    def step(self, actions):
        time.sleep(0.01)
        return super().step(actions)


@pytest.mark.parametrize(("game", "added", "moves"), [(Slow, (0.0, 0.0), True), (Plain, (0.01, 0.1), False)])
def test_where_games_are_played_is_measured(monkeypatch, game, added, moves):
    """``added``: seconds a step, here and with workers, beside what a step takes on this machine today."""
    note = placement.Placement.note

    def note_more(self, seconds, steps):
        note(self, seconds + steps * added[self.n_workers > 0], steps)

    monkeypatch.setattr(placement.Placement, "note", note_more)
    monkeypatch.setattr(placement, "TRIAL", 0.3)
    monkeypatch.setattr(placement, "usable_cores", lambda: 4)
    environment = odd_environment(game, games=8, training_episodes=8)
    numbers, payoffs = [], []
    for step in range(60):
        payoffs.append(environment.evaluate(step, ACTION)[0].payoff)
        numbers.append(environment._placement.n_workers)
        if not environment._placement._more:
            break
    environment.close()
    assert numbers[0] == 0
    assert 3 in numbers
    assert numbers[-1] == (3 if moves else 0)
    alone = odd_environment(game, games=8, training_episodes=8, workers=0)
    assert payoffs[:3] == [alone.evaluate(step, ACTION)[0].payoff for step in range(3)]
    last = len(payoffs) - 1
    assert payoffs[last] == alone.evaluate(last, ACTION)[0].payoff


def test_what_is_over_soon_starts_no_process():
    before = children()
    environment = choices([0], games=4, training_episodes=4)
    environment.evaluate(0, np.zeros((1, 3)))
    assert children() == before
    environment.close()
