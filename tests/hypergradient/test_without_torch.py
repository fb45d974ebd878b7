"""Followers in compiled code need no torch; where others do and it is missing, one line says what to install."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import sys
sys.modules["torch"] = None
import policybench.hypergradient.recorder
from policybench import InputError
try:
    from policybench.hypergradient import adam_step
except InputError as error:
    print(error)
"""


def test_the_extra_is_named():
    answer = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True).stdout
    assert answer.count("\n") == 1
    assert "pip install 'policybench[gradient]'" in answer
