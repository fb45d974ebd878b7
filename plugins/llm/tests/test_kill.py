"""A run that is killed outright, in the middle of two calls, goes on without paying twice."""

from __future__ import annotations

import os
import subprocess
import sys
import threading

from faulty_server import GOOD


def test_killed_while_one_seed_waits_it_keeps_the_answer_of_the_other(site, openai_server, tmp_path, read):
    waiting, answered, lock = threading.Event(), [], threading.Lock()

    def act(request):
        with lock:
            number = len(openai_server.requests)
            hold = number == 6 and not waiting.is_set()
        if hold:  # two seeds, third step: the second of them never gets this answer
            waiting.set()
            return openai_server.late(30, GOOD)(request)
        answered.append(number)
        return openai_server.answer(GOOD)(request)

    openai_server.play(act)
    options = [word for option in openai_server.arguments for word in ("-p", option)]
    command = [sys.executable, "-m", "policybench", "run", "--principal", "llm", "--env", "parabola"]
    command += ["--seeds", "2", "--steps", "4", *options, "-p", "concurrency=2"]
    path = os.pathsep.join(filter(None, [str(site), os.environ.get("PYTHONPATH")]))
    keywords = {"env": {**os.environ, "PYTHONPATH": path}, "cwd": tmp_path, "stdout": subprocess.DEVNULL}
    process = subprocess.Popen(command, **keywords)
    assert waiting.wait(timeout=60)
    transcript = read.only_run(tmp_path) / "transcript.jsonl"
    while transcript.read_bytes().count(b"\n") < 5:
        assert process.poll() is None
    process.kill()
    process.wait()
    before = transcript.read_bytes()
    transcript.write_bytes(before + before.splitlines()[-1][:70])
    assert subprocess.run(command, **keywords, timeout=60, check=False).returncode == 0
    calls = read.transcript(transcript.parent)
    assert transcript.read_bytes().startswith(before)
    assert sorted((call["seed"], call["step"]) for call in calls) == [(s, t) for s in range(2) for t in range(4)]
    assert len(answered) == 8
    assert sum(row["notes"]["cost"]["calls"] for row in read.steps(transcript.parent)) == 8
