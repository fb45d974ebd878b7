"""What continuous integration installs and calls: the commands of ``.ci/run``."""

from __future__ import annotations

import itertools
import re
import shlex
import tomllib
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]


def ci_commands() -> list[list[str]]:
    """The words of each line of ``.ci/run``, without those that only make it quiet."""
    lines = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    return [[word for word in shlex.split(line, comments=True) if word != "--quiet"] for line in lines]


def check_called(words: tuple[str, ...]) -> None:
    """Check that continuous integration gives this very command."""
    assert list(words) in ci_commands(), f"{shlex.join(words)}: .ci/run does not call this"


def check_environment(words: tuple[str, ...]) -> None:
    """Check that continuous integration makes, and enters, its virtual environment in the same way."""
    assert any(given[:-1] == list(words[:-1]) and given[-1:] for given in ci_commands()), (
        f"{shlex.join(words)}: .ci/run makes or enters its environment in another way"
    )


def check_install(words: tuple[str, ...]) -> None:
    """Check that continuous integration installs what a ``pip install`` does, in the same versions."""
    arguments = iter(words[2:])
    installs = [given for given in ci_commands() if given[:2] == ["pip", "install"]]
    for argument in arguments:
        if argument == "-r":
            name = next(arguments)
            assert any(name in _with_included(given) for given in installs), (
                f"-r {name}: .ci/run does not install it"
            )
        elif argument == "-c":
            name = next(arguments)
            assert all(name in given for given in installs if "-r" in given), f"-c {name}: not so in .ci/run"
        elif argument.startswith("-"):
            assert any(argument in given for given in installs), f"{argument}: not so in .ci/run"
        else:
            _check_requirement(Requirement(argument), installs)


def check_own_names(words: tuple[str, ...]) -> None:
    """Check that those distributions that a ``pip install`` calls policybench's own are, and have the extras."""
    for word in words[2:]:
        if re.match(r"policybench\b", word):
            _check_requirement(Requirement(word), [])


def missing_here(words: tuple[str, ...]) -> list[str]:
    """What a ``pip install`` that continuous integration gives names, and is not installed here."""
    named = [word for flag, word in itertools.pairwise(words[1:]) if word[0] != "-" and flag not in ("-r", "-c")]
    return [word for word in named if not is_installed(Requirement(word).name)]


def is_installed(name: str) -> bool:
    """Whether there is a distribution of that name."""
    return any(True for _ in metadata.distributions(name=name))


def _with_included(given: list[str]) -> set[str]:
    """The requirements files that a command names, and those that they include."""
    files = {name for flag, name in itertools.pairwise(given) if flag == "-r"}
    for name in list(files):
        files.update(re.findall(r"^-r (\S+)", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE))
    return files


def _check_requirement(wanted: Requirement, installs: list[list[str]]) -> None:
    own = _projects()
    if wanted.name in own:
        unknown = wanted.extras - own[wanted.name]
        assert not unknown, f"{wanted}: {wanted.name} has no extra {', '.join(unknown)}"
        return
    words = [word for given in installs for word in given[2:] if word.startswith(wanted.name)]
    installed = [Requirement(word) for word in words if Requirement(word).name == wanted.name]
    assert installed, f"{wanted}: .ci/run does not install it"
    assert not wanted.specifier or installed[0].specifier == wanted.specifier, (
        f"{wanted}: .ci/run installs {installed[0]}"
    )


def _projects() -> dict[str, set[str]]:
    """The extras of each distribution that requirements file or ``.ci/run`` install from this repository."""
    files = [(ROOT / name).read_text(encoding="utf-8") for name in ("requirements.txt", ".ci/run")]
    projects = {}
    for folder in re.findall(r"(?<!\S)-e \"?([^\s\[]+)", "\n".join(files)):
        project = tomllib.loads((ROOT / folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        projects[project["name"]] = set(project.get("optional-dependencies", {}))
    return projects
