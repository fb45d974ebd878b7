"""The announcements: checked values, documented options, and no needless import."""

import subprocess
import sys
from pathlib import Path

import pytest

from policybench import InputError
from policybench.options import parse_options
from policybench.plugins import registry

_NAMES = ["ucb", "epsilon-greedy", "thompson", "fixed", "random"]


@pytest.mark.parametrize(
    ("name", "given", "message"),
    [
        ("ucb", "c=-1", "c takes a number, at least 0."),
        ("ucb", "t=steps", "t takes one of all, context."),
        ("ucb", "ties=last", "ties takes one of random, first."),
        ("ucb", "levels=1", "levels takes an integer, at least 2."),
        ("epsilon-greedy", "epsilon=1.5", "epsilon takes a number, at least 0, at most 1."),
        ("epsilon-greedy", "unvisited=zero", "unvisited takes one of initial, excluded."),
        ("thompson", "prior_count=0", "prior_count takes a number, at least 1e-06."),
        ("thompson", "ties=first", "has no option 'ties'"),
        ("fixed", "action=a,b", "action takes numbers separated by commas."),
    ],
)
def test_wrong_options_are_refused_before_anything_runs(name, given, message):
    with pytest.raises(InputError) as error:
        parse_options(f"principal {name}", "-p", [given], registry().principal(name).spec.options)
    assert str(error.value).startswith(f"-p {given}: ")
    assert message in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", _NAMES)
def test_the_readme_documents_every_option_with_its_default(name):
    readme = (Path(__file__).parents[1] / "README.md").read_text()
    section = readme.split(f"### `{name}`")[1].split("\n##")[0]
    assert f"--principal {name} " in section
    rows = [line for line in section.splitlines() if line.startswith("| `")]
    spec = registry().principal(name).spec
    assert [row.split("`")[1] for row in rows] == [option.name for option in spec.options]
    for row, option in zip(rows, spec.options, strict=True):
        default = row.split("|")[2].strip()
        if option.default is not None:
            assert option.type(default) == option.default


def test_announcing_imports_no_numpy():
    code = (
        "import sys, policybench_bandits as bandits; specs = list(bandits.policybench_principals());"
        "assert len(specs) == 6; sys.exit('numpy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
