"""Commands that plugins add: shown without being imported, imported when used, and never in the core's way."""

from __future__ import annotations

import sys
import tempfile

import pytest
from click.testing import CliRunner

from policybench import InputError, plugins
from policybench.cli import cli, main

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

class Odd(click.ParamType):
    name = "odd"
    def convert(self, value, param, ctx):
        return {"one": 1}[value]

@click.command("fail")
@click.argument("how", required=False)
@click.option("--number", type=Odd())
def fail(how, number):
    from policybench import InputError
    if how == "wrong":
        raise InputError("how: wrong; allowed is right")
    if how == "exit":
        raise SystemExit(7)
    if how == "file":
        open("/nowhere/at all")
    raise RuntimeError("with\\nmany\\nlines")

number = 3
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


def test_what_a_command_raises_ends_as_what_the_cores_commands_raise(install, monkeypatch, capsys, tmp_path):
    install("greeter_seven", "greet", attribute="fail")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    failed = "command 'greet' (greeter_seven 1.0) failed while it ran:"
    cases = {
        (): (1, f"{failed} RuntimeError: with many lines; its traceback"),
        ("--number", "two"): (1, f"{failed} KeyError: 'two'; its traceback"),
        ("wrong",): (2, "how: wrong; allowed is right"),
        ("--what",): (2, "No such option"),
        ("file",): (2, "/nowhere/at all: No such file or directory"),
        ("exit",): (7, ""),
    }
    for arguments, (status, said) in cases.items():
        monkeypatch.setattr(sys, "argv", ["policybench", "greet", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        shown = capsys.readouterr().err
        assert (ended.value.code, said in shown) == (status, True), shown
        assert len(shown.splitlines()) == bool(said)


def test_what_is_no_command_is_said(install):
    install("greeter_eight", "greet", attribute="number")
    with pytest.raises(InputError, match=r"greet of greeter_eight cannot be used: .*:number is no click.Command"):
        invoke("greet")
