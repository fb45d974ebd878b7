"""What click refuses is one line that names the option, its value and what is allowed."""

from __future__ import annotations

import shlex

import click
import pytest

from policybench.cli import cli
from policybench.cli.refusals import as_line

KINDS = "principals, environments, executors, observers"


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ("run --seeds 0", "--seeds 0: takes an integer from 1 to 1000"),
        ("run --seeds x", "--seeds x: takes an integer from 1 to 1000"),
        ("run --steps 0", "--steps 0: takes an integer, at least 1"),
        ("run --protocol papr", "--protocol papr: takes one of smoke, quick, paper. Did you mean 'paper'?"),
        (
            "list principles",
            f"list principles: takes one of {KINDS}. Did you mean 'principals'?",
        ),
        (
            "list 'principals is not'",
            f"list principals is not: takes one of {KINDS}. ",
        ),
        ("run --sedes 3", "No such option '--sedes'"),
        ("new-plugin robot x", "No such command 'robot'. There are environment, principal."),
        (
            "render --env harvest -o a.gif",
            "Missing option '--action'. The action that followers learn under: numbers",
        ),
    ],
)
def test_one_line_says_what_is_taken(arguments, line):
    with pytest.raises(click.ClickException) as caught:
        cli.main(shlex.split(arguments), prog_name="policybench", standalone_mode=False)
    assert as_line(caught.value).startswith(line)


def test_a_kind_may_be_named_in_the_singular(capsys):
    cli.main(["list", "principal"], standalone_mode=False)
    found = capsys.readouterr().out
    assert "ucb" in found
    assert "harvest" not in found.split()
