"""``policybench check-plugin``."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from policybench.testing import Check

Finding = dict[str, Any]


@click.command("check-plugin")
@click.argument("name", required=False)
@click.option("-p", "principal_options", multiple=True, metavar="NAME=VALUE", help="An option of a principal.")
@click.option(
    "-e", "environment_options", multiple=True, metavar="NAME=VALUE", help="An option of an environment."
)
@click.option("--wide", is_flag=True, help="A line a check, as long as it gets.")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@click.option("--explain", metavar="CHECK", help="Explain a check instead: what it asks for, why, how to mend.")
def check_plugin_command(
    name: str | None,
    principal_options: tuple[str, ...],
    environment_options: tuple[str, ...],
    wide: bool,
    as_json: bool,
    explain: str | None,
) -> None:
    """Check that a principal or an environment keeps to its interface.

    Runs the conformance suite, which docs/conformance.md explains. Exit status 1 if a check fails. Choose small
    budgets where an environment has options for them: -e training_episodes=1.
    """
    if explain is not None:
        from policybench.testing.explanations import explanation

        click.echo(explanation(explain))
        return
    if name is None:
        raise click.UsageError("Missing argument 'NAME'.")
    findings = []
    for check in _checks(name, principal_options, environment_options):
        findings.append(_finding(check))
        if not as_json:
            _show(findings[-1], wide)
    n_failed = sum(not finding["passed"] for finding in findings)
    if as_json:
        click.echo(json.dumps({"name": name, "conforms": not n_failed, "findings": findings}, indent=2))
    else:
        verdict = f"{n_failed} of {len(findings)} checks fail" if n_failed else f"all {len(findings)} checks pass"
        click.echo(f"\n{name}: {verdict}")
    sys.exit(1 if n_failed else 0)


def _checks(name: str, principal_options: Sequence[str], environment_options: Sequence[str]) -> list[Check]:
    """The checks of the plugin of that name; raises ``InputError`` if there is none, or an option is wrong."""
    from policybench.errors import InputError, nearest
    from policybench.options import parse_options
    from policybench.plugins import registry
    from policybench.testing import environment_checks, principal_checks

    found = registry()
    if name in found.principals:
        if environment_options:
            raise InputError(f"-e {environment_options[0]}: {name} is a principal; its options are given with -p")
        spec = found.principals[name].spec
        return principal_checks(name, **parse_options(f"principal {name}", "-p", principal_options, spec.options))
    if name in found.environments:
        if principal_options:
            raise InputError(f"-p {principal_options[0]}: {name} is an environment; its options are given with -e")
        declared = found.environments[name].spec.options
        given = parse_options(f"environment {name}", "-e", environment_options, declared)
        return environment_checks(name, **given)
    known = [*found.principals, *found.environments]
    raise InputError(f"nothing named {name!r} is installed.{nearest(name, known)} There are {', '.join(known)}.")


def _finding(check: Check) -> Finding:
    from policybench.testing import ConformanceError

    failure = None
    try:
        check()
    except ConformanceError as error:
        failure = error
    return {
        "check": check.name,
        "demand": check.demand,
        "passed": failure is None,
        "expected": failure.expected if failure else None,
        "got": failure.got if failure else None,
        "page": failure.page if failure else None,
    }


def _show(finding: Finding, wide: bool) -> None:
    from policybench.testing.check import explaining

    _row(f"{'ok' if finding['passed'] else 'FAIL':4}  {finding['check']:26}  ", finding["demand"], wide)
    if not finding["passed"]:
        _row("      expected      ", finding["expected"], wide)
        _row("      got           ", finding["got"], wide)
        _row("      explained in  ", f"{finding['page']}, or by: {explaining(finding['page'])}", wide)


def _row(head: str, text: str, wide: bool) -> None:
    """A text beside its head, in lines of at most 80 columns."""
    from policybench.cli.layout import WIDTH, wrapped

    lines = [text] if wide else wrapped(text, WIDTH - len(head))
    click.echo("\n".join(f"{head if number == 0 else ' ' * len(head)}{line}" for number, line in enumerate(lines)))
