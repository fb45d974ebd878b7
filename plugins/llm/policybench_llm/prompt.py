"""The prompt: a Jinja2 template, and what it may say about a task and the steps so far.

The template has three blocks: ``user``, and optionally ``system`` and ``reask``. A file without blocks is ``user``
as a whole.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from jinja2 import StrictUndefined, Template, TemplateError, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from policybench import Description, InputError, Problem
from policybench_llm.demonstrations import Demonstration
from policybench_llm.files import read_text

Messages = list[dict[str, str]]
"""Messages of ``role`` and ``content``; the role is system, user or assistant."""

_REASK = "That answer cannot be used: {{ error }}. {{ answer_format }}"


class Prompt:
    """Writes the messages of one task.

    Attributes:
        names: what the numbers of the action are called, in the prompt and in the answer.
    """

    def __init__(
        self, problem: Problem, file: str | None, *, context: str, history: bool, prose: str = "truthful"
    ) -> None:
        """Read the template and describe the task.

        Args:
            problem: the task.
            file: the user's template; None for the packaged one.
            context: how much is told: ``full``, ``rules`` (no consequences) or ``anonymous`` (neither story, names
                nor meanings).
            history: whether observations are shown.
            prose: ``truthful``, or ``plain``: the prose about the action before it was relabelled, which is then
                wrong about what the numbers do. Bounds are always those that are in force.

        Raises:
            InputError: there is no other prose than the truthful one, or the template cannot be read or does not
                work.
        """
        source = read_text("prompt", file, "prompts/default.jinja")
        self.digest = hashlib.sha256(source.encode()).hexdigest()
        self._file = file
        environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, keep_trailing_newline=False)
        try:
            self._template = environment.from_string(source)
            self._reask = environment.from_string(_REASK)
        except TemplateSyntaxError as error:
            raise InputError(f"-p prompt={file}: line {error.lineno}: {error.message}") from None
        self.names = [f"x{i + 1}" for i in range(problem.action_dim)]
        anonymous = context == "anonymous"
        self._observed = _aliases(problem.observation_space, anonymous)
        self._task = self._describe(problem, _told(problem, prose, anonymous), context, history)
        self.messages([], None, step=0, budget=1)  # a template that fails does so before anything runs

    def messages(
        self,
        demonstrations: Sequence[Demonstration],
        context: tuple[float, ...] | None,
        *,
        step: int,
        budget: int | None = None,
        dropped: int = 0,
    ) -> Messages:
        """The messages that ask for the next action.

        Args:
            demonstrations: the past steps to show.
            context: the present one; None where there are none.
            step: number of this step, from 0.
            budget: number of all steps; None if that is not known.
            dropped: first steps that are left out because the prompt would be too long with them.
        """
        variables = {
            **self._task,
            "context": "" if context is None else _numbers(context),
            "demonstrations": [self._show(past) for past in demonstrations],
            "dropped": dropped,
            "step": step + 1,
            "budget": budget,
            "left": None if budget is None else max(budget - step, 0),
        }
        system = self._render("system", variables) if "system" in self._template.blocks else ""
        user = self._render("user", variables)
        return [{"role": "system", "content": system}] * bool(system) + [{"role": "user", "content": user}]

    def reask(self, answer: str, error: str) -> Messages:
        """What follows an answer that cannot be used: the answer itself, and what is wrong with it."""
        variables = {**self._task, "error": error}
        own = "reask" in self._template.blocks
        text = self._render("reask", variables) if own else self._reask.render(variables)
        # Servers refuse messages without content.
        return [
            {"role": "assistant", "content": answer.strip() or "(no answer)"},
            {"role": "user", "content": text},
        ]

    def _describe(self, problem: Problem, text: Description, context: str, history: bool) -> dict[str, Any]:
        space, anonymous = problem.action_space, context == "anonymous"
        meanings = ["" if anonymous else dimension.meaning for dimension in text.action]
        bounds = zip(self.names, meanings, space.low, space.high, strict=True)
        return {
            "story": "" if anonymous else text.story,
            "consequences": text.consequences if context == "full" else "",
            "noise": "" if problem.noise is None else f"{problem.noise:.2g}",
            "payoff": "" if anonymous else text.payoff,
            "context_meaning": "" if anonymous else text.context,
            "actions": [
                {
                    "name": name,
                    "meaning": meaning,
                    "low": f"{low:g}",
                    "high": f"{high:g}",
                }
                for name, meaning, low, high in bounds
            ],
            "observations": [
                {"name": alias, "meaning": "" if anonymous else text.observation.get(name, "")}
                for name, alias in self._observed.items()
            ],
            "history": history,
            "answer_format": _answer_format(self.names),
        }

    def _show(self, past: Demonstration) -> dict[str, Any]:
        return {
            "number": past.step + 1,
            "context": "" if past.context is None else _numbers(past.context),
            "action": _numbers(past.action),
            "payoff": f"{past.payoff:.6g}",
            "observations": [
                {"name": alias, "summary": past.observation[name]}
                for name, alias in self._observed.items()
                if name in past.observation
            ],
        }

    def _render(self, block: str, variables: Mapping[str, Any]) -> str:
        template: Template = self._template
        try:
            if block not in template.blocks:
                return template.render(variables).strip()
            return "".join(template.blocks[block](template.new_context(dict(variables)))).strip()
        except (TemplateError, TypeError, ValueError, ArithmeticError, AttributeError) as error:
            raise InputError(f"-p prompt={self._file}: block {block}: {error}") from None


def _told(problem: Problem, prose: str, anonymous: bool) -> Description:
    """The prose that a prompt tells."""
    if prose == "truthful":
        return problem.description
    if anonymous:
        raise InputError(f"-p prose={prose}: with -p context=anonymous no prose is told; leave one of them out")
    if problem.plain is None:
        raise InputError(f"-p prose={prose}: is a control for relabelled actions; give -e relabel=SEED, too")
    return problem.plain.description


def _answer_format(names: Sequence[str]) -> str:
    example = ", ".join(f'"{name}": ...' for name in names)
    return f"Answer with a JSON object and nothing else: {{{example}}}"


def _aliases(observed: Mapping[str, Any], anonymous: bool) -> dict[str, str]:
    return {name: f"y{i + 1}" if anonymous else name for i, name in enumerate(observed)}


def _numbers(values: Sequence[float]) -> str:
    return "[" + ", ".join(f"{value:.6g}" for value in np.asarray(values, dtype=np.float64)) + "]"
