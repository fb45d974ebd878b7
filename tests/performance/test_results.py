"""What reading and drawing results costs, as ratios to the least that it could cost."""

from __future__ import annotations

import io
import json
import time

import numpy as np
from PIL import Image

from policybench.plots.animation import save
from policybench.store.records import StepRecord, TimestepsRecord
from policybench.store.step_log import read_step_log

SEEDS = range(10)


def fastest(call, times=5):
    """Processor seconds of the fastest of some calls."""
    spent = []
    for _ in range(times):
        started = time.process_time()
        call()
        spent.append(time.process_time() - started)
    return min(spent)


def test_a_step_log_is_read_faster_than_its_lines_are_parsed(tmp_path):
    """3000 steps of ten seeds; no search for cycles among their objects while they are read."""
    rng = np.random.default_rng(0)
    path = tmp_path / "steps.jsonl"
    with path.open("w") as log:
        for step in range(3000):
            for seed, action in zip(SEEDS, rng.random((len(SEEDS), 3)).tolist(), strict=True):
                record = StepRecord(
                    step=step,
                    seed=seed,
                    context=None,
                    action=action,
                    payoff=rng.random(),
                    timesteps=TimestepsRecord(training=5000, validation=1000),
                    seconds=rng.random(),
                )
                log.write(record.model_dump_json() + "\n")
    lines = path.read_bytes().splitlines()
    parsing = fastest(lambda: [json.loads(line) for line in lines])
    reading = fastest(lambda: read_step_log(path, SEEDS))
    assert reading < 0.6 * parsing


def test_a_moving_picture_is_written_faster_than_its_frames_one_by_one():
    """What does not move costs next to nothing."""
    rng = np.random.default_rng(0)
    tiles = rng.integers(0, 256, (6, 24, 24, 3), dtype=np.uint8)
    ground = rng.integers(5, size=(18, 24))
    frames = []
    for _ in range(40):
        cells = ground.copy()
        cells[rng.integers(18, size=7), rng.integers(24, size=7)] = 5
        frames.append(tiles[cells].swapaxes(1, 2).reshape(432, 576, 3))
    stills = fastest(lambda: [_still(frame) for frame in frames], 2)
    moving = fastest(lambda: save(frames, io.BytesIO(), "webp", 10), 2)
    assert moving < 0.6 * stills


def _still(frame):
    Image.fromarray(frame).save(io.BytesIO(), "webp", lossless=True, quality=50, method=2)
