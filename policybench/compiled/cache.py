"""``numba.njit`` with a cache on disk that notices every change.

Numba's own cache looks at the file of the outermost function alone, although functions of other files are
built into it. Here the cache folder's name contains a digest of every source file that can be part of a
kernel: those of the core and those of the package that defines it.
"""

from __future__ import annotations

import hashlib
import importlib.util
import logging
import os
import sys
import warnings
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
import platformdirs
from numba.core import event
from numba.core.errors import NumbaExperimentalFeatureWarning

from policybench.compiled.checked_cache import CheckedCache

Function = TypeVar("Function", bound=Callable[..., Any])

_CORE = (
    "policybench.compiled",
    "policybench.followers",
    "policybench.gridworld",
    "policybench.hypergradient",
)
# Kernels pass records where shorter ones are expected, which numba supports but announces on the screen.
warnings.filterwarnings("ignore", category=NumbaExperimentalFeatureWarning)

_logger = logging.getLogger("policybench.compiled")


def compiled(function: Function) -> Function:
    """Compile a function with numba: it releases the interpreter's lock and is cached on disk.

    Neither fast-math nor threads are used, and no multiplication is fused with an addition unless the code says
    so (``emitting.Emitter.fma``), so that results are the same bytes on every run and every processor, however
    the work is split. Divisions follow numpy's rules (no exception by zero).
    """
    folder = _cache_folder(function.__module__.partition(".")[0])
    settings: Any = numba.config
    before = settings.CACHE_DIR
    try:
        settings.CACHE_DIR = "" if folder is None else str(folder)
        dispatcher: Any = numba.njit(nogil=True, error_model="numpy")(function)
        if folder is not None:
            dispatcher._cache = CheckedCache(function)
        return cast("Function", dispatcher)
    finally:
        settings.CACHE_DIR = before


@lru_cache
def _cache_folder(package: str) -> Path | None:
    """Where kernels of this package are kept; None where nothing can be written."""
    digest = hashlib.sha256(f"{numba.__version__} {sys.version}".encode())
    for name in (*_CORE, package):
        spec = importlib.util.find_spec(name)
        if name == "policybench" or spec is None or not spec.submodule_search_locations:
            continue
        for root in spec.submodule_search_locations:
            for source in sorted(Path(root).rglob("*.py")):
                digest.update(source.read_bytes())
    folder = _base() / digest.hexdigest()[:16]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return folder if os.access(folder, os.W_OK | os.X_OK) else None


def _base() -> Path:
    settings: Any = numba.config
    return Path(settings.CACHE_DIR or platformdirs.user_cache_path("policybench") / "kernels")


class _Announcement(event.Listener):
    """Says once a process that kernels are being compiled; without it the first run would seem to hang."""

    def __init__(self) -> None:
        self.made = False

    def on_start(self, event: event.Event) -> None:
        if not self.made:
            self.made = True
            if _cache_folder("policybench") is None:
                _logger.info(
                    "compiling kernels; every run has to, since %s cannot be written "
                    "(NUMBA_CACHE_DIR names another folder)",
                    _base(),
                )
            else:
                _logger.info("compiling kernels; they are kept on disk, so only the first run does this")

    def on_end(self, event: event.Event) -> None:
        pass


event.register("numba:compile", _Announcement())  # type: ignore[no-untyped-call]
