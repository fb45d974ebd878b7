"""The process that serves a local model: ``python -m policybench_llm.local_server WEIGHTS``.

It prints its address when it can answer, and ends when its standard input ends.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from threading import Event, Thread

from policybench.threads import usable_cores

CONTEXT_TOKENS = 4096
"""Longest prompt with its answer; what goes beyond is refused, and the prompt is then shortened."""

SLOTS = 2
"""Prompts that are worked on at the same time; more would wait for the same few cores."""


def main() -> None:
    """Serve until the parent is gone."""
    Thread(target=_end_with_parent, daemon=True).start()
    import xllamacpp

    weights = Path(sys.argv[1])
    threads = usable_cores()
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(weights)
    parameters.model_alias = {weights.stem}  # not the path, which is nobody's business
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = 0
    parameters.n_ctx = CONTEXT_TOKENS * SLOTS
    parameters.n_parallel = SLOTS
    parameters.cpuparams.n_threads = threads
    parameters.cpuparams_batch.n_threads = threads
    parameters.ui = False
    parameters.verbosity = -1
    server = xllamacpp.Server(parameters)
    print(server.listening_address, flush=True)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # nobody reads the pipe any more
    Event().wait()


def _end_with_parent() -> None:
    while os.read(0, 1024):
        pass
    os._exit(0)  # the server's own threads do not end by themselves


if __name__ == "__main__":
    main()
