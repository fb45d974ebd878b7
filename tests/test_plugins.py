"""Finding plugins: broken ones are skipped, clashes and unknown names are explained."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from policybench import InputError, plugins

WORKING = """
from policybench import PrincipalSpec, hookimpl

@hookimpl
def policybench_principals():
    yield PrincipalSpec("{name}", "made by {module}", "{module}:Missing")
"""


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    """Installs a module as a distribution with an entry point, the way pip leaves it."""
    monkeypatch.syspath_prepend(str(tmp_path))
    installed = []

    def install_module(module: str, source: str) -> None:
        installed.append(module)
        (tmp_path / f"{module}.py").write_text(source)
        info = tmp_path / f"{module}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[policybench]\n{module} = {module}\n")
        plugins.registry.cache_clear()

    yield install_module
    for module in installed:
        sys.modules.pop(module, None)
    plugins.registry.cache_clear()


def test_a_plugin_is_found_with_its_distribution(install):
    install("good_one", WORKING.format(name="good", module="good_one"))
    found = plugins.registry().principal("good")
    assert (found.distribution, found.version, found.spec.description) == ("good_one", "1.0", "made by good_one")


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("import a_module_that_is_not_there", "ModuleNotFoundError"),
        ("raise SystemError('boom')", "SystemError: boom"),
        ("raise SystemExit(0)", "SystemExit: 0"),
        (WORKING.replace("PrincipalSpec(", "str("), "TypeError"),
        (WORKING.replace("yield PrincipalSpec", "yield"), "TypeError: expected a PrincipalSpec"),
        (WORKING.replace("policybench_principals", "policybench_principles"), "PluginValidationError"),
    ],
)
def test_a_broken_plugin_is_named_and_skipped(install, source, reason):
    install("good_two", WORKING.format(name="good", module="good_two"))
    install("bad_one", source.format(name="bad", module="bad_one"))
    with pytest.warns(UserWarning, match=f"bad_one 1.0 is skipped: .*{reason}"):
        found = plugins.registry()
    assert "good" in found.principals
    assert "bad" not in found.principals


BOTH = r"two plugins offer a principal named 'same': (first|second) 1.0 and (first|second) 1.0"


def test_a_name_that_two_plugins_offer_is_disabled_alone(install):
    more = "    yield PrincipalSpec('other', 'no clash', 'first:Missing')\n"
    install("first", WORKING.format(name="same", module="first") + more)
    install("second", WORKING.format(name="same", module="second"))
    with pytest.warns(UserWarning, match=BOTH):
        found = plugins.registry()
    assert "same" not in found.principals
    assert found.principal("other").distribution == "first"
    with pytest.raises(InputError, match=BOTH):
        found.principal("same")


def test_what_a_plugin_prints_at_import_does_not_reach_standard_output(install, capsys):
    install("loud", "print('hello')\n" + WORKING.format(name="loud", module="loud"))
    assert "loud" in plugins.registry().principals
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("", "hello\n")


def test_the_nearest_name_is_suggested(install):
    install("good_three", WORKING.format(name="gradient-ascent", module="good_three"))
    with pytest.raises(InputError, match="Did you mean 'gradient-ascent'"):
        plugins.registry().principal("gradient-descent")
