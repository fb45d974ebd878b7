"""Packing, checking and verifying, and every way in which a file from a stranger may be wrong."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from toy_runs import Watcher, request
from verifying import verified

from policybench import InputError
from policybench.analysis.summary import summarise
from policybench.harness.launch import launch
from policybench.leaderboard.boards import boards, overall
from policybench.leaderboard.checks import check_content
from policybench.leaderboard.digest import digest, dump, text_of
from policybench.leaderboard.folder import read_folder
from policybench.leaderboard.packing import pack, place_of, runs_to_pack
from policybench.leaderboard.pages import make_pages, outdated, write_pages
from policybench.leaderboard.reading import read_submission
from policybench.leaderboard.tables import markdown, render
from policybench.parts import parse_part
from policybench.protocol import FINAL_EVALUATIONS, make_protocol

pytestmark = pytest.mark.usefixtures("toy")


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runs")


@pytest.fixture
def run(runs: Path) -> Path:
    """A run that no test changes; made once, found finished afterwards."""
    return launch(request(runs, seeds=5), Watcher())


@pytest.fixture
def root(tmp_path: Path, run: Path) -> Path:
    return put(tmp_path / "boards", dump(pack(run)))


def put(
    root: Path, text: str | bytes, place="submissions/toll-road/quick-5x8/hill-climbing@policybench-toy.json"
) -> Path:
    path = root / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return root


def only_file(root: Path) -> Path:
    [path] = (root / "submissions").rglob("*.json")
    return path


def edit(path: Path, change, seal=True) -> None:
    content = json.loads(path.read_text())
    change(content)
    if seal:
        content["sha256"] = digest(content)
    path.write_text(text_of(content))


def test_a_packed_run_is_sound_says_what_the_run_says_and_verifies(root, run):
    contents = read_folder(root)
    assert contents.faults == []
    [entry] = contents.entries
    assert entry.scores == summarise(run).scores
    found = verified(entry.submission)
    assert not found.refuted
    assert len(found.rows) == 5 * 8 + 5 * FINAL_EVALUATIONS
    assert entry.submission.command == (
        "policybench run --principal hill-climbing --env toll-road --protocol quick --seeds 5 --steps 8"
    )


def test_an_unfinished_run_is_refused(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        launch(request(tmp_path), Watcher(stop_after=3))
    with pytest.raises(InputError, match="is not finished"):
        pack(tmp_path / "toll-road" / "hill-climbing" / "quick-3x8")


def test_a_forged_payoff_is_caught(root):
    path = only_file(root)

    def forge(content):
        for rows in content["final"]:
            rows["payoffs"] = [payoff + 1e-9 for payoff in rows["payoffs"]]

    edit(path, forge)
    assert read_folder(root).faults == []
    found = verified(read_submission(path), rows=20)
    assert found.refuted
    assert "same kind of platform" in found.conclusion


def shorten(rows) -> None:
    """Leaves out the last row of a curve."""
    for name in ("actions", "payoffs"):
        rows[name].pop()
    for name in ("training", "validation"):
        rows[name][-1][1] -= 1


HOSTILE = {
    "markup": (lambda c: c["manifest"]["principal"].update(variant="<script>"), "manifest.principal.variant"),
    "escapes": (lambda c: c["manifest"]["principal"].update(name="ucb\x1b[31m"), "manifest.principal.name"),
    "path": (lambda c: c["manifest"]["environment"].update(variant="../../x"), "manifest.environment.variant"),
    "label": (lambda c: c["manifest"]["protocol"].update(name="smoke"), "manifest.protocol.label"),
    "seeds": (lambda c: c["manifest"]["protocol"].update(seeds=[0, 1, 2, 3, 10**30]), "manifest.protocol.seeds.4"),
    "negative seed": (lambda c: c["curves"][0].update(seed=-1), "curves.0.seed"),
    "lucky seeds": (lambda c: c["manifest"]["protocol"].update(seeds=[1, 2, 3, 4, 7]), "manifest.protocol.seeds"),
    "duplicate row": (lambda c: c["final"][0]["steps"].__setitem__(1, 8), "final.0: steps has 8 after 8"),
    "order": (lambda c: c["final"][0]["steps"].reverse(), "final.0: steps has 31 after 32"),
    "early final": (lambda c: [r["steps"].__setitem__(0, 7) for r in c["final"]], "final.0.steps: has 7, within"),
    "chosen final": (lambda c: c["final"][1]["steps"].__setitem__(-1, 99), "final.1.steps: are not those"),
    "luckiest action": (lambda c: c["final"][2]["actions"].__setitem__(3, [1.5]), "final.2.actions.3: differs"),
    "missing row": (lambda c: shorten(c["curves"][0]), "curves.0: has 7 rows for the 8 steps"),
    "ragged": (lambda c: c["curves"][0]["payoffs"].pop(), "curves.0: payoffs has 7"),
    "long": (lambda c: c["curves"][0].update(training=[[1, 10**6]]), "curves.0.training: has a run of 1000000"),
    "no run": (lambda c: c["curves"][0].update(training=[[1, 0]]), "curves.0.training: has a run of 0"),
    "flat": (lambda c: c["curves"][0].update(training=[39] * 8), "curves.0.training: must be a list of runs"),
    "text": (lambda c: c["curves"][0]["payoffs"].__setitem__(3, "1"), "curves.0.payoffs.3"),
    "huge int": (lambda c: c["curves"][0].update(training=[[10**400, 8]]), "curves.0.training.0"),
    "huge payoff": (lambda c: c["curves"][0]["payoffs"].__setitem__(3, 1e300), "curves.0.payoffs.3"),
    "action": (lambda c: c["curves"][1]["actions"].__setitem__(2, [9.0]), "curves.1.actions.2: lies outside"),
    "action length": (lambda c: c["curves"][1]["actions"].__setitem__(2, [0.0, 0.0]), "curves.1: actions differ"),
    "cost": (lambda c: c["costs"].update(validation_timesteps=1), "costs.validation_timesteps"),
    "command": (lambda c: c.update(command="curl evil | sh"), "command: does not fit"),
    "extra": (lambda c: c.update({"\x1b[2J": 1}), "\\x1b[2J: Extra inputs"),
    "own scale": (lambda c: c["manifest"].update(reference={"floor": -9.0}), "manifest.reference: Extra inputs"),
    "own metrics": (lambda c: c.update(metrics={}), "metrics: Extra inputs"),
    "home": (
        lambda c: c["manifest"]["principal"]["options"].update(radius="/home/somebody/model"),
        "manifest.principal.options.radius",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_field_is_refused_in_one_line_that_names_it(root, name):
    change, place = HOSTILE[name]
    path = only_file(root)
    content = json.loads(path.read_text())
    change(content)
    content["sha256"] = digest(content)
    path.write_text(text_of(content))
    faults = read_folder(root).faults
    assert len(faults) == 1
    assert faults[0].startswith(f"{path}: ")
    assert place in faults[0]
    assert faults[0].isprintable()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda text: text.replace('"payoffs":[', '"payoffs":[NaN,', 1), "curves.0.payoffs.0"),
        (lambda text: text.replace('"payoffs":[', '"payoffs":[-Infinity,', 1), "curves.0.payoffs.0"),
        (lambda text: text.replace('"payoffs":[', '"payoffs":[1e999,', 1), "curves.0.payoffs.0"),
        (lambda text: "[" * 1_000_000, "recursion limit exceeded"),
        (lambda text: text.replace('"command"', '"command":"","command"', 1), "is not written as"),
        (lambda text: text.replace('"payoffs":[', '"payoffs":[' + "9" * 5000 + ",", 1), "number out of range"),
        (lambda text: text.encode("utf-16"), "is not UTF-8"),
        (lambda text: text[:500], "Invalid JSON"),
        (lambda text: "[]", "Input should be"),
        (lambda text: text.replace('"cores":', '"cores":1', 1), "sha256: does not fit"),
        (lambda text: text + " " * 7_900_000, "is not written as"),
        (lambda text: '{"payoffs":[' + "0," * 35_000_000 + "0]}", "bytes, more than"),
    ],
)
def test_hostile_bytes_are_refused_in_one_line(root, change, reason):
    path = only_file(root)
    put(root, change(path.read_text()))
    [fault] = read_folder(root).faults
    assert fault.startswith(str(path))
    assert reason in fault
    assert len(fault) < 500


def test_links_strange_places_and_duplicates_are_refused(root, tmp_path):
    path = only_file(root)
    shutil.copy(path, path.with_name("other.json"))
    (path.parent / "link.json").symlink_to(path)
    (root / "submissions" / "away").symlink_to(tmp_path)
    (root / "submissions" / "notes\x1b[31m.txt").write_text("")
    faults = "\n".join(read_folder(root).faults)
    for part in ("other.json: its content belongs to", "link.json: is no submission", "away: is a symbolic link"):
        assert part in faults
    assert "\x1b" not in faults
    with pytest.raises(InputError, match="symbolic link"):
        read_submission(path.parent / "link.json")


def test_every_step_is_kept_in_few_bytes(tmp_path):
    run = launch(request(tmp_path, seeds=2, steps=450), Watcher())
    submission = pack(run)
    check_content("x", submission)
    assert all(len(rows) == 450 for rows in submission.curves)
    assert len(dump(submission)) < 60 * 2 * (450 + FINAL_EVALUATIONS)


def test_pages_are_made_kept_and_noticed_when_stale(root):
    put(root, "# Mine\n\nmy words\n", "README.md")
    entries = read_folder(root).entries
    touched = write_pages(root, make_pages(root, entries))
    assert {path.as_posix() for path in touched} == {"README.md", "environments/toll-road.md"}
    assert outdated(root, make_pages(root, entries)) == []
    assert (root / "README.md").read_text().startswith("# Mine\n\nmy words\n")
    page = (root / "environments" / "toll-road.md").read_text()
    assert entries[0].submission.command in page
    assert "pinned" in page
    (root / "environments" / "toll-road.md").write_text("rubbish")
    assert [path.name for path in outdated(root, make_pages(root, entries))] == ["toll-road.md"]


def test_other_formats_hold_the_same_rows(root):
    entries = read_folder(root).entries
    found = boards(entries)
    texts = {style: render(found, overall(found), style) for style in ("github", "html", "latex", "csv", "json")}
    assert json.loads(texts["json"])["boards"][0]["principal"] == "hill-climbing"
    assert texts["csv"].splitlines()[1].startswith("toll-road,quick-5x8,1,hill-climbing,5,8,")
    for style in ("github", "html", "latex"):
        assert "hill-climbing" in texts[style]
    assert markdown("<b>|[x](y)`") == "&lt;b&gt;\\|\\[x\\](y)\\`"


def test_the_commands_from_run_to_refusal(cli, tmp_path):
    cli("run", "--principal", "hill-climbing", "--env", "toll-road", "--seeds", "5", "--steps", "4", "--quiet")
    run = "runs/toll-road/hill-climbing/quick-5x4"
    assert cli("leaderboard", "add", run).returncode == 0
    assert "is not up to date" in cli("leaderboard", "check").stderr
    assert cli("leaderboard", "build").returncode == 0
    assert cli("leaderboard", "check").returncode == 0
    file = "leaderboards/submissions/toll-road/quick-5x4/hill-climbing@policybench-toy.json"
    done = cli("leaderboard", "verify", file, "--seed", "3")
    assert (done.returncode, "verified: all 20 rows are equal" in done.stdout) == (0, True)
    (tmp_path / file).write_text("{}")
    for arguments, status in ((("check",), 1), (("verify", file), 2)):
        done = cli("leaderboard", *arguments)
        assert done.returncode == status
        assert len(done.stderr.splitlines()) == 1
        assert file in done.stderr
    assert "already there" in cli("leaderboard", "add", run).stderr
    assert "no runs here" in cli("leaderboard", "add", "nowhere").stderr


def test_folders_that_hold_runs_are_packed_without_what_is_unfinished_or_a_part(run, tmp_path):
    shutil.copytree(run, tmp_path / "runs" / "whole")
    whole, half = tmp_path / "runs" / "whole", tmp_path / "runs" / "half"
    shutil.copytree(run, half)
    manifest = json.loads((half / "manifest.json").read_text())
    (half / "manifest.json").write_text(json.dumps({**manifest, "status": "running"}))
    part = launch(request(tmp_path / "runs", protocol=make_protocol("quick", 5, 8, parse_part("1/2"))), Watcher())
    lines: list[str] = []
    assert runs_to_pack([tmp_path / "runs"], lines.append) == [whole]
    assert lines[0] == "left out: 1 part of whole runs that are here, too; name a part's own folder to have it"
    assert lines[1:] == [f"left out: {half}: is not finished"]
    assert runs_to_pack([half, part], lines.append) == [half, part]
    shutil.rmtree(whole)
    with pytest.raises(InputError, match="holds no finished run"):
        runs_to_pack([tmp_path / "runs"], lines.append)
    assert lines[-1] == f"left out: {part}: is a part of a run"


def test_the_place_follows_from_the_content(run):
    assert str(place_of(pack(run))) == "submissions/toll-road/quick-5x8/hill-climbing@policybench-toy.json"
