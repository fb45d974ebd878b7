"""The command line in the test's own process, where nothing has to be imported anew."""

from __future__ import annotations

import contextlib
import io
import logging
import os
import subprocess
import sys
import traceback
import warnings
from pathlib import Path
from unittest import mock

from policybench.cli import main


def call(arguments: tuple[object, ...], folder: Path) -> subprocess.CompletedProcess[str]:
    """Call ``policybench`` as a process with its own current folder would; what ``main`` changes is put back."""
    words = ["policybench", *map(str, arguments)]
    out, err, status = io.StringIO(), io.StringIO(), 0
    logger = logging.getLogger("policybench")
    level, handlers = logger.level, list(logger.handlers)
    with (
        contextlib.chdir(folder),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        mock.patch.object(sys, "argv", words),
        mock.patch.dict(os.environ),
        warnings.catch_warnings(),
    ):
        try:
            main()
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else 1
        except Exception:  # noqa: BLE001 - an interpreter would show whatever it is, and end in status 1
            traceback.print_exc(file=err)
            status = 1
        finally:
            logger.setLevel(level)
            logger.handlers[:] = handlers
    return subprocess.CompletedProcess(words, status, out.getvalue(), err.getvalue())
