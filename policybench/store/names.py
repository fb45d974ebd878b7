"""The names of a run's files."""

from __future__ import annotations

MANIFEST = "manifest.json"
STEPS = "steps.jsonl"
CHECKPOINT = "checkpoint"
FINAL = "final.jsonl"
TRANSCRIPT = "transcript.jsonl"
TRACEBACK = "traceback.txt"

PARTS = "parts"
"""The folder within the run of an external learner, of the seeds that are done before the others."""


def seed_steps(seed: int) -> str:
    """The step log of one seed of an external learner, until all seeds are there."""
    return f"{PARTS}/seed-{seed}.steps.jsonl"
