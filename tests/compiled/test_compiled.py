"""Compiled code is cached, and a change anywhere in its package is noticed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

INNER = "from policybench.compiled import compiled\n\n@compiled\ndef inner(x):\n    return x + {}\n"
OUTER = (
    "from policybench.compiled import compiled\nfrom game.inner import inner\n\n"
    "@compiled\ndef outer(x):\n    return 10 * inner(x)\n"
)
PROGRAM = (
    "import logging, sys; logging.basicConfig(level=logging.INFO, stream=sys.stdout, format='%(message)s');"
    "from game.outer import outer; print(outer(1))"
)


def run(folder: Path) -> str:
    environ = {**os.environ, "PYTHONPATH": str(folder), "NUMBA_CACHE_DIR": str(folder / "cache")}
    return subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environ, capture_output=True, text=True, check=True
    ).stdout


def test_kernels_are_kept_and_a_changed_callee_is_compiled_again(tmp_path):
    package = tmp_path / "game"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "outer.py").write_text(OUTER)
    (package / "inner.py").write_text(INNER.format(1))
    first, second = run(tmp_path), run(tmp_path)
    assert first.splitlines()[-1] == second.splitlines()[-1] == "20"
    assert "compiling kernels" in first
    assert "compiling kernels" not in second
    (package / "inner.py").write_text(INNER.format(2))
    third = run(tmp_path)
    assert third.splitlines()[-1] == "30"
    assert "compiling kernels" in third
