"""Changes a file again and again, and checks what becomes of whoever uses it."""

from __future__ import annotations

import random
import resource
import time
import warnings
from collections.abc import Callable
from pathlib import Path

from fuzzing.mutations import mutate

from policybench import InputError

MOST_SECONDS = 5.0
MOST_MEGABYTES = 700
MOST_CHARACTERS = 1500

Use = Callable[[Path], None]
"""Reads a file; raises ``InputError`` if it refuses it, and ``AssertionError`` if what it accepts is not equal."""


def survives_changes(path: Path, use: Use, name: str, number: int) -> None:
    """Change a file so many times, each time from its original, and use it; all other files beside it stay."""
    others = {other: other.read_bytes() for other in path.parent.iterdir() if other.is_file() and other != path}
    original = path.read_bytes()
    before = _megabytes()
    accepted = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of payoffs such as 1e308
        for i in range(number):
            accepted += _survives(path, original, use, f"{name} {i}")
            for other, content in others.items():
                if other.stat().st_size != len(content):
                    other.write_bytes(content)
    assert _megabytes() - before < MOST_MEGABYTES
    assert accepted < number


def _survives(path: Path, original: bytes, use: Use, seed: str) -> bool:
    """Change the file, and use it; whether it was accepted."""
    path.write_bytes(mutate(original, random.Random(seed)))
    begun = time.process_time()
    try:
        use(path)
        accepted = True
    except InputError as fault:
        accepted = False
        message = str(fault)
        assert message.isprintable(), (seed, message)
        assert len(message) < MOST_CHARACTERS, (seed, message)
    except Exception as error:
        raise AssertionError(f"{seed}: {type(error).__name__}: {error}") from error
    assert time.process_time() - begun < MOST_SECONDS, seed
    return accepted


def _megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
