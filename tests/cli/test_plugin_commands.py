"""Commands that plugins add: shown without being imported, imported when used, and never in the core's way."""

from __future__ import annotations

import sys

import pytest
from click.testing import CliRunner

from policybench import InputError, plugins
from policybench.cli import cli

ANNOUNCING = """
from policybench import CommandSpec, hookimpl

@hookimpl
def policybench_commands():
    yield CommandSpec("{name}", "Says hello.", "{module}_command:{attribute}")
"""

COMMAND = """
import click

@click.command("greet")
@click.option("--name", default="you")
def greet(name):
    "Say hello, in more words."
    click.echo(f"hello {name}")
"""


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Installs a module that announces a command, as pip leaves it."""
    monkeypatch.syspath_prepend(str(tmp_path))
    modules = []

    def install_module(module, name, attribute="greet"):
        modules.extend([module, f"{module}_command"])
        (tmp_path / f"{module}.py").write_text(ANNOUNCING.format(name=name, module=module, attribute=attribute))
        (tmp_path / f"{module}_command.py").write_text(COMMAND)
        info = tmp_path / f"{module}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[policybench]\n{module} = {module}\n")
        plugins.registry.cache_clear()

    yield install_module
    for module in modules:
        sys.modules.pop(module, None)
    plugins.registry.cache_clear()


def invoke(*arguments):
    return CliRunner().invoke(cli, arguments, catch_exceptions=False)


def test_a_command_is_in_the_help_before_it_is_imported(install):
    install("greeter_one", "greet")
    assert "greet" in invoke("--help").output
    assert "Says hello." in invoke("--help").output
    assert "greeter_one_command" not in sys.modules
    assert invoke("greet", "--name", "all").output == "hello all\n"
    assert "Say hello, in more words." in invoke("greet", "--help").output


def test_the_cores_own_commands_cannot_be_replaced(install):
    install("greeter_two", "list")
    assert invoke("--help").output.count("\n  list ") == 1
    assert "hello" not in invoke("list", "--help").output
    assert "greeter_two_command" not in sys.modules


def test_a_command_that_cannot_be_loaded_names_its_distribution(install):
    install("greeter_three", "greet", attribute="missing")
    with pytest.raises(InputError, match="command greet of greeter_three cannot be loaded"):
        invoke("greet")


def test_a_command_of_two_plugins_is_left_out_and_says_why(install):
    install("greeter_four", "greet")
    install("greeter_five", "greet")
    with pytest.warns(UserWarning, match="two plugins offer a command named 'greet'"):
        shown = invoke("--help").output
    assert "run" in shown
    assert "greet" not in shown
    with pytest.raises(InputError, match="two plugins offer a command named 'greet'"):
        invoke("greet")


def test_an_unknown_command_is_said(install):
    install("greeter_six", "greet")
    result = invoke("gret")
    assert result.exit_code == 2
    assert "No such command 'gret'" in result.output
