"""What ``policybench new-plugin`` writes, as a stranger meets it: installed, tested, checked and run."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

PARTNER = {"principal": ("--env", "toll-road"), "environment": ("--principal", "hill-climbing")}


@pytest.mark.parametrize(
    ("kind", "name", "options"),
    [
        ("environment", "canal", []),
        # README and tutorial, which the tests run, install, test and check a principal and such a game, too.
        pytest.param("principal", "one-plus-one", [], marks=pytest.mark.slow),
        pytest.param("environment", "lake", ["--pettingzoo"], marks=pytest.mark.slow),
    ],
)
def test_a_new_plugin_installs_passes_its_tests_conforms_and_runs(cli, toy_environ, tmp_path, kind, name, options):
    assert cli("new-plugin", kind, name, *options).returncode == 0
    folder, site = tmp_path / f"policybench-{name}", tmp_path / "site"
    pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-build-isolation", "--target", site]
    subprocess.run([*pip, folder], check=True)
    environ = {**toy_environ, "PYTHONPATH": f"{site}{os.pathsep}{toy_environ['PYTHONPATH']}"}

    def python(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", *arguments],
            cwd=folder,
            env=environ,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    listed = {row["name"]: row for row in json.loads(python("policybench", "list", "--json"))}
    assert (listed[name]["kind"], listed[name]["distribution"]) == (kind, f"policybench-{name}")
    tested = python("pytest", "-q", "-p", "no:cacheprovider")
    assert "failed" not in tested
    assert f"{name}: all" in python("policybench", "check-plugin", name)
    run = ["run", f"--{'env' if kind == 'environment' else kind}", name, *PARTNER[kind]]
    assert "recommended action" in python("policybench", *run, "--protocol", "smoke", "--quiet")


def test_a_reference_that_is_measured_is_published_with_the_plugin(cli, toy_environ, tmp_path):
    """The file of ``policybench reference`` is packed, read, and holds for the default options only."""
    cli("new-plugin", "environment", "canal")
    folder = tmp_path / "policybench-canal"
    pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-build-isolation"]

    def install(site: str) -> dict[str, str]:
        subprocess.run([*pip, "--target", tmp_path / site, folder], check=True)
        return {**toy_environ, "PYTHONPATH": f"{tmp_path / site}{os.pathsep}{toy_environ['PYTHONPATH']}"}

    measure = ["reference", "--env", "canal", "--candidates", "16", "--repeats", "4", "--seeds", "2"]
    place = folder / "policybench_canal" / "reference.json"
    command = [sys.executable, "-m", "policybench", *measure, "-o", place]
    subprocess.run(command, env=install("before"), check=True, capture_output=True)
    measured = json.loads(place.read_text(encoding="utf-8"))
    program = (
        "from policybench.plugins import registry\n"
        "for options in ({}, {'training_rounds': 100}):\n"
        "    problem = registry().environment('canal').spec.create([0], **options).problem\n"
        "    print(problem.floor and problem.floor.payoff, problem.ceiling and problem.ceiling.payoff)"
    )
    found = subprocess.check_output([sys.executable, "-c", program], env=install("after"), text=True)
    assert found.splitlines() == [
        f"{measured['floor']['payoff']} {measured['ceiling']['payoff']}",
        "None None",
    ]
