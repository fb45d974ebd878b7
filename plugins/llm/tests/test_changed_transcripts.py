"""Transcripts that somebody may have changed: refused in one line, or read as what they hold."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fuzzing.surviving import survives_changes

from policybench import InputError
from policybench.report.transcripts import read_transcript
from policybench.store import read_lines
from policybench_llm.transcript import Call, Recording, Transcript, Usage

STEPS, SEEDS = 4, 2


@pytest.fixture
def path(tmp_path) -> Path:
    """Eight calls whose prompts grow."""
    transcript = Transcript(tmp_path / "transcript.jsonl")
    for step in range(STEPS):
        for seed in range(SEEDS):
            text = "The rules of the game, which are long enough to be worth a difference. " * 3 + "past " * step
            usage = Usage(input_tokens=100, output_tokens=10)
            call = Call(
                seed=seed, step=step, attempt=1, time="2026-01-01T00:00:00Z", model="m", request={}, answer="1",
                error=None, usage=usage, usd=0.1, seconds=1.0, status="answered",
            )  # fmt: skip
            transcript.append(call, [{"role": "user", "content": text}, {"role": "assistant", "content": "1"}])
    return tmp_path / "transcript.jsonl"


def read_along(path: Path) -> None:
    """What continuing, replaying and reporting do; all three must agree on what was asked."""
    size = path.stat().st_size
    report = read_transcript(path.parent)
    assert report is not None
    transcript = Transcript(path)
    recording = Recording(read_lines(path, Call))
    for seed in range(SEEDS):
        for step in range(STEPS):
            found, known = recording.find(seed, step, 1), transcript.find(seed, step, 1)
            if found and known:
                assert len(known[1]) == len(found[1])
            if found:
                assert sum(len(message["content"]) for message in found[1]) <= size * 2


def test_some_hundred_changes(path):
    survives_changes(path, read_along, "transcript", 300)


@pytest.mark.slow
def test_ten_thousand_changes(path):
    survives_changes(path, read_along, "transcript", 10_000)


def test_a_line_cannot_use_a_text_twice(path):
    """Forty lines that double the text of the line before would fill any memory."""
    first, *_ = map(json.loads, path.read_text().splitlines())
    doubling = {"role": "user", "same_at_start": 10**9, "same_at_end": 10**9, "text": ""}
    lines = [first] + [first | {"step": step, "request": {"difference": [doubling]}} for step in range(1, 40)]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    with pytest.raises(InputError, match=r"jsonl, line 2: damaged: request: is a difference to another"):
        Transcript(path)
