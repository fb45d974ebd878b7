"""Prompts: what they tell, what they leave out, and templates of users."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from gymnasium import spaces
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import policybench_llm
from policybench import InputError, plugins
from policybench_llm.demonstrations import Demonstration, parse_selection
from policybench_llm.observations import summarise_array
from policybench_llm.prompt import Prompt


def demonstrate(*payoffs, contexts=None):
    contexts = contexts or [None] * len(payoffs)
    return [
        Demonstration(step, context, (0.1 * step, 0.5), payoff, {"slope": "mean 3"})
        for step, (payoff, context) in enumerate(zip(payoffs, contexts, strict=True))
    ]


def write(parabola, *past, file=None, context="full", history=True, contexts=False, budget=None, **changes):
    problem = replace(parabola([0], contexts=contexts).problem, **changes)
    prompt = Prompt(problem, file, context=context, history=history)
    now = (1.0, 0.0) if contexts else None
    return "\n".join(m["content"] for m in prompt.messages(past, now, step=len(past), budget=budget))


def test_a_prompt_has_context_demonstrations_and_query(parabola):
    text = write(parabola, *demonstrate(-2.5, -1.25))
    for part in (
        "A gardener waters two plants.",
        "x1, from 0 to 1: water for the fern",
        "x2, from 0 to 0.9: water for the cactus",
        "height of both plants",
        "slope: growth by day",
        "Step 2: action [0.1, 0.5] -> payoff -1.25",
        "slope: mean 3",
        "in step 3?",
        '{"x1": ..., "x2": ...}',
    ):
        assert part in text
    assert "ontext" not in text


def test_a_prompt_tells_what_is_scored_how_much_is_left_and_how_noisy_it_is(parabola):
    for context in ("full", "rules", "anonymous"):
        text = write(parabola, *demonstrate(-2.5, -1.25), context=context, budget=10, noise=0.2468)
        assert "This is step 3 of 10; 8 are left, this one included." in text
        assert "a standard deviation of about 0.25" in text
        assert "by the payoff of every step, from the first to the last" in text
    last = write(parabola, *demonstrate(1, 2), budget=3)
    assert "This is step 3 of 3; 1 is left" in last
    assert "It may be noisy" in last
    assert " of None" not in write(parabola)


def test_consequences_are_told_only_where_the_whole_context_is(parabola):
    problem = parabola([0]).problem
    told = replace(problem.description, consequences="Much water drowns the cactus.")
    texts = {c: write(parabola, context=c, description=told) for c in ("full", "rules", "anonymous")}
    assert ["drowns" in texts[c] for c in ("full", "rules", "anonymous")] == [True, False, False]
    assert ["gardener" in texts[c] for c in ("full", "rules", "anonymous")] == [True, True, False]


def test_the_part_of_a_prompt_that_grows_begins_with_the_one_before(parabola):
    """A provider's cache keeps what is the same from the start."""
    past = demonstrate(*range(30))
    earlier, later = (write(parabola, *past[:n], budget=99) for n in (29, 30))
    same = next(i for i, (a, b) in enumerate(zip(earlier, later, strict=False)) if a != b)
    assert len(earlier) - same < 500


def test_contexts_are_explained_and_shown(parabola):
    text = write(parabola, *demonstrate(-2.5, contexts=[(0.0, 1.0)]), contexts=True)
    for part in ("which plant is in bloom", "Step 1: context [0, 1], action", "The context is now [1, 0]."):
        assert part in text


def test_an_anonymous_prompt_tells_bare_numbers(parabola):
    text = write(parabola, *demonstrate(-2.5), context="anonymous").lower()
    for word in ("garden", "water", "fern", "cactus", "height", "plant", "slope", "growth", "econom", "policy"):
        assert word not in text
    assert "x2, from 0 to 0.9" in text
    assert "y1: mean 3" in text


def test_observations_stand_in_the_order_of_their_list_whatever_the_environment_gives(parabola):
    problem = parabola([0]).problem
    space = spaces.Dict({name: spaces.Box(0, 9, (1,)) for name in ("a", "b", "c")})
    prompt = Prompt(replace(problem, observation_space=space), None, context="anonymous", history=True)
    past = Demonstration(0, None, (0.5, 0.5), 1.0, {"c": "3", "a": "1"})
    text = prompt.messages([past], None, step=1)[-1]["content"]
    assert "- y1\n- y2\n- y3\n" in text
    assert "    y1: 1\n    y3: 3\n" in text


def test_a_prompt_without_demonstrations_says_why(parabola):
    prompt = Prompt(parabola([0]).problem, None, context="full", history=True)
    assert "There are no past steps yet." in prompt.messages([], None, step=0)[-1]["content"]
    later = prompt.messages([], None, step=5)[-1]["content"]
    assert "None of the past steps is shown." in later
    assert "no past steps yet" not in later


def test_history_can_be_left_out(parabola):
    text = write(parabola, *demonstrate(-2.5), history=False)
    assert "slope" not in text
    assert "payoff -2.5" in text


def test_the_selection_of_demonstrations(parabola):
    past = demonstrate(1, 5, 3, 5, 2, contexts=[(0.0,), (1.0,), (0.0,), (0.0,), (0.0,)])

    def steps(text, context=(0.0,)):
        return [step.step for step in parse_selection(text)(past, context)]

    assert steps("all") == [0, 1, 2, 3, 4]
    assert steps("last:2") == [3, 4]
    assert steps("last:99") == [0, 1, 2, 3, 4]
    assert steps("best:2") == [2, 3]
    assert steps("best:2", (1.0,)) == [1]


@pytest.mark.parametrize("text", ["some", "last", "last:0", "best:-1", "last:x", "all:3", ""])
def test_no_selection_is_said(text):
    with pytest.raises(InputError, match="takes all, last:N or best:N"):
        parse_selection(text)


def test_a_users_template_is_used(parabola, tmp_path):
    file = tmp_path / "own.jinja"
    file.write_text("{{ story }} {% for d in demonstrations %}{{ d.action }}={{ d.payoff }};{% endfor %}")
    problem = parabola([0]).problem
    prompt = Prompt(problem, str(file), context="full", history=True)
    [message] = prompt.messages(demonstrate(2, 4), None, step=2)
    assert message == {"role": "user", "content": "A gardener waters two plants. [0, 0.5]=2;[0.1, 0.5]=4;"}
    assert "cannot be used: why" in prompt.reask("", "why")[1]["content"]
    file.write_text("{% block user %}q{% endblock %}{% block reask %}no: {{ error }}{% endblock %}")
    assert Prompt(problem, str(file), context="full", history=True).reask("a", "why") == [
        {"role": "assistant", "content": "a"},
        {"role": "user", "content": "no: why"},
    ]


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("{% if %}", "line 1"),
        ("{{ stroy }}", "'stroy' is undefined"),
        ("{{ story.__class__.__mro__ }}", "unsafe"),
        ("{{ 1 / 0 }}", "division by zero"),
        ("{% include 'other' %}", "block user"),
    ],
)
def test_a_broken_template_is_one_clear_line(parabola, tmp_path, source, fault):
    file = tmp_path / "own.jinja"
    file.write_text(source)
    with pytest.raises(InputError, match=f"-p prompt={file}: .*{fault}"):
        write(parabola, file=str(file))


def test_a_missing_template_is_said(parabola):
    with pytest.raises(InputError, match=r"-p prompt=nowhere: No such file"):
        write(parabola, file="nowhere")


@given(
    hnp.arrays(np.float64, hnp.array_shapes(min_dims=0, max_dims=3, max_side=30), elements=st.floats(-1e6, 1e6))
)
def test_any_observation_becomes_one_short_line(values):
    text = summarise_array(values)
    assert "\n" not in text
    assert len(text) < 400
    if values.size == 1:
        assert float(text) == pytest.approx(float(values.ravel()[0]), rel=1e-3, abs=1e-300)


def test_a_table_is_a_series_of_its_rows():
    text = summarise_array(np.repeat(np.arange(20.0)[:, None], 3, axis=1))
    assert "first 0, last 19" in text
    assert "means of its 2 rows: 0, 1" in summarise_array(np.repeat(np.arange(2.0)[:, None], 9, axis=1))


def test_nothing_in_the_package_names_an_environment():
    folder = Path(policybench_llm.__file__).parent
    text = " ".join(path.read_text().lower() for path in folder.rglob("*.*") if path.suffix in (".py", ".jinja"))
    names = {word for name in plugins.registry().environments for word in (name, name.replace("-", "_"))}
    assert names
    assert not [name for name in names if f'"{name}' in text or f" {name} " in text]


def test_show_prompt(main):
    status, shown, errors = main("show-prompt", "--env", "parabola", "--steps", "3", "-p", "demonstrations=last:2")
    assert status == 0, errors
    assert shown.startswith("--- system ---")
    assert "Step 2: action [" in shown
    assert "Step 1:" not in shown
    assert main("show-prompt", "--env", "parabola", "--steps", "3", "-p", "demonstrations=last:2")[1] == shown
    contexts = main("show-prompt", "--env", "parabola", "-e", "contexts=true", "-p", "context=anonymous")[1]
    assert "The context is now [0, 1]." in contexts
    status, _, wrong = main("show-prompt", "--env", "parabola", "-p", "demonstrations=few")
    assert (status, wrong.count("\n")) == (2, 1)
    assert "Did you mean 'parabola'" in main("show-prompt", "--env", "paraboloid")[2]


def test_show_prompt_is_in_the_help_without_importing_it(main):
    assert "show-prompt" in main("--help")[1]
    code = (
        "import sys; from policybench.cli import cli; "
        "cli(['--help'], standalone_mode=False); print(sorted(sys.modules))"
    )

    modules = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    loaded = json.loads(modules.splitlines()[-1].replace("'", '"'))
    assert "policybench_llm" in loaded
    assert not {"numpy", "openai", "anthropic", "jinja2", "policybench_llm.show_prompt"} & set(loaded)
