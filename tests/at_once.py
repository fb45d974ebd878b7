"""An executor for tests: each work is carried out at once, in this process; workers die when they are told to."""

from __future__ import annotations

import pickle
from collections import deque
from dataclasses import replace

from policybench.executors import Died, Executor, carry_out


class AtOnce(Executor):
    """Carries a work out when it is started, and hands its messages over one at a time."""

    def __init__(self, seeds_a_part=None, shares_files=True, deaths=(), capacity=2, change=lambda work: work):
        self.seeds_a_part, self.shares_files = seeds_a_part, shares_files
        self._deaths, self._capacity, self._change = deque(deaths), capacity, change
        self._messages: dict[str, deque] = {}
        self.works = []

    def capacity(self):
        return self._capacity

    def start(self, work):
        self.works.append(work)
        sent = []
        carry_out(pickle.loads(pickle.dumps(self._change(work))), sent.append)
        sent = pickle.loads(pickle.dumps(sent))
        if self._deaths:
            sent = [*sent[: self._deaths.popleft()], Died("killed by signal 9")]
        self._messages[work.key] = deque(sent)

    def receive(self, timeout):
        for key, messages in list(self._messages.items()):
            if messages:
                return [(key, messages.popleft())]
            del self._messages[key]
        return []

    def close(self):
        self._messages.clear()


class Silent:
    """A view that keeps the lines."""

    def __init__(self):
        self.lines, self.shown = [], 0

    def show(self, runs):
        self.shown += 1

    def say(self, line):
        self.lines.append(line)


def elsewhere(work):
    """The same work, whose steps so far another kind of machine has made."""
    if work.manifest is None:
        return work
    return replace(work, manifest=work.manifest.replace('"libc":"', '"libc":"musl '))
