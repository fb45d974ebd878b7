"""Batches that go wrong: expired, refused, incomplete, out of order, and servers that fail while one waits."""

from __future__ import annotations

import json

import pytest
from faulty_batches import MISSING, UNDONE
from faulty_server import GOOD, actions
from werkzeug import Response

from policybench import InputError, StopRunError
from policybench_llm import batch_waiting


def test_lines_in_any_order_belong_to_their_seeds(run, batches, read):
    batches.play(*actions(3))
    batches.shape = lambda lines: lines[::-1]
    folder = run(*batches.arguments, "batch=true", seeds=3, steps=1)
    assert [row["action"] for row in read.steps(folder)] == [[0.01, 0.5], [0.02, 0.5], [0.03, 0.5]]


def test_of_lines_with_one_name_the_first_answer_counts_and_strange_names_do_not(run, batches, read):
    batches.play(*actions(2))

    def shape(lines):
        late = [line.replace("0.01", "0.09").replace("0.02", "0.09") for line in lines]
        return [lines[0].replace('"custom_id": "', '"custom_id": "not-ours-'), *lines, *late]

    batches.shape = shape
    folder = run(*batches.arguments, "batch=true", seeds=2, steps=1)
    assert [row["action"] for row in read.steps(folder)] == [[0.01, 0.5], [0.02, 0.5]]
    assert batches.sizes() == [2]


def test_an_answer_goes_before_a_failure_of_the_same_name(run, batches, read):
    batches.play(*actions(2))

    def shape(lines):
        failure = json.loads(lines[0])
        if batches.sdk == "openai":
            failure |= {"response": None, "error": {"code": "batch_expired"}}
        else:
            failure["result"] = {"type": "expired"}
        return [json.dumps(failure), *lines]

    batches.shape = shape
    run(*batches.arguments, "batch=true", seeds=2, steps=1)
    assert batches.sizes() == [2]


@pytest.mark.parametrize("act", [UNDONE, MISSING])
@pytest.mark.parametrize("end", ["expired", "cancelled"])
def test_calls_that_were_not_made_go_into_the_next_batch(run, batches, read, act, end):
    usual = batches.ends[0]
    batches.ends = [end, usual] if batches.sdk == "openai" else [usual]
    batches.play(GOOD, act, act, GOOD)
    folder = run(*batches.arguments, "batch=true", seeds=3, steps=1)
    assert batches.sizes() == [3, 2]
    assert [call["batch"] for call in read.transcript(folder)] == ["batch_0", "batch_1", "batch_1"]
    ended = next(note for note in read.notes_on_batches(folder) if not note["state"].startswith("submitt"))
    assert (ended["state"], ended["calls"]) == (end if batches.sdk == "openai" else usual, [[1, 0, 1], [2, 0, 1]])
    assert [row["notes"]["cost"]["calls"] for row in read.steps(folder)] == [1, 1, 1]


def test_calls_that_are_never_made_stop_the_run_and_the_answers_of_others_stay(run, batches, read, tmp_path):
    batches.play(GOOD, UNDONE)
    with pytest.raises(StopRunError, match=r"model gpt-4o-mini: no answer in 2 batches, the last time: "):
        run(*batches.arguments, "batch=true", "retries=1", seeds=2, steps=1)
    assert batches.sizes() == [2, 1]
    folder = read.only_run(tmp_path)
    assert [(call["seed"], call["status"]) for call in read.transcript(folder)] == [(0, "answered"), (1, "failed")]
    batches.play(GOOD)
    folder = run(*batches.arguments, "batch=true", seeds=2, steps=1)
    assert batches.sizes() == [2, 1, 1]


def test_a_call_that_found_the_model_busy_goes_into_the_next_batch(run, batches):
    batches.play(batches.single.error(500, "oops"), batches.single.error(429, "busy"), GOOD)
    run(*batches.arguments, "batch=true", seeds=3, steps=1)
    assert batches.sizes() == [3, 2]


@pytest.mark.parametrize("status", [401, 403])
def test_a_call_that_is_refused_stops_the_run_and_the_answers_of_others_stay(run, batches, read, tmp_path, status):
    batches.play(GOOD, batches.single.error(status, "not for you"), GOOD)
    with pytest.raises(StopRunError, match=f"model gpt-4o-mini: HTTP {status}: .*not for you"):
        run(*batches.arguments, "batch=true", seeds=3, steps=1)
    calls = read.transcript(read.only_run(tmp_path))
    assert sorted((call["seed"], call["status"]) for call in calls) == [
        (0, "answered"),
        (1, "failed"),
        (2, "answered"),
    ]
    run(*batches.arguments, "batch=true", seeds=3, steps=1)
    assert batches.sizes() == [3, 1]


def test_a_parameter_that_is_refused_is_left_out_of_the_next_batch(run, batches, read):
    refused = batches.single.error(400, "temperature is not supported with this model")
    batches.play(refused, refused, GOOD)
    folder = run(*batches.arguments, "batch=true", seeds=2, steps=1)
    assert [["temperature" in body for body in bodies.values()] for bodies in batches.sent] == [
        [True] * 2,
        [False] * 2,
    ]
    assert [call["status"] for call in read.transcript(folder)] == ["unsupported"] * 2 + ["answered"] * 2


def test_a_parameter_that_is_refused_for_the_whole_batch_is_left_out_of_the_next(run, batches):
    batches.fail("submit", batches.single.error(400, "requests.0.temperature: unknown field"))
    batches.play(GOOD)
    run(*batches.arguments, "batch=true", seeds=2, steps=1)
    assert [["temperature" in body for body in bodies.values()] for bodies in batches.sent] == [[False] * 2]


def test_a_prompt_that_is_too_long_is_shortened_in_the_next_batch(run, batches, read):
    too_long = batches.single.error(400, "prompt is too long: 210000 tokens > 200000 maximum context length")
    batches.play(*actions(6), too_long, GOOD)
    folder = run(*batches.arguments, "batch=true", "stop_after=0", seeds=2, steps=4)
    assert batches.sizes() == [2, 2, 2, 2, 1]
    assert [row["notes"].get("dropped") for row in read.steps(folder)[-2:]] == [1, None]


def test_a_batch_that_fails_as_a_whole_stops_the_run_which_then_makes_another(run, batches_of, read):
    batches = batches_of("openai")
    batches.ends, batches.errors = ["failed", "completed"], [{"code": "invalid_json_line", "message": "bad line"}]
    batches.play(GOOD)
    with pytest.raises(StopRunError, match="batch batch_0: failed: invalid_json_line bad line"):
        run(*batches.arguments, "batch=true", seeds=2, steps=1)
    run(*batches.arguments, "batch=true", seeds=2, steps=1)
    assert batches.sizes() == [2, 2]


def test_a_batch_that_found_the_queue_full_is_handed_in_again(run, batches_of, read):
    batches = batches_of("openai")
    batches.ends = ["failed", "completed"]
    batches.errors = [{"code": "token_limit_exceeded", "message": "Enqueued token limit reached"}]
    batches.play(GOOD)
    folder = run(*batches.arguments, "batch=true", seeds=2, steps=1)
    assert batches.sizes() == [2, 2]
    assert [call["batch"] for call in read.transcript(folder)] == ["batch_1"] * 2


@pytest.mark.parametrize("operation", ["state", "results"])
def test_a_server_that_fails_while_a_batch_is_pending_is_asked_again(run, batches, operation):
    single = batches.single
    page = Response("<html>Bad gateway</html>", content_type="text/html")
    batches.fail(
        operation,
        single.error(429, "slow down", headers={"retry-after-ms": "50"}),
        single.error(500, "oops"),
        single.error(503, "busy"),
        single.error(529, "overloaded"),
        single.reset,
        lambda _: page,
        lambda _: Response("[1, 2]", content_type="application/json"),
        lambda _: Response('{"object": "strange"}', content_type="application/json"),
    )
    batches.play(GOOD)
    run(*batches.arguments, "batch=true", "retries=0", seeds=2, steps=1)
    assert batches.sizes() == [2]
    assert batches.count(operation) > 8


def test_a_question_that_hangs_is_given_up_and_asked_again(run, batches):
    batches.fail("state", lambda request: batches.single.late(1.0, batches.proceed)(request))
    batches.play(GOOD)
    run(*batches.arguments, "batch=true", "timeout=0.25", seeds=2, steps=1)
    assert batches.sizes() == [2]


def test_results_that_break_off_are_fetched_again(run, batches, read):
    def torn(request):
        whole = batches.proceed(request).get_data()
        return Response(whole[: len(whole) - 40], content_type="application/octet-stream")

    batches.fail("results", torn)
    batches.play(*actions(2))
    folder = run(*batches.arguments, "batch=true", seeds=2, steps=1)
    assert batches.sizes() == [2]
    assert [row["action"] for row in read.steps(folder)] == [[0.01, 0.5], [0.02, 0.5]]


def test_a_server_that_stays_away_stops_the_run_which_takes_the_batch_up_later(run, batches, monkeypatch):
    batches.play(GOOD)
    batches.fail("state", *[batches.single.error(500, "oops")] * 100)
    monkeypatch.setattr(batch_waiting, "PATIENCE", 0.05)
    with pytest.raises(StopRunError, match="model gpt-4o-mini: batch batch_0: not reached for 0:00:00: HTTP 500"):
        run(*batches.arguments, "batch=true", seeds=2, steps=1)
    batches.fail("state")
    run(*batches.arguments, "batch=true", seeds=2, steps=1)
    assert batches.sizes() == [2]


@pytest.mark.parametrize("operation", ["state", "results"])
@pytest.mark.parametrize("status", [401, 403])
def test_a_key_that_is_refused_stops_the_run_which_takes_the_batch_up_with_another(
    run, batches, operation, status
):
    batches.play(GOOD)
    batches.fail(operation, batches.single.error(status, "bad key"))
    with pytest.raises(StopRunError, match=f"model gpt-4o-mini: batch batch_0: HTTP {status}: .*bad key"):
        run(*batches.arguments, "batch=true", seeds=2, steps=1)
    assert batches.count(operation) == 1
    run(*batches.arguments, "batch=true", seeds=2, steps=1)
    assert batches.sizes() == [2]


def test_a_batch_that_is_gone_is_said_and_the_run_can_do_without(run, batches):
    batches.play(GOOD)
    batches.fail("state", batches.single.error(404, "no such batch"))
    with pytest.raises(StopRunError, match=r"batch batch_0: HTTP 404: .*; -p batch=false asks without it"):
        run(*batches.arguments, "batch=true", seeds=2, steps=1)
    batches.single.play(GOOD)
    batches.fail("state", batches.single.error(404, "no such batch"))
    run(*batches.arguments, "batch=false", seeds=2, steps=1)
    assert len(batches.single.requests) == 2
    assert batches.sizes() == [2]


@pytest.mark.parametrize("status", [429, 500, 529])
def test_a_batch_that_could_not_be_handed_in_is_handed_in_again(run, batches, status):
    batches.play(GOOD)
    batches.fail("submit", batches.single.error(status, "busy"))
    run(*batches.arguments, "batch=true", seeds=2, steps=1)
    assert batches.sizes() == [2]
    assert batches.count("list") == (0 if status == 429 else 1)


def test_a_batch_that_arrived_although_the_answer_got_lost_is_not_handed_in_twice(run, batches, read):
    def lost(request):
        batches.proceed(request)
        return batches.single.reset(request)

    batches.play(GOOD)
    batches.fail("submit", lost)
    folder = run(*batches.arguments, "batch=true", seeds=2, steps=2)
    assert batches.sizes() == [2, 2]
    assert [call["batch"] for call in read.transcript(folder)] == ["batch_0"] * 2 + ["batch_1"] * 2


@pytest.mark.parametrize(
    ("status", "message"), [(401, "bad key"), (403, "not allowed"), (429, "insufficient_quota")]
)
def test_a_batch_that_is_refused_stops_the_run_at_once(run, batches, status, message):
    batches.fail("submit", batches.single.error(status, message, code=message))
    with pytest.raises(StopRunError, match=f"model gpt-4o-mini: HTTP {status}: .*{message}"):
        run(*batches.arguments, "batch=true", seeds=2, steps=1)
    assert batches.count("submit") == 1
    batches.play(GOOD)
    run(*batches.arguments, "batch=true", seeds=2, steps=1)
    assert batches.sizes() == [2]
    assert batches.count("list") == 0


def test_a_request_to_wait_for_hours_stops_the_run_instead(run, batches):
    headers = {"retry-after-ms": "", "retry-after": "7200"}
    batches.play(GOOD)
    batches.fail("submit", batches.single.error(429, "later", headers=headers))
    with pytest.raises(StopRunError, match=r"the batch could not be handed in: HTTP 429: .*later"):
        run(*batches.arguments, "batch=true", seeds=2, steps=1)
    batches.fail("state", batches.single.error(429, "later", headers=headers))
    with pytest.raises(StopRunError, match=r"batch batch_0: not reached for 0:00:00: HTTP 429: .*later"):
        run(*batches.arguments, "batch=true", seeds=2, steps=1)
    run(*batches.arguments, "batch=true", seeds=2, steps=1)
    assert batches.sizes() == [2]


@pytest.mark.parametrize("name", ["../files/x", "a b", 7, None, "x" * 300])
def test_a_name_that_would_lead_elsewhere_is_not_followed(run, batches, name):
    act = lambda _: Response(json.dumps({"id": name, "object": "batch"}), content_type="application/json")  # noqa: E731
    batches.known = False
    batches.fail("submit", act, act)
    with pytest.raises(StopRunError, match="the response cannot be read: its id is"):
        run(*batches.arguments, "batch=true", seeds=2, steps=1)
    assert {operation for operation, _ in batches.asked} <= {"upload", "submit", "list"}


def test_an_answer_that_is_none_stops_the_run(run, batches):
    batches.play(lambda _: Response('{"object": "strange"}', content_type="application/json"))
    with pytest.raises(StopRunError, match="the response is no"):
        run(*batches.arguments, "batch=true", seeds=2, steps=1)


def test_an_endpoint_whose_batches_end_while_a_run_goes_on_can_be_asked_without(run, batches):
    batches.play(GOOD)
    run_options = [*batches.arguments, "stop_after=0"]
    with pytest.raises(StopRunError):
        run(*run_options, "batch=true", "max_calls=2", seeds=2, steps=2)
    batches.fail("submit", batches.single.error(404, "gone"))
    with pytest.raises(InputError, match="has no batches"):
        run(*run_options, "batch=true", seeds=2, steps=2)
    batches.single.play(GOOD)
    run(*run_options, seeds=2, steps=2)
    assert (batches.sizes(), len(batches.single.requests)) == ([2], 2)
