"""Transcripts: requests come back from their differences; prices come from a dated table."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policybench import InputError
from policybench.store import read_lines
from policybench_llm.differences import decode, encode
from policybench_llm.prices import read_prices
from policybench_llm.providers import find_provider
from policybench_llm.transcript import Call, Recording, Transcript, Usage

ROLES = st.sampled_from(["system", "user", "assistant"])
MESSAGES = st.lists(
    st.builds(lambda role, text: {"role": role, "content": text}, ROLES, st.text("ab\n", max_size=200))
)


def call(step, attempt=1, seed=0):
    return Call(
        seed=seed,
        step=step,
        attempt=attempt,
        time="2026-01-01T00:00:00+00:00",
        model="m",
        request={},
        answer="x",
        error=None,
        usage=Usage(input_tokens=1, output_tokens=1),
        usd=0.5,
        seconds=0.1,
        status="answered",
    )


@given(st.lists(MESSAGES, min_size=1, max_size=4))
def test_requests_come_back_from_their_differences(requests):
    written = previous = None
    for messages in requests:
        request = encode(messages, previous)
        written = decode(request, written or [])
        assert written == messages
        previous = messages


def test_a_growing_prompt_is_written_as_what_is_new():
    old = [{"role": "user", "content": "a" * 5000 + "query"}]
    new = [{"role": "user", "content": "a" * 5000 + "step 2; query"}]
    [part] = encode(new, old)["difference"]
    assert part == {"role": "user", "same_at_start": 5000, "text": "step 2; ", "same_at_end": 5}


def test_a_transcript_goes_on_where_it_stood(tmp_path):
    path = tmp_path / "transcript.jsonl"
    first = Transcript(path)
    ask = [{"role": "user", "content": "one " * 50}]
    first.append(call(0), ask)
    first.append(call(1), ask)
    first.append(call(1, attempt=2), [*ask, {"role": "user", "content": "again"}])
    path.write_bytes(path.read_bytes() + b'{"torn')
    second = Transcript(path)
    assert (second.calls, second.usd) == (3, 1.5)
    assert second.find(0, 0, 1) is None  # done and checkpointed: nobody asks for it any more
    assert second.find(0, 1, 2)[1] == [*ask, {"role": "user", "content": "again"}]
    assert second.find(0, 1, 3) is None
    assert [known.attempt for known in second.of(0, 1)] == [1, 2]
    assert path.read_bytes().count(b"\n") == 3
    assert b"torn" not in path.read_bytes()


def test_a_damaged_line_is_said(tmp_path):
    path = tmp_path / "transcript.jsonl"
    path.write_text('{"seed": 0}\n')
    with pytest.raises(InputError, match="line 1: damaged"):
        Transcript(path)


def test_a_recording_is_read_along_seed_by_seed(tmp_path):
    path = tmp_path / "transcript.jsonl"
    written = Transcript(path)
    for step in range(3):
        for seed in (1, 0):
            written.append(call(step, seed=seed), [{"role": "user", "content": f"{step} " * 50}])
    recording = Recording(read_lines(path, Call))
    assert recording.find(0, 1, 1)[1][0]["content"].startswith("1 ")
    assert recording.find(0, 1, 2) is None
    assert recording.find(0, 2, 1)[0].step == 2
    assert recording.find(1, 0, 1)[0].seed == 1
    assert recording.find(2, 0, 1) is None


def test_prices_are_found_with_and_without_a_date():
    table = read_prices(None)
    assert table.date == "2026-11-24"
    for name in ("gpt-4o-mini", "gpt-4o-mini-2024-07-18", "models/gpt-4o-mini"):
        assert table.find(name).of(1_000_000, 1_000_000) == pytest.approx(0.75)
    assert table.find("claude-haiku-4-5-20251001").input == 1
    assert table.find("gpt-4o-2024-05-13").input == 5
    assert table.find("llama3.2") is None
    assert table.find("llama3.2", "gpt-4o").input == 2.5


@pytest.mark.parametrize(
    ("model", "sdk", "key"),
    [
        ("gpt-4o-mini", "openai", None),
        ("claude-opus-4-8", "anthropic", None),
        ("gemini-2.5-flash", "openai", "GEMINI_API_KEY"),
        ("llama3.2", "openai", None),
        ("local", "openai", None),
    ],
)
def test_the_table_of_providers(model, sdk, key):
    provider = find_provider(model, None, None, None)
    assert (provider.sdk, provider.key) == (sdk, key)


def test_an_endpoint_of_the_users_own_does_not_get_the_key_of_the_tables():
    provider = find_provider("gemini-2.5-flash", None, "https://example.org/v1", None)
    assert (provider.base_url, provider.key) == ("https://example.org/v1", None)
    assert find_provider("x", "anthropic", None, None).sdk == "anthropic"


@pytest.mark.parametrize("url", ["http://localhost:1/v1", "http://127.0.0.1:8000/v1", "http://[::1]:8000/v1"])
def test_a_server_on_this_machine_needs_no_key(url):
    assert find_provider("x", None, url, None).find_key() == "none"
