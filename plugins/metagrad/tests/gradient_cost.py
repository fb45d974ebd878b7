"""Prints what a gradient costs a seed and principal step: ``python gradient_cost.py``.

In processor time without and with the gradient, and by how much the process has grown when the gradient is known.
"""

import multiprocessing
import resource
import time

from policybench.plugins import registry

CASES = (
    ("harvest", {"training_episodes": 1}),
    ("harvest", {"training_episodes": 5}),
    ("cleanup", {"training_episodes": 1}),
    ("cleanup", {"training_episodes": 20}),
    ("escape-room", {"training_episodes": 10, "gradient_episodes": 10}),
    ("cer", {"training_episodes": 100, "gradient_episodes": 100}),
)
STEPS = 10


def measure(name, options):
    environment = registry().environment(name).spec.create([0], **options)
    space = environment.problem.action_space
    action = (space.low + 0.3 * (space.high - space.low))[None]
    environment.prepare()
    seconds, peaks = [], []
    for gradient in (False, True):
        environment.evaluate(0, action, gradient=gradient)  # compiles, or imports torch
        start = time.process_time()
        for step in range(STEPS):
            environment.evaluate(step, action, gradient=gradient)
        seconds.append((time.process_time() - start) / STEPS)
        peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    return *seconds, peaks[1] - peaks[0]


def main():
    for name, options in CASES:
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            without, with_one, grown = pool.apply(measure, (name, options))
        episodes = options["training_episodes"]
        print(
            f"{name:12} {episodes:4} training episodes  {without:.4f} s, {with_one:.4f} s  {grown:4.0f} MiB",
            flush=True,
        )


if __name__ == "__main__":
    main()
