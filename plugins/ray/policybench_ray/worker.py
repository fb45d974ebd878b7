"""What runs on the cluster: a work whose messages are a stream."""

from __future__ import annotations

from collections.abc import Iterator
from queue import SimpleQueue
from threading import Thread

from policybench.executors import Message, Work, carry_out


def messages_of(work: Work) -> Iterator[Message]:
    """Carry out a work, and yield each message as soon as it is sent."""
    waiting: SimpleQueue[Message | None] = SimpleQueue()

    def carry() -> None:
        try:
            carry_out(work, waiting.put)
        finally:
            waiting.put(None)

    # A thread of its own: the loop sends whenever it has something, and Ray takes when it asks.
    Thread(target=carry, daemon=True).start()
    while (message := waiting.get()) is not None:
        yield message
