"""Runs whose answers cannot be used: they say so in every step, and end with what would help."""

from __future__ import annotations

import pytest
from faulty_server import GOOD

from policybench import StopRunError


def test_a_step_without_a_usable_answer_says_so(run, openai_server, read):
    openai_server.play(GOOD, "no", GOOD)
    folder = run(*openai_server.arguments, "reasks=0", seeds=1, steps=3)
    notes = [row["notes"] for row in read.steps(folder)]
    assert [note.get("failed") for note in notes] == [None, True, None]
    assert notes[1]["fault"] == "there is no JSON object of numbers in it"


def test_so_many_failed_steps_in_a_row_stop_the_run_and_it_may_go_on(run, openai_server, read, tmp_path):
    openai_server.play("no", "no", GOOD, "no")
    options = [*openai_server.arguments, "reasks=0", "stop_after=0"]
    for _ in range(2):  # the same command asks nothing again
        with pytest.raises(StopRunError, match=r"no usable answer in 3 steps in a row of seed 0; the last: there"):
            run(*options, "give_up_after=3", seeds=1, steps=8)
        assert len(openai_server.requests) == 6
        assert len(read.steps(read.only_run(tmp_path))) == 5
    folder = run(*options, "give_up_after=0", seeds=1, steps=8)
    assert len(openai_server.requests) == 8
    assert sum(row["notes"].get("failed", False) for row in read.steps(folder)) == 7


def test_it_is_status_3_in_one_line(main, openai_server, tmp_path):
    openai_server.play("no")
    options = [word for option in [*openai_server.arguments, "reasks=0"] for word in ("-p", option)]
    command = ("run", "--principal", "llm", "--env", "parabola", "--seeds", 1, "--steps", 9, "--out", tmp_path)
    status, _, err = main(*command, *options)
    assert status == 3
    assert len(openai_server.requests) == 5
    assert "in 5 steps in a row" in err.splitlines()[-1]
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("text", "changes", "option"),
    [
        ("{", {"stop": "length", "tokens": (1, 9)}, "-p max_tokens="),
        ("no", {"stop": "content_filter"}, "-p context=anonymous"),
        ('{"x1": 5, "x2": 0}', {}, "-p out_of_range=clip"),
        ("no", {}, "transcript.jsonl"),
    ],
)
def test_the_option_that_would_help_is_named(run, openai_server, text, changes, option):
    openai_server.play(openai_server.answer(text, **changes))
    with pytest.raises(StopRunError, match=option):
        run(*openai_server.arguments, "reasks=0", "give_up_after=1", seeds=1, steps=2)
