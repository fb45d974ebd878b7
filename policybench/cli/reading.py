"""The runs that a command is given: in folders, or named by the file of a suite."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from policybench.store import StoredRun


def stored_runs(roots: Sequence[Path]) -> list[StoredRun]:
    """The runs, each once; what is left out is said on standard error.

    Args:
        roots: folders of runs, folders that hold some, and TOML files of suites, whose runs bear their labels.

    Raises:
        InputError: a file is wrong, or there is no run below one of the folders.
    """
    if any(root.suffix == ".toml" and not root.is_dir() for root in roots):
        from policybench.suite.named import load_named as load  # takes long, and is seldom needed
    else:
        from policybench.store import load_runs as load
    return load(roots, lambda line: click.echo(f"policybench: {line}", err=True))
