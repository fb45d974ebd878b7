"""When answers that cannot be used come again and again: which option would help, and when to stop."""

from __future__ import annotations

from policybench import StopRunError
from policybench_llm.transcript import Call


def refuse_to_go_on(failures: int, limit: int, call: Call) -> None:
    """Stop the run if too many steps in a row had no usable answer.

    Args:
        failures: how many did, this one included.
        limit: how many are too many; 0 for never.
        call: the last one.

    Raises:
        StopRunError: with what would help.
    """
    if not limit or failures < limit:
        return
    raise StopRunError(
        f"model {call.model}: no usable answer in {failures} steps in a row of seed {call.seed}; the last: "
        f"{call.error}. {_help(call)}; -p give_up_after=0 goes on without one"
    )


def _help(call: Call) -> str:
    said = call.error or ""
    if "cut off" in said:
        return "A larger -p max_tokens= and -p max_tokens_after_cut= leave room for the whole answer"
    if "refusal" in said:
        return "-p context=anonymous tells no story that could be refused"
    if " is not in [" in said:
        return "-p out_of_range=clip moves such numbers into range"
    return "transcript.jsonl in the run's folder has all answers; another model or another -p prompt= may help"
