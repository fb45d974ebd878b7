"""``policybench check-plugin``."""

from __future__ import annotations

import json
import sys

import click


@click.command("check-plugin")
@click.argument("name")
@click.option("-o", "--option", "options", multiple=True, metavar="NAME=VALUE", help="An option of the plugin.")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def check_plugin_command(name: str, options: tuple[str, ...], as_json: bool) -> None:
    """Check that a principal or an environment keeps to its interface.

    Runs the conformance suite, which docs/conformance.md explains. Exit status 1 if a check fails.
    """
    from policybench.errors import InputError, nearest
    from policybench.options import parse_options
    from policybench.plugins import registry
    from policybench.testing import ConformanceError, environment_checks, principal_checks

    found = registry()
    if name in found.principals:
        given = parse_options(f"principal {name}", "-o", options, found.principals[name].spec.options)
        checks = principal_checks(name, **given)
    elif name in found.environments:
        given = parse_options(f"environment {name}", "-o", options, found.environments[name].spec.options)
        checks = environment_checks(name, **given)
    else:
        known = [*found.principals, *found.environments]
        raise InputError(
            f"nothing named {name!r} is installed; there are {', '.join(known)}.{nearest(name, known)}"
        )
    findings: list[dict[str, str | None]] = []
    for check in checks:
        failure = None
        try:
            check()
        except ConformanceError as error:
            failure = error
        findings.append(
            {
                "check": check.name,
                "demand": check.demand,
                "expected": failure.expected if failure else None,
                "came": failure.came if failure else None,
                "page": failure.page if failure else None,
            }
        )
        if not as_json:
            click.echo(f"{'FAIL' if failure else 'ok':4}  {check.name:26}  {check.demand}")
            if failure:
                click.echo(f"      expected      {failure.expected}\n      came          {failure.came}")
                click.echo(f"      explained in  {failure.page}")
    failed = [finding for finding in findings if finding["page"]]
    if as_json:
        click.echo(json.dumps({"name": name, "conforms": not failed, "findings": findings}, indent=2))
    else:
        verdict = f"{len(failed)} of {len(findings)} checks fail" if failed else f"all {len(findings)} checks pass"
        click.echo(f"\n{name}: {verdict}")
    sys.exit(1 if failed else 0)
