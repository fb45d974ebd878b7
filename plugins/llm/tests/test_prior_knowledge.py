"""The study of prior knowledge, with models on loopback that know the answer by heart, or understand the words."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest
from werkzeug import Request

from policybench_llm.prior.arms import Runs
from policybench_llm.prior.values import speed_ups

BEST = {"fern": 0.3, "cactus": 0.6}
"""What each plant needs in the test environment."""

STUDY = ("prior-knowledge", "--env", "parabola", "-e", "noise=0.05", "--quiet", "--seeds", 10, "--steps", 3)


def prompt_of(request: Request) -> str:
    return request.get_json()["messages"][-1]["content"]


def by_heart(prompt: str) -> str:
    """Knows the two numbers of gardeners' games, whatever the prompt says of them; else nothing."""
    return '{"x1": 0.3, "x2": 0.6}' if "gardener" in prompt else '{"x1": 0.85, "x2": 0.05}'


def by_reading(prompt: str) -> str:
    """Knows how much water plants need, and reads which number is which."""
    numbers = {}
    for name, told in re.findall(r"(x\d), from 0 to [\d.]+: (.*)", prompt):
        plant = next(plant for plant in BEST if plant in told)
        less = re.match(r"([\d.]+) minus", told)
        numbers[name] = float(less[1]) - BEST[plant] if less else BEST[plant]
    return (
        ", ".join(f'"{name}": {value:.3f}' for name, value in numbers.items()).join("{}")
        if numbers
        else by_heart("")
    )


def differences(out: str) -> dict[str, tuple[float, bool]]:
    """What a report says: the mean of each difference, and whether it is shown."""
    pattern = r"^(prose|memory|understanding|true words|lead) +\S.*? - .*?  +(-?[\d.e-]+) .*?  (yes|no) "
    return {name: (float(mean), shown == "yes") for name, mean, shown in re.findall(pattern, out, re.MULTILINE)}


@pytest.fixture
def study(main, openai_server, monkeypatch, tmp_path):
    """Runs a study with a model that is a function from prompts to answers; status, report and errors."""
    monkeypatch.chdir(tmp_path)

    def start(model, *more):
        openai_server.acts = [lambda request: openai_server.answer(model(prompt_of(request)))(request)]
        options = [
            part for text in openai_server.arguments if not text.startswith("model=") for part in ("-p", text)
        ]
        return main(*STUDY, "--model", "gpt-4o-mini", *options, *more)

    return start


def test_a_model_that_knows_numbers_by_heart_has_memory_and_no_understanding(study, tmp_path):
    status, out, err = study(by_heart, "--max-cost", 1)
    assert status == 0, err
    found = differences(out)
    assert set(found) == {"prose", "memory", "understanding", "true words", "lead"}
    assert found["memory"] == (pytest.approx(0.2, abs=0.15), True)
    assert not found["prose"][1]
    assert not found["true words"][1]
    assert (tmp_path / "prior-knowledge.png").stat().st_size > 20_000


def test_a_model_that_reads_has_understanding_and_needs_no_memory(study):
    status, out, err = study(by_reading, "--yes", "-o", "it.svg")
    assert status == 0, err
    found = differences(out)
    assert found["understanding"] == (pytest.approx(0.6, abs=0.15), True)
    assert not found["memory"][1]
    assert found["true words"] == (pytest.approx(0.2, abs=0.15), True)
    assert "The value of understanding is shown: relabelled is better than anonymous." in out


def test_a_study_goes_on_where_its_limit_stopped_it(study, openai_server):
    short = ("-p", "max_tokens=64", "-p", "concurrency=1")
    status, _, err = study(by_heart, "--max-cost", 0.0015, *short)
    assert status == 3
    assert "everything is kept, the same command continues" in err
    asked = len(openai_server.requests)
    assert 30 <= asked < 150
    status, _, err = study(by_heart, "--max-cost", 0.01, *short)
    assert status == 0, err
    assert len(openai_server.requests) == 150
    assert study(by_heart, "--max-cost", 0, *short)[0] == 0  # all is finished and nothing is paid again
    assert len(openai_server.requests) == 150


def test_nothing_begins_without_a_limit_or_a_word(study, openai_server):
    status, out, err = study(by_heart)
    assert (status, err.count("\n")) == (2, 1)
    assert "--max-cost: is missing; the estimate is 0.0" in err
    assert "relabelled" in out
    status, out, _ = study(by_heart, "--estimate")
    assert status == 0
    assert max(map(len, out.splitlines())) <= 80
    assert openai_server.requests == []


@pytest.mark.parametrize("option", ["-p context=full", "-p prose=plain", "-e relabel=3", "-p max_cost=1"])
def test_what_arms_differ_in_cannot_be_set(study, option):
    status, _, err = study(by_heart, *option.split())
    assert (status, err.count("\n")) == (2, 1)
    assert f"{option}: is set for each arm by the command itself" in err


def run_with(*runtimes, budget=40):
    target = SimpleNamespace(
        share=0.75,
        runtimes=runtimes,
        expected_running_time=sum(time or budget for time in runtimes) / sum(map(bool, runtimes))
        if any(runtimes)
        else None,
    )
    summary = SimpleNamespace(steps=budget, scores=SimpleNamespace(targets=[target]))
    return SimpleNamespace(summary=lambda: summary)


def test_a_speed_up_compares_seed_by_seed_and_counts_whole_budgets_of_those_that_failed():
    runs = Runs({"rules": run_with(10, 10, 12), "relabelled": run_with(None, None, None)}, run_with(20, None, 30))
    rules, relabelled = speed_ups(runs)
    assert rules.saved.mean == pytest.approx((10 + 30 + 18) / 3)
    assert rules.factor == pytest.approx((90 / 2) / (32 / 3))
    assert (relabelled.factor, relabelled.steps) == (None, None)
    assert relabelled.saved.mean == pytest.approx(-(20 + 0 + 10) / 3)
    assert speed_ups(Runs(runs.arms)) == []
