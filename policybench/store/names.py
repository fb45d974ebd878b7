"""The names of a run's files."""

from __future__ import annotations

MANIFEST = "manifest.json"
STEPS = "steps.jsonl"
CHECKPOINT = "checkpoint"
FINAL = "final.jsonl"
TRANSCRIPT = "transcript.jsonl"
TRACEBACK = "traceback.txt"
