"""Pictures of episodes as files."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from PIL import Image

from policybench.arrays import Array


@dataclass(frozen=True)
class Thinned:
    """Some frames of an episode: every n-th."""

    frames: list[Array]
    every: int


def choose(frames: Iterable[Array], first: int, count: int, every: int) -> list[Array]:
    """``count`` frames from ``first`` on, every n-th; fewer if the episode ends."""
    return list(islice(frames, first, first + count * every, every))


def thin(frames: Iterable[Array], most: int) -> Thinned:
    """A whole episode in at most so many frames, however long it is: as it goes on, every other one is dropped.

    >>> thin(range(10), most=4)
    Thinned(frames=[0, 4, 8], every=4)
    """
    kept: list[Array] = []
    every = 1
    for number, frame in enumerate(frames):
        if number % every:
            continue
        if len(kept) == most:
            kept, every = kept[::2], 2 * every
            if number % every:
                continue
        kept.append(frame)
    return Thinned(kept, every)


def save(frames: Iterable[Array], output: Path | io.BytesIO, kind: str, fps: int) -> None:
    """Write frames [height, width, 3] uint8.

    Args:
        frames: at least one; of a PNG the first is drawn.
        output: where to; a folder that is missing is made.
        kind: ``gif``, ``png`` or ``webp``.
        fps: frames a second.
    """
    pictures = [Image.fromarray(frame) for frame in frames]
    if isinstance(output, Path):
        output.parent.mkdir(parents=True, exist_ok=True)
    if kind == "png":
        pictures[0].save(output, "png", optimize=True)
        return
    # Flat colours: without loss WebP files are smaller than with it, and sharp. Each frame is written as its
    # difference from the one before: key frames in between, tried at every frame, would take most of the time.
    quality = {"lossless": True, "quality": 50, "method": 2, "kmin": 0, "kmax": 0} if kind == "webp" else {}
    pictures[0].save(
        output, kind, save_all=True, append_images=pictures[1:], duration=1000 // fps, loop=0, **quality
    )
