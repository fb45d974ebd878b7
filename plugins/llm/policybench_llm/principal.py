"""The principal: a language model in a loop of prompt, action and payoff, as figure 3 of the paper has it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from policybench import Array, AskTell, Floats, InputError, Outcome, Problem, StopRunError, Workspace
from policybench_llm.answers import Answer, UnusableAnswerError, read_answer
from policybench_llm.convergence import Context, converged, latest_in
from policybench_llm.demonstrations import Demonstration, parse_selection
from policybench_llm.giving_up import refuse_to_go_on
from policybench_llm.observations import summarise
from policybench_llm.prompt import Messages, Prompt
from policybench_llm.session import Session
from policybench_llm.settings import check_settings
from policybench_llm.transcript import Call

_DROPPED_AT_ONCE = 8
"""One part in so many of the demonstrations is left out at a time when a prompt is too long."""


_ALL = 10**6
"""More seeds than any run has."""

_NEARLY = 0.8
"""An answer shorter than this share of the longest was cut off by something else, such as the context window."""


class LLM(AskTell):
    """Asks a language model for each action.

    The prompt tells the task, shows past steps as demonstrations and asks for the next action
    (``policybench_llm.prompt``). An answer without a usable action is asked for again with what is wrong with it;
    if that does not help, the previous action is kept and the answer noted as failed. The same action many times
    in a row ends the search.
    """

    def __init__(
        self,
        problem: Problem,
        *,
        rng: np.random.Generator,
        prompt: str | None,
        context: str,
        prose: str,
        history: bool,
        demonstrations: str,
        reasks: int,
        max_tokens: int,
        max_tokens_after_cut: int,
        out_of_range: str,
        stop_after: int,
        give_up_after: int,
        **calls: Any,
    ) -> None:
        """Check the options and write a first prompt; nothing is started or asked yet.

        Args:
            problem: the task.
            rng: unused; the model has its own randomness.
            prompt: the user's template.
            context: ``full``, ``rules`` or ``anonymous``.
            prose: ``truthful`` or ``plain``.
            history: whether demonstrations show observations.
            demonstrations: ``all``, ``last:N`` or ``best:N``.
            reasks: how often an unusable answer is asked for again.
            max_tokens: the longest answer at first.
            max_tokens_after_cut: what that may be doubled to after answers that were cut off.
            out_of_range: ``reask`` or ``clip``.
            stop_after: identical actions in a row that end the search; 0 for never.
            give_up_after: steps in a row without a usable answer that stop the run; 0 for never.
            calls: the options of ``policybench_llm.settings.check_settings``.

        Raises:
            InputError: options that cannot be used; a key that is missing.
        """
        super().__init__(problem, rng=rng)
        self._prompt = Prompt(problem, prompt, context=context, history=history, prose=prose)
        self._select = parse_selection(demonstrations)
        self._reasks, self._clip, self._stop_after = reasks, out_of_range == "clip", stop_after
        self._give_up_after = give_up_after
        self._settings = check_settings(names=self._prompt.names, max_tokens=max_tokens, **calls)
        self._limit, self._longest = max_tokens, max_tokens_after_cut
        # Calls in a batch wait for one another.
        self.concurrency = _ALL if self._settings.in_batches else self._settings.concurrency
        self.hosted = not self._settings.provider.local
        self._seed = 0
        self._budget: int | None = None
        self._session: Session | None = None
        self._past: list[Demonstration] = []
        self._first = 0  # demonstrations before this one are left out: the prompt was too long with them
        self._streak = 0
        self._failures = 0  # steps in a row
        self._context: Context = None
        self._failure: str | None = None
        self._notes: dict[str, Any] = {}

    def attach(self, workspace: Workspace) -> None:
        """Share the run's transcript, connections and limits with the other seeds."""
        self._seed, self._budget = workspace.seed, workspace.steps
        self._session = workspace.shared(lambda: Session(self._settings, workspace.transcript))
        self._session.join(self._seed, self._searches)

    def choose(self, context: Array | None) -> Floats:
        """The model's next action; the previous one if it gives none.

        Raises:
            StopRunError: the model cannot be reached, a limit is reached, or too many answers in a row failed.
        """
        self._context = None if context is None else tuple(np.ravel(context).tolist())
        session, step = self._connected(), len(self._past)
        with session.turn(self._seed, step):
            answer = self._answer(session, step)
            calls = session.transcript.of(self._seed, step)
            if answer is None:
                refuse_to_go_on(self._failures + 1, self._give_up_after, calls[-1])
        self._notes = _notes(calls)
        if self._first:
            self._notes["dropped"] = self._first
        if answer is None:
            self._notes |= {"failed": True, "fault": self._failure}
            return self._previous()
        if answer.clipped:
            self._notes["clipped"] = True
        return answer.action

    def learn(self, context: Array | None, action: Floats, outcome: Outcome) -> None:
        """Remember the step as a demonstration."""
        chosen = tuple(np.asarray(action, dtype=np.float64).tolist())
        before = latest_in(self._context, self._past)
        repeated = before is not None and before.action == chosen and self._failure is None
        self._streak = self._streak + 1 if repeated else int(self._failure is None)
        self._failures = 0 if self._failure is None else self._failures + 1
        observation = summarise(outcome.observation)
        self._past.append(
            Demonstration(len(self._past), self._context, chosen, float(outcome.payoff), observation)
        )

    def settled(self, context: Array | None) -> Floats | None:
        """Where the search has ended, once the same action came ``stop_after`` times in a row in each context."""
        if self._searches():
            return None
        key = None if context is None else tuple(np.ravel(context).tolist())
        return np.array(converged(self._past, key))

    def recommend(self, context: Array | None) -> Floats:
        """The action with the best mean payoff in the context.

        In a context never seen that of all contexts; before any payoff the middle of the action space.
        """
        key = None if context is None else tuple(np.ravel(context).tolist())
        payoffs: dict[tuple[float, ...], list[float]] = {}
        for past in [past for past in self._past if past.context == key] or self._past:
            payoffs.setdefault(past.action, []).append(past.payoff)
        if not payoffs:
            return self.problem.middle
        return np.array(max(payoffs, key=lambda action: math.fsum(payoffs[action]) / len(payoffs[action])))

    def state_dict(self) -> dict[str, Any]:
        """The open question, the demonstrations, what was left out of prompts, the streak, and the template."""
        return super().state_dict() | {
            "past": [past.state() for past in self._past],
            "first": self._first,
            "streak": self._streak,
            "failures": self._failures,
            "limit": self._limit,
            "template": self._prompt.digest,
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue from what ``state_dict`` returned; raises ``InputError`` if the template has changed since."""
        if state["template"] != self._prompt.digest:
            raise InputError("-p prompt: the template has changed since the run began; --fresh starts over")
        super().load_state_dict(state)
        self._past = [Demonstration.of(past) for past in state["past"]]
        self._first, self._streak, self._failures = state["first"], state["streak"], state["failures"]
        self._limit = state["limit"]

    def notes(self) -> dict[str, Any]:
        """What the latest step cost, the model's name as its server has it, and what went wrong, if anything."""
        return self._notes

    def _searches(self) -> bool:
        return not self._stop_after or self._streak < self._stop_after

    def _answer(self, session: Session, step: int) -> Answer | None:
        """Ask until there is a usable answer, or no more tries are left."""
        exchange: Messages = []
        attempt = asked = 0
        while asked <= self._reasks:
            attempt += 1
            call = session.call(self._seed, step, attempt, self._messages() + exchange, self._limit, self._judge)
            if call.status == "overflow":
                self._shorten(call)
            elif call.status == "answered":
                if call.error is None:
                    self._failure = None
                    return self._read(call.answer)
                self._failure = call.error
                if self._allow_longer(call):
                    continue
                asked += 1
                exchange = exchange + self._prompt.reask(call.answer, call.error)
        return None

    def _messages(self) -> Messages:
        shown = self._select(self._past[self._first :], self._context)
        return self._prompt.messages(
            shown, self._context, step=len(self._past), budget=self._budget, dropped=self._first
        )

    def _shorten(self, call: Call) -> None:
        """Leave out the oldest of the demonstrations that were shown."""
        shown = self._select(self._past[self._first :], self._context)
        if not shown:
            raise StopRunError(
                f"model {call.model}: the prompt is too long for it even without demonstrations: {call.error}"
            )
        dropped = math.ceil(len(shown) / _DROPPED_AT_ONCE)
        self._first = shown[dropped - 1].step + 1

    def _allow_longer(self, call: Call) -> bool:
        """Double the longest answer after one that was cut off there; whether that was possible."""
        used = call.usage.output_tokens
        if not call.cut or self._limit >= self._longest or 0 < used < _NEARLY * self._limit:
            return False
        self._limit = min(2 * self._limit, self._longest)
        return True

    def _read(self, text: str) -> Answer:
        return read_answer(text, self._prompt.names, self.problem.action_space, clip=self._clip)

    def _judge(self, text: str) -> str | None:
        try:
            self._read(text)
        except UnusableAnswerError as error:
            return str(error)
        return None

    def _previous(self) -> Floats:
        return np.array(self._past[-1].action) if self._past else self.problem.middle

    def _connected(self) -> Session:
        if self._session is None:
            self._session = Session(self._settings, None)
        return self._session


def _notes(calls: list[Call]) -> dict[str, Any]:
    """What the calls of a step cost, what the server calls the model, and which endpoint answered."""
    cost: dict[str, Any] = {
        "calls": len(calls),
        "input_tokens": sum(call.usage.input_tokens for call in calls),
        "output_tokens": sum(call.usage.output_tokens for call in calls),
    }
    for name in ("reasoning_tokens", "cached_tokens"):
        if tokens := sum(getattr(call.usage, name) for call in calls):
            cost[name] = tokens
    if all(call.usd is not None for call in calls):
        cost["usd"] = math.fsum(call.usd or 0.0 for call in calls)
    notes = {"cost": cost, "model": calls[-1].model}
    return notes | ({"endpoint": calls[-1].endpoint} if calls[-1].endpoint else {})
