"""``policybench new-plugin``: what it writes, what it says, and what it refuses."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from policybench import plugins
from policybench.errors import InputError
from policybench.scaffold.author import NOBODY, usual_author
from policybench.scaffold.names import LONGEST, Names, check_name
from policybench.scaffold.project import Project
from policybench.scaffold.writing import write_folder

KINDS = {"principal": ["principal"], "environment": ["environment"], "pettingzoo": ["environment", "--pettingzoo"]}
CODE = {
    "principal": {"principal.py"},
    "environment": {"environment.py", "villagers.py"},
    "pettingzoo": {"environment.py", "game.py"},
}
ROOT = Path(__file__).parents[2]
NAMES = ["x", "none", "two-villages", "-".join(["abcdefghi"] * 4)]


@pytest.fixture
def _empty_registry(monkeypatch):
    monkeypatch.setattr("policybench.scaffold.names.registry", plugins.Registry)
    monkeypatch.setattr("policybench.scaffold.project.registry", plugins.Registry)


@pytest.mark.parametrize("kind", KINDS)
def test_it_writes_a_distribution_and_says_what_to_do_next(cli, tmp_path, kind):
    done = cli("new-plugin", *KINDS[kind], "two-villages", "-o", "here/and there", "--author", 'Ann "A" Müller')
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "here" / "and there" / "policybench-two-villages"
    written = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    package = {f"policybench_two_villages/{name}" for name in {"__init__.py", "py.typed", *CODE[kind]}}
    around = {"pyproject.toml", "README.md", "LICENSE", ".gitignore", "tests/test_two_villages.py"}
    assert written == package | around
    assert all(f"  {path}\n" in done.stdout for path in written)
    assert "cd 'here/and there/policybench-two-villages'\n" in done.stdout
    assert "policybench check-plugin two-villages\n" in done.stdout
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]

    project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["name"] == "policybench-two-villages"
    assert project["authors"] == [{"name": 'Ann "A" Müller'}]
    assert project["entry-points"] == {"policybench": {"two-villages": "policybench_two_villages"}}
    needs_torch = any(requirement.startswith("policybench[parallel]") for requirement in project["dependencies"])
    assert needs_torch == (kind == "pettingzoo")
    assert 'Ann "A" Müller' in (folder / "LICENSE").read_text(encoding="utf-8")
    readme = (folder / "README.md").read_text(encoding="utf-8")
    for command in ("pip install", "pytest", "check-plugin two-villages", "python -m build", "twine upload"):
        assert command in readme
    assert ("policybench reference --env two-villages" in readme) == (kind != "principal")
    assert "{{" not in readme


@pytest.mark.usefixtures("_empty_registry")
@pytest.mark.parametrize("kind", KINDS)
def test_the_next_steps_install_what_they_use(kind):
    steps = Project(kind, Names("x"), "A").next_steps("x")
    assert "pip install policybench-" in steps
    last = [line for line in steps.splitlines() if line.startswith("  ")][-1]
    assert last.startswith("  policybench run ")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", KINDS)
def test_style_and_types_are_clean_whatever_the_name(tmp_path, kind, name):
    write_folder(tmp_path / "plugin", Project(kind, Names(name), "A").files())
    ruff = [sys.executable, "-m", "ruff"]
    for command in ([*ruff, "format", "--isolated", "--check"], [*ruff, "check", "--isolated", "--no-cache"]):
        done = subprocess.run(
            [*command, "."], cwd=tmp_path / "plugin", capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout


def test_types_are_strict(tmp_path):
    """By the project's own settings: what its check has found out about the core is not found out again."""
    for kind in KINDS:
        write_folder(tmp_path / f"my-{kind}", Project(kind, Names(kind), "A").files())
    environ = {**os.environ, "MYPYPATH": os.pathsep.join(str(tmp_path / f"my-{kind}") for kind in KINDS)}
    packages = [word for kind in KINDS for word in ("-p", f"policybench_{kind}")]
    command = [sys.executable, "-m", "mypy", "--strict", *packages]
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("My_Method", ["NAME My_Method", "lower case", "such as my-method"]),
        ("two--words", ["NAME two--words", "such as two-words"]),
        ("2nd", ["NAME 2nd", "a letter first", "such as my-plugin"]),
        ("x" * 41, ["at most 40 characters"]),
        ("../x", ["NAME ../x", "such as x"]),
        ("hill-climbing", ["NAME hill-climbing", "principal", "policybench-toy 0.3.0"]),
        ("toll-road", ["NAME toll-road", "environment", "policybench-toy 0.3.0"]),
        ("toy", ["NAME toy", "policybench-toy 0.3.0 is installed"]),
    ],
)
@pytest.mark.usefixtures("toy")
def test_names_that_are_refused(name, parts):
    with pytest.raises(InputError) as caught:
        check_name(name)
    for part in parts:
        assert part in str(caught.value)


def test_the_longest_name_is_allowed():
    assert check_name("x" * LONGEST).package == f"policybench_{'x' * LONGEST}"


def test_wrong_input_is_one_clear_line_and_status_2(cli, tmp_path):
    (tmp_path / "policybench-taken").mkdir()
    (tmp_path / "policybench-taken" / "notes").write_text("mine")
    (tmp_path / "policybench-file").write_text("mine")
    before = sorted(tmp_path.rglob("*"))
    for arguments, parts in {
        ("principal", "Bad"): ["NAME Bad", "such as bad"],
        ("environment", "toll-road"): ["policybench-toy"],
        ("principal", "taken"): ["policybench-taken", "not empty", "-o"],
        ("principal", "file"): ["policybench-file", "is no folder"],
        ("principal", "x", "-o", "/proc/nowhere"): ["-o /proc/nowhere", "cannot be written"],
        ("principal", "x", "-o", "policybench-file"): ["-o policybench-file", "cannot be written"],
        ("principal", "x", "--author", "A\nB"): ["--author", "printable"],
        ("principal", "x", "--author", " "): ["--author", "such as 'the authors'"],
        ("principal", "x", "--pettingzoo"): ["--pettingzoo"],
        ("principle", "x"): ["principle"],
        ("principal",): ["Missing argument 'NAME'"],
    }.items():
        done = cli("new-plugin", *arguments)
        assert done.returncode == 2, (arguments, done.stderr)
        assert len(done.stderr.splitlines()) == 1
        assert done.stdout == ""
        for part in parts:
            assert part in done.stderr
    assert sorted(tmp_path.rglob("*")) == before


def test_an_empty_folder_is_filled(tmp_path):
    (tmp_path / "plugin").mkdir()
    write_folder(tmp_path / "plugin", {"a/b.txt": "text"})
    assert (tmp_path / "plugin" / "a" / "b.txt").read_text() == "text"


def test_what_cannot_be_finished_leaves_nothing(tmp_path):
    with pytest.raises(InputError, match=r"-o .*: cannot be written"):
        write_folder(tmp_path / "plugin", {"good.txt": "text", "good.txt/bad.txt": "text"})
    assert list(tmp_path.iterdir()) == []


def test_the_author_is_whom_git_knows(monkeypatch, tmp_path):
    configuration = tmp_path / "gitconfig"
    configuration.write_text("[user]\n\tname = Ann Müller\n", encoding="utf-8")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(configuration))
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", os.devnull)
    monkeypatch.chdir(tmp_path)
    assert usual_author() == "Ann Müller"
    configuration.write_text("")
    assert usual_author() == NOBODY
    monkeypatch.setenv("PATH", "")
    assert usual_author() == NOBODY


def test_the_wheel_holds_every_template(tmp_path):
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    [wheel] = tmp_path.glob("*.whl")
    packed = set(zipfile.ZipFile(wheel).namelist())
    templates = [path for path in (ROOT / "policybench" / "scaffold").rglob("*.jinja") if path.is_file()]
    assert len(templates) > 10
    assert {path.relative_to(ROOT).as_posix() for path in templates} <= packed
