"""Moving pictures as files."""

import io

import numpy as np
from PIL import Image

from policybench.plots.animation import save


def test_a_moving_picture_shows_every_frame_as_it_was_drawn():
    rng = np.random.default_rng(0)
    ground = rng.integers(0, 256, (24, 32, 3), dtype=np.uint8)
    frames = [ground.copy() for _ in range(30)]
    for number, frame in enumerate(frames):
        frame[number % 24, :8] = number
    file = io.BytesIO()
    save(frames, file, "webp", 10)
    picture = Image.open(file)
    assert picture.n_frames == len(frames)
    for number, frame in enumerate(frames):
        picture.seek(number)
        assert np.array_equal(np.asarray(picture.convert("RGB")), frame)
