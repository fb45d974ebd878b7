"""A worker process of this machine: takes works from a connection, one after another, until it is closed."""

from __future__ import annotations

import os
import signal
import sys
import threading
from multiprocessing import parent_process
from multiprocessing.connection import Connection
from types import FrameType


def work_until_closed(connection: Connection, log: str) -> None:
    """The process's main function.

    Args:
        connection: works come in, messages go out; None follows a work's last message.
        log: the file that takes what plugins and libraries print.
    """
    _print_to(log)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    # Ctrl-C on a terminal reaches every process; the driver passes it on when it is ready to take what follows.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        from policybench.executors.carrying import carry_out

        while True:
            work = connection.recv()
            carry_out(work, connection.send)
            connection.send(None)
    except (EOFError, OSError, KeyboardInterrupt):
        return


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # what is saved now is not interrupted once more
    raise KeyboardInterrupt


def _end_with_parent() -> None:
    """A driver that was killed must not leave workers behind that compute for nobody."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _print_to(log: str) -> None:
    sys.stdout.flush()
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    os.close(descriptor)
