"""What incentives pay, for weights files: ``python -m policybench_cleanup.landscape [FILE ...]``."""

from __future__ import annotations

from policybench.followers.landscape import Band, Survey, landscape_command
from policybench_cleanup import policybench_environments
from policybench_cleanup.environment import WEIGHTS
from policybench_cleanup.incentives import MAX_INCENTIVE, NEITHER

NAMED = (
    (0.0, 0.0, 0.0),
    (3.0, 0.0, 0.0),
    (0.0, 3.0, 0.0),
    (0.0, 0.0, 3.0),
    (1.0, 1.0, 0.0),
    (1.0, 3.0, 0.0),
    (0.5, 1.5, 0.0),
    (0.0, 1.2, 0.0),
    (1.0, 1.6, 0.0),
    (1.0, 2.0, 0.0),
    (2.0, 3.0, 0.0),
    (3.0, 3.0, 0.0),
    (3.0, 2.0, 1.0),
    (3.0, 3.0, 3.0),
)

BANDS = {
    "third incentive at most 0.45": Band(NEITHER, 0.0, 0.45),
    "third incentive 0.6 to 1.35": Band(NEITHER, 0.6, 1.35),
    "third incentive at least 1.5": Band(NEITHER, 1.5, MAX_INCENTIVE),
}
"""Who is paid for doing neither need not do anything: the third incentive decides how much the others matter."""

main = landscape_command(Survey(next(policybench_environments()), WEIGHTS, NAMED, BANDS))

if __name__ == "__main__":
    main()
