"""The executor: a part of a run is a task of Ray, and its messages are the task's stream."""

from __future__ import annotations

import logging
import os
import time
from typing import Any

os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")

import ray
from ray.exceptions import RayError, RayTaskError

from policybench import InputError
from policybench.executors import Died, Executor, Message, Refused, Work
from policybench_ray.worker import messages_of

_SECONDS_BETWEEN_COUNTS = 1.0
_MOST_AT_ONCE = 100


class RayExecutor(Executor):
    """Workers of a Ray cluster, as many as it has cores for; nodes may come and go.

    Ray repeats nothing by itself: whoever dies is reported, and the driver hands out what is left of the work.
    """

    def __init__(self, *, address: str, cores: int, seeds: int) -> None:
        """Connect to a cluster, or start one on this machine.

        Raises:
            InputError: there is no cluster, or it cannot be used.
        """
        if address.startswith("ray://"):
            raise InputError(
                f"-x address={address}: is the address of Ray's client server; run this on a machine of the "
                "cluster, with address=auto"
            )
        self.cores, self.seeds_a_part = cores, seeds
        self._streams: dict[Any, str] = {}
        self._capacity, self._counted = 0, -float("inf")
        try:
            ray.init(
                address=address,
                logging_level=logging.ERROR,
                log_to_driver=False,
                **({"include_dashboard": False} if address == "local" else {}),
            )
        except (ConnectionError, ValueError, RuntimeError) as error:
            reason = " ".join(str(error).split())[:300]
            raise InputError(
                f"-x address={address}: {reason}; start a cluster with: ray start --head, or give address=local"
            ) from None
        self._task = ray.remote(messages_of).options(
            num_cpus=cores, max_retries=0, num_returns="streaming", name="policybench"
        )

    def capacity(self) -> int:
        """As many parts as the cluster has cores for; one at least, for which a node may come."""
        if time.monotonic() - self._counted > _SECONDS_BETWEEN_COUNTS:
            self._capacity = max(int(ray.cluster_resources().get("CPU", 0)) // self.cores, 1)
            self._counted = time.monotonic()
        return self._capacity

    def start(self, work: Work) -> None:
        """Submit a work as a task."""
        self._streams[self._task.remote(work)] = work.key

    def receive(self, timeout: float) -> list[tuple[str, Message]]:
        """What the streams hold; a task that failed is a worker that died."""
        if not self._streams:
            time.sleep(timeout)
            return []
        ray.wait(list(self._streams), num_returns=1, timeout=timeout, fetch_local=False)
        ready, _ = ray.wait(list(self._streams), num_returns=len(self._streams), timeout=0, fetch_local=False)
        messages = []
        for stream in ready:
            key = self._streams[stream]
            messages += [(key, message) for message in self._read(stream)]
        return messages

    def close(self) -> None:
        """Cancel every task, and leave the cluster; one that was started here ends."""
        ray.shutdown()
        self._streams.clear()

    def _read(self, stream: Any) -> list[Message]:
        messages: list[Message] = []
        try:
            while len(messages) < _MOST_AT_ONCE and (not messages or stream.next_ready()):
                messages.append(ray.get(next(stream)))
        except StopIteration:
            del self._streams[stream]
        except RayTaskError as error:
            del self._streams[stream]
            line = _last_line(error)
            messages.append(Refused(f"a worker cannot make runs: {line}; install the same on every node"))
        except RayError as error:
            del self._streams[stream]
            messages.append(Died(_first_line(error)))
        return messages


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0][:200] if lines else type(error).__name__


def _last_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1][:300] if lines else type(error).__name__
