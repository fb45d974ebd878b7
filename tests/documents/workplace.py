"""Where a document's blocks run, one after the other: a folder, with what they saved and installed there."""

from __future__ import annotations

import contextlib
import importlib
import os
import site
import subprocess
import sys
import sysconfig
import tomllib
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest
from documents.continuous_integration import ROOT

from policybench.plugins import registry
from policybench.protocol import PROTOCOLS, Protocol

SHORT = {"quick": Protocol("quick", seeds=1, steps=2)}
"""Protocols in documents: as short as that, so that commands run as they stand and leave what later ones name."""

FEW = 4
"""Final evaluations of a seed in documents; those that make submissions need all of them."""

_COUNTED = ("policybench.final_evaluations.FINAL_EVALUATIONS", "policybench.harness.plan.FINAL_EVALUATIONS")


class Workplace:
    """A folder in which a document's commands run.

    Attributes:
        root: the folder that everything happens in.
        folder: where the next command runs; ``cd`` changes it.
        environ: the commands' environment variables.
        beside: the folder that the document lies in.
        projects: the names of what the document has installed, for itself alone.
        missing: what the document installs that is not installed here; continuous integration has all of it.
    """

    def __init__(self, root: Path, beside: Path, final_evaluations: int = FEW) -> None:
        self.beside = beside
        self._final_evaluations = final_evaluations
        self.missing: list[str] = []
        self.projects: set[str] = set()
        self.root = self.folder = root / "work"
        self._prefix = root / "installed"
        self._paths: list[str] = []
        programs = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        self.environ = {**os.environ, "TMPDIR": str(root / "tmp"), "PATH": programs}
        for folder in (self.folder, root / "tmp"):
            folder.mkdir()
        # Commands are given in the repository's own folder, and may write where the document lies.
        if beside.is_relative_to(ROOT):
            (self.folder / beside.relative_to(ROOT)).mkdir(parents=True, exist_ok=True)

    def save(self, name: str, text: str) -> None:
        """Write a file that the document shows."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        if self._paths:
            self._forget()

    def install(self, project: Path, *, editable: bool) -> None:
        """Install a project that the document shows, for this document alone."""
        flags: list[str | Path] = [
            "--no-deps",
            "--no-build-isolation",
            "--ignore-installed",
            "--prefix",
            self._prefix,
        ]
        pip = [sys.executable, "-m", "pip", "install", "--quiet", *flags, *(["-e"] if editable else []), project]
        subprocess.run(pip, check=True, capture_output=True, text=True)
        self.projects.add(tomllib.loads((project / "pyproject.toml").read_text("utf-8"))["project"]["name"])
        packages = sysconfig.get_path("purelib", vars={"base": str(self._prefix)})
        before = list(sys.path)
        site.addsitedir(packages)  # an editable project is found by way of a file there
        self._paths += [path for path in [packages, *sys.path] if path not in [*before, *self._paths]]
        sys.path[:] = before
        self._forget()

    @contextlib.contextmanager
    def entered(self) -> Iterator[None]:
        """This process is in the workplace: its folder, its variables, what it has installed, short protocols."""
        environ = {**self.environ, "PYTHONPATH": os.pathsep.join([*self._paths, *sys.path])}
        paths = [*self._paths, *sys.path]
        with (
            contextlib.chdir(self.folder),
            mock.patch.dict(os.environ, environ),
            mock.patch.dict(PROTOCOLS, SHORT),
            mock.patch.object(sys, "path", paths),
            contextlib.ExitStack() as patches,
        ):
            for name in _COUNTED:
                patches.enter_context(mock.patch(name, self._final_evaluations))
            if self._paths:
                self._forget()
            try:
                yield
            finally:
                if self._paths:
                    self._forget()

    @contextlib.contextmanager
    def at_work(self) -> Iterator[None]:
        """As ``entered``; what fails is skipped if something is missing that the document says how to install."""
        with self.entered():
            try:
                yield
            except Exception as error:
                if self.missing:
                    pytest.skip(f"{', '.join(self.missing)} not installed: {error}")
                raise

    def _forget(self) -> None:
        """What was imported from here is imported anew, as a new process would."""
        for name, module in list(sys.modules.items()):
            if str(getattr(module, "__file__", None) or "").startswith(str(self.root)):
                del sys.modules[name]
        importlib.invalidate_caches()
        registry.cache_clear()
