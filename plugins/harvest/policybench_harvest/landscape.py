"""What taxes pay, for weights files: ``python -m policybench_harvest.landscape [FILE ...]``."""

from __future__ import annotations

from policybench.followers.landscape import Band, Survey, landscape_command
from policybench_harvest import policybench_environments
from policybench_harvest.environment import WEIGHTS

NAMED = (
    (0.0, 0.0, 0.0),
    (1.0, 1.0, 1.0),
    (0.25, 0.25, 0.25),
    (0.5, 0.5, 0.5),
    (0.0, 0.0, 1.0),
    (0.0, 0.5, 1.0),
    (0.1, 0.45, 0.85),
    (0.0, 1.0, 1.0),
    (1.0, 0.0, 0.0),
    (0.2, 0.5, 0.9),
)

BANDS = {"all rates from 0 to 1": Band(0, 0.0, 1.0), "first rate at most 0.3": Band(0, 0.0, 0.3)}
"""Most apples are taxed at the first rate, and above 0.292 it makes them a loss."""

main = landscape_command(Survey(next(policybench_environments()), WEIGHTS, NAMED, BANDS))

if __name__ == "__main__":
    main()
