"""Executors: what makes parts of runs in other processes, on this machine or on others.

The driver (``policybench.suite``) owns the folders of runs. It hands a ``Work`` to an executor, whose worker calls
``carry_out``; what this sends comes back through the executor, message by message, in order. A worker that dies
leaves the driver with every step that came back, and the same work goes on elsewhere.

``executor`` is the interface and ``work`` what is to be done; ``messages`` come back. ``carrying`` is the worker's
side, and ``sending`` the folder there that sends what others write. ``local`` is the executor of this machine, and
``process`` its worker.
"""

from policybench.executors.carrying import carry_out
from policybench.executors.executor import Executor
from policybench.executors.messages import Died, Message, Refused
from policybench.executors.work import Work

__all__ = ["Died", "Executor", "Message", "Refused", "Work", "carry_out"]
