"""``policybench check-plugin`` as users meet it, and the page that explains the checks."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from testing.good import Lake, Searcher, environment, principal

from policybench import InputError, plugins
from policybench.cli import cli as program
from policybench.testing import environment_checks, principal_checks
from policybench.testing.explanations import explanation, page

PAGE = Path(__file__).parents[2] / "docs" / "conformance.md"
CHECKS = [*principal_checks(principal(Searcher)), *environment_checks(environment(Lake))]


def test_every_check_has_one_section_on_the_page_which_is_up_to_date():
    text = PAGE.read_text(encoding="utf-8")
    assert text == page(), "python -m policybench.testing > docs/conformance.md"
    sections = re.findall(r"^### (.*)$", text, re.MULTILINE)
    assert sections == [check.name for check in CHECKS]
    assert len(set(sections)) == len(sections)


@pytest.mark.parametrize("check", CHECKS, ids=str)
def test_every_check_says_what_it_asks_why_and_how_to_mend(check):
    name, demand, *why, mend = explanation(check.name).split("\n\n")
    assert name == check.name
    assert demand == f"{check.demand}."
    assert len(demand.splitlines()) == 1
    assert why
    assert mend.startswith("To fix: ")


class Broken(Searcher):
    def draw(self):
        return self.high + 1 if len(self.low) == 1 else super().draw()


class Engineless(Lake):
    def make_problem(self):
        raise InputError("the engine is not installed: pip install engine")


@pytest.fixture
def check_plugin(monkeypatch):
    """Runs the command where the good and the broken plugins are installed."""
    found = plugins.Registry(
        principals={
            kind.__name__.lower(): plugins.Plugin(principal(kind), "tests", "1.0") for kind in (Searcher, Broken)
        },
        environments={
            kind.__name__.lower(): plugins.Plugin(environment(kind), "tests", "1.0") for kind in (Lake, Engineless)
        },
    )
    for module in ("policybench.plugins", "policybench.testing.suite", "policybench.testing.principals.cases"):
        monkeypatch.setattr(f"{module}.registry", lambda: found)

    def run(*arguments):
        return CliRunner().invoke(program, ["check-plugin", *arguments])

    return run


@pytest.mark.parametrize("name", ["searcher", "lake"])
def test_a_good_plugin_passes_line_by_line_with_status_0(check_plugin, name):
    done = check_plugin(name, "--wide")
    assert done.exit_code == 0
    *lines, blank, verdict = done.output.splitlines()
    assert all(line.startswith("ok    ") for line in lines)
    assert len(lines) in (12, 19)
    assert (blank, verdict) == ("", f"{name}: all {len(lines)} checks pass")


def test_a_broken_plugin_fails_with_what_was_expected_what_came_and_where_to_read_status_1(check_plugin):
    done = check_plugin("broken", "--wide")
    assert done.exit_code == 1
    lines = done.output.splitlines()
    assert lines[0].startswith("FAIL  every-shape ")
    assert lines[1] == "      expected      ask() returns an action in Box(0.0, 1.0, (1,), float64)"
    assert lines[2] == "      got           array([2.]) (task: one number, nothing to observe)"
    place = "docs/conformance.md#every-shape, or by: policybench check-plugin --explain every-shape"
    assert lines[3] == f"      explained in  {place}"
    assert lines[-1] == "broken: 1 of 12 checks fail"
    narrow = check_plugin("broken").output
    assert narrow.split() == done.output.split()
    assert max(map(len, narrow.splitlines())) <= 80


def test_json(check_plugin):
    done = check_plugin("broken", "--json")
    assert done.exit_code == 1
    found = json.loads(done.output)
    assert (found["name"], found["conforms"]) == ("broken", False)
    first, *rest = found["findings"]
    assert {key: first[key] for key in ("check", "passed", "page")} == {
        "check": "every-shape",
        "passed": False,
        "page": "docs/conformance.md#every-shape",
    }
    assert all(finding["passed"] and finding["got"] is None for finding in rest)
    assert json.loads(check_plugin("searcher", "--json").output)["conforms"] is True


def test_options_reach_the_plugin(check_plugin):
    assert check_plugin("lake", "-e", "training_episodes=0").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["sercher"], "nothing named 'sercher' is installed\\. Did you mean 'searcher'\\? There are "),
        (["lake", "-e", "training=1"], "-e training=1: .* Did you mean 'training_episodes'"),
        (["lake", "-e", "training_episodes=-1"], "-e training_episodes=-1: .* at least 0"),
        (["lake", "-p", "size=1"], "-p size=1: lake is an environment; its options are given with -e"),
        (["searcher", "-e", "size=1"], "-e size=1: searcher is a principal; its options are given with -p"),
        (["engineless"], "^the engine is not installed: pip install engine$"),
        (["--explain", "resum"], "--explain resum: there is no such check\\. Did you mean 'resume'"),
    ],
)
def test_wrong_input_is_one_line(check_plugin, arguments, message):
    done = check_plugin(*arguments)
    assert isinstance(done.exception, InputError)
    assert re.search(message, str(done.exception))
    assert "\n" not in str(done.exception)
    assert done.output == ""


def test_wrong_input_is_status_2_without_a_traceback(cli):
    for arguments, part in (((), "Missing argument 'NAME'"), (("toll-rod",), "Did you mean 'toll-road'")):
        done = cli("check-plugin", *arguments)
        assert done.returncode == 2
        assert part in done.stderr
        assert len(done.stderr.splitlines()) == 1


def test_a_check_explains_itself(check_plugin):
    done = check_plugin("--explain", "resume")
    assert done.exit_code == 0
    assert done.output.startswith("resume\n\nSaved and loaded,")
    assert "To fix: put everything" in done.output
