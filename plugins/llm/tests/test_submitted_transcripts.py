"""Transcripts beside submissions: packed without secrets, checked, and replayed offline."""

from __future__ import annotations

import gzip
import json

import pytest

from policybench.leaderboard.digest import dump, sealed
from policybench.leaderboard.reading import read_submission

CANARY = "sk-canary-0123456789abcdef"


@pytest.fixture
def board(run, main, openai_server, tmp_path, monkeypatch):
    """A leaderboard with one submission of a hosted model and its transcript; the submission's file."""
    monkeypatch.setenv("OPENAI_API_KEY", "house-key-0123456789")
    good = [f'{{"x1": {i / 100}, "x2": 0.5}}' for i in range(30)]
    openai_server.play(f"no idea, {CANARY}", *good[:10], "busy", *good[10:])
    folder = run(*openai_server.arguments, "stop_after=0", "concurrency=1", seeds=5, steps=4, env=["noise=0.1"])
    monkeypatch.delenv("OPENAI_API_KEY")
    monkeypatch.chdir(tmp_path)
    status, out, err = main("leaderboard", "add", folder, "--transcript")
    assert status == 0, err
    assert "read it before you publish it" in out
    assert main("leaderboard", "build")[0] == 0
    [file] = (tmp_path / "leaderboards" / "submissions").rglob("*.json")
    return file


def transcript_of(file):
    [path] = (file.parents[3] / "transcripts").rglob("*.jsonl.gz")
    return path


@pytest.fixture
def offline(board, monkeypatch):
    monkeypatch.setattr("socket.socket.connect", lambda *_: pytest.fail("a replay needs no network"))


@pytest.mark.usefixtures("offline")
def test_a_replay_confirms_actions_payoffs_and_costs_without_a_network_or_a_key(board, main):
    status, out, err = main("leaderboard", "replay", board)
    assert status == 0, out + err
    assert "22 recorded calls lead to the actions, payoffs and costs of all 20 steps and 125 final" in out
    status, out, err = main("leaderboard", "check")
    assert status == 0, err


def test_tables_mark_the_row_and_show_what_it_cost_and_how_to_replay_it(board):
    page = next((board.parents[3] / "environments").glob("*.md")).read_text()
    assert "hosted, transcript" in page
    assert "22 calls" in page
    assert "2,200 input tokens" in page
    assert " usd" in page
    assert f"policybench leaderboard replay leaderboards/{board.relative_to(board.parents[3])}" in page


def test_keys_are_in_no_packed_file(board):
    text = gzip.decompress(transcript_of(board).read_bytes()).decode()
    assert "no idea, ***" in text
    for secret in (CANARY, "house-key"):
        assert secret not in text
        assert secret not in board.read_text()


@pytest.mark.usefixtures("offline")
@pytest.mark.parametrize("part", ["action", "payoff", "cost"])
def test_what_the_transcript_does_not_lead_to_is_not_confirmed(board, main, part):
    submission = read_submission(board)
    content = submission.model_dump(mode="json", exclude={"schema_version", "sha256"})
    curve = content["curves"][2]
    if part == "action":
        curve["actions"][3][0] += 0.01
    elif part == "payoff":
        curve["payoffs"][3] += 0.5
    else:
        content["costs"]["noted"]["usd"] /= 2
    board.write_text(dump(sealed(content)))
    status, out, _ = main("leaderboard", "replay", board)
    assert status == 1
    assert "NOT CONFIRMED" in out
    expected = {"action": "seed 2, step 3: action", "payoff": "seed 2, step 3: payoff", "cost": "costs.noted.usd"}
    assert expected[part] in out


def test_a_transcript_that_is_damaged_missing_or_nobodys_is_a_fault(board, main):
    path = transcript_of(board)
    whole, lines = path.read_bytes(), gzip.decompress(path.read_bytes()).splitlines()
    path.write_bytes(whole[:-20])
    assert "is no gzip file, or damaged" in main("leaderboard", "check")[2]
    changed = json.loads(lines[0])
    changed["answer"] = '{"x1": 0.9, "x2": 0.9}'
    path.write_bytes(gzip.compress(b"\n".join([json.dumps(changed).encode(), *lines[1:]]) + b"\n"))
    assert "is not the transcript that its submission names" in main("leaderboard", "replay", board)[2]
    path.rename(path.with_name("other.jsonl.gz"))
    status, _, err = main("leaderboard", "check")
    assert status == 1
    assert "is missing, but its submission names it" in err
    assert "other.jsonl.gz: belongs to no submission" in err
    path.write_bytes(gzip.compress(bytes(10**8)))  # expands to a hundred megabytes
    assert "is not the transcript" in main("leaderboard", "check")[2]


def test_what_cannot_be_replayed_is_said_in_one_line(board, main, run, openai_server):
    folder = run(*openai_server.arguments, seeds=5, steps=3, out="other")
    (folder / "transcript.jsonl").unlink()
    status, _, err = main("leaderboard", "add", folder, "--transcript")
    assert (status, err.count("\n")) == (2, 1)
    assert "has no transcript.jsonl; leave the option out" in err
    assert main("leaderboard", "add", folder)[0] == 0
    [file] = [path for path in board.parents[3].rglob("*.json") if path.is_file() and "5x3" in str(path)]
    status, _, err = main("leaderboard", "replay", file)
    assert (status, err.count("\n")) == (2, 1)
    assert "names no transcript; it was added without --transcript" in err
