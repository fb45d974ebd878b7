"""Episodes under the recommended action of a run's best seed, drawn again by the environment itself."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np

from policybench.plots import animation
from policybench.recorded import recorded_environment
from policybench.relabelling.runs import plain_entry
from policybench.report.runs import ReportRun
from policybench.store import FinalRecord

MOST_FRAMES = 200
MOST_CONTEXTS = 6
FPS = 10


@dataclass(frozen=True)
class Episode:
    """One drawn episode.

    Attributes:
        record: the fresh evaluation that it belongs to.
        moving: an animated WebP.
        still: a PNG of a frame near its middle.
        size: width and height in pixels.
        every: every n-th frame of the episode is shown.
    """

    record: FinalRecord
    moving: bytes
    still: bytes
    size: tuple[int, int]
    every: int


def evaluations_to_draw(run: ReportRun) -> list[FinalRecord]:
    """The best seed's first fresh evaluation in each context; none if the run is not finished."""
    recommended = run.summary.scores.recommended
    if recommended is None:
        return []
    best = run.summary.seeds[int(np.argmax(recommended.payoffs))]
    first: dict[tuple[float, ...], FinalRecord] = {}
    for record in run.stored.final:
        if record.seed == best:
            first.setdefault(tuple(record.context or ()), record)
    return [first[context] for context in sorted(first)][:MOST_CONTEXTS]


def draw(run: ReportRun, record: FinalRecord) -> Episode:
    """Draw an evaluation's first validation episode.

    Raises:
        InputError: the environment draws no pictures, or refuses the action.
        Exception: whatever a plugin of a stranger may raise.
    """
    manifest = run.stored.manifest
    plain = plain_entry(manifest.environment)
    environment = recorded_environment(plain, [record.seed], manifest.protocol.final_options)
    frames = environment.render(record.step, np.asarray(record.action, dtype=np.float64))
    chosen = animation.thin(frames, MOST_FRAMES)
    moving, still = io.BytesIO(), io.BytesIO()
    animation.save(chosen.frames, moving, "webp", FPS)
    middle = chosen.frames[len(chosen.frames) // 2]
    animation.save([middle], still, "png", FPS)
    return Episode(record, moving.getvalue(), still.getvalue(), (middle.shape[1], middle.shape[0]), chosen.every)
