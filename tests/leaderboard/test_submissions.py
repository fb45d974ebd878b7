"""Packing, checking and verifying, and every way in which a file from a stranger may be wrong."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from toy_runs import Watcher, request

from policybench import InputError
from policybench.analysis.curve import MOST_ROWS, Curve, base_steps, thinned_steps
from policybench.analysis.summary import summarise
from policybench.harness.launch import launch
from policybench.leaderboard import reading, verification
from policybench.leaderboard.checks import check_content
from policybench.leaderboard.digest import digest, dump, sealed
from policybench.leaderboard.folder import read_folder
from policybench.leaderboard.packing import pack, place_of
from policybench.leaderboard.pages import make_pages, outdated, write_pages
from policybench.leaderboard.ranking import boards, overall
from policybench.leaderboard.reading import read_submission
from policybench.leaderboard.rescoring import metrics_of
from policybench.leaderboard.tables import markdown, render

pytestmark = pytest.mark.usefixtures("toy")


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return launch(request(tmp_path / "runs", seeds=5), Watcher())


@pytest.fixture
def root(tmp_path: Path, run: Path) -> Path:
    return put(tmp_path / "boards", dump(pack(run)))


def put(root: Path, text: str | bytes, place="submissions/toll-road/quick-5x8/hill-climbing.json") -> Path:
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
    path.write_text(json.dumps(content))


def verified(path: Path, rows=20):
    return verification.verify(str(path), read_submission(path), rows, np.random.default_rng(1), 2)


def test_a_packed_run_is_sound_says_what_the_run_says_and_verifies(root, run):
    contents = read_folder(root)
    assert contents.faults == []
    [entry] = contents.entries
    summary, metrics = summarise(run), entry.submission.metrics
    assert metrics.recommended_payoff.model_dump() == vars(summary.recommended_payoff)
    assert metrics.anytime_score.model_dump() == vars(summary.anytime_score)
    assert [target.runtimes for target in metrics.targets] == [target.runtimes for target in summary.targets]
    found = verified(root / entry.path, rows=1000)
    assert not found.refuted
    assert len(found.rows) == 5 * 8 + 5 * 5
    assert entry.submission.command == (
        "policybench run --principal hill-climbing --env toll-road --protocol quick --seeds 5 --steps 8"
    )


def test_an_unfinished_run_is_refused(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        launch(request(tmp_path), Watcher(stop_after=3))
    with pytest.raises(InputError, match="is not finished"):
        pack(tmp_path / "toll-road" / "hill-climbing" / "quick-3x8")


def reforge(content) -> None:
    """Make the metrics of an edited file follow from its rows again, as a careful forger would."""
    content["sha256"] = "0" * 64
    forged = reading.Submission.model_validate_json(json.dumps(content))
    protocol = forged.manifest.protocol
    metrics = metrics_of(forged.curves, forged.final, protocol.steps, forged.manifest.reference)
    content["metrics"] = metrics.model_dump(mode="json")


def test_a_forged_payoff_is_caught(root):
    path = only_file(root)

    def forge(content):
        for rows in content["final"]:
            rows["payoffs"] = [payoff + 1e-9 for payoff in rows["payoffs"]]
        reforge(content)

    edit(path, forge)
    assert read_folder(root).faults == []
    found = verified(path)
    assert found.refuted
    assert "same kind of platform" in found.conclusion


def test_on_another_platform_a_paired_test_decides(root):
    path = only_file(root)

    def elsewhere(content):
        content["manifest"]["machine"]["libc"] = "musl 1.2"
        rng = np.random.default_rng(0)
        for rows in content["final"] + content["curves"]:
            rows["payoffs"] = [payoff + rng.normal(0, 0.1) for payoff in rows["payoffs"]]
        reforge(content)

    def raised(content):
        for rows in content["final"]:
            rows["payoffs"] = [payoff + 0.5 for payoff in rows["payoffs"]]
        reforge(content)

    edit(path, elsewhere)
    honest = verified(path)
    assert honest.platform == [f"C library musl 1.2, here {honest.platform[0].rpartition('here ')[2]}"]
    assert not honest.refuted
    edit(path, raised)
    assert verified(path).refuted
    assert "too few rows" in verified(path, rows=4).conclusion


HOSTILE = {
    "markup": (lambda c: c["manifest"]["principal"].update(variant="<script>"), "manifest.principal.variant"),
    "escapes": (lambda c: c["manifest"]["principal"].update(name="ucb\x1b[31m"), "manifest.principal.name"),
    "path": (lambda c: c["manifest"]["environment"].update(variant="../../x"), "manifest.environment.variant"),
    "label": (lambda c: c["manifest"]["protocol"].update(name="smoke"), "manifest.protocol.label"),
    "seeds": (lambda c: c["manifest"]["protocol"].update(seeds=[0, 1, 2, 3, 10**30]), "manifest.protocol.seeds.4"),
    "negative seed": (lambda c: c["curves"][0].update(seed=-1), "curves.0.seed"),
    "lucky seeds": (lambda c: c["manifest"]["protocol"].update(seeds=[1, 2, 3, 4, 7]), "manifest.protocol.seeds"),
    "duplicate row": (lambda c: c["curves"][0]["steps"].__setitem__(1, 0), "curves.0: steps has 0 twice"),
    "order": (lambda c: c["curves"][0]["steps"].reverse(), "curves.0: steps has 6 after 7"),
    "missing row": (
        lambda c: [column.pop() for column in c["curves"][0].values() if isinstance(column, list)],
        "curves.0.steps: has 7 of 8",
    ),
    "ragged": (lambda c: c["curves"][0]["payoffs"].pop(), "curves.0: payoffs has 7"),
    "long": (lambda c: c["curves"][0].update(payoffs=[0.0] * 401), "curves.0.payoffs"),
    "text": (lambda c: c["curves"][0]["payoffs"].__setitem__(3, "1"), "curves.0.payoffs.3"),
    "huge int": (lambda c: c["curves"][0]["training"].__setitem__(3, 10**400), "curves.0.training.3"),
    "huge payoff": (lambda c: c["curves"][0]["payoffs"].__setitem__(3, 1e300), "curves.0.payoffs.3"),
    "action": (lambda c: c["curves"][1]["actions"].__setitem__(2, [9.0]), "curves.1.actions.2: lies outside"),
    "action length": (lambda c: c["curves"][1]["actions"].__setitem__(2, [0.0, 0.0]), "curves.1: actions differ"),
    "spent": (lambda c: c["curves"][0]["spent"].__setitem__(3, 1), "curves.0.spent.3"),
    "metric": (lambda c: c["metrics"]["recommended_payoff"].update(mean=7.0), "metrics.recommended_payoff.mean"),
    "narrow": (lambda c: c["metrics"]["recommended_payoff"].update(low=-1e-3), "metrics.recommended_payoff.low"),
    "cost": (lambda c: c["costs"].update(validation_timesteps=1), "costs.validation_timesteps"),
    "command": (lambda c: c.update(command="curl evil | sh"), "command: does not fit"),
    "extra": (lambda c: c.update({"\x1b[2J": 1}), "\\x1b[2J: Extra inputs"),
    "scale": (lambda c: c["manifest"]["reference"].update(floor=-9.0), "metrics"),
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
    path.write_text(json.dumps(content))
    faults = read_folder(root).faults
    assert len(faults) == 1
    assert faults[0].startswith(f"{path}: ")
    assert place in faults[0]
    assert faults[0].isprintable()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda text: text.replace('"payoffs":[', '"payoffs":[NaN,', 1), "NaN is no number"),
        (lambda text: text.replace('"payoffs":[', '"payoffs":[-Infinity,', 1), "-Infinity is no number"),
        (lambda text: text.replace('"payoffs":[', '"payoffs":[1e999,', 1), "curves.0.payoffs.0"),
        (lambda text: "[" * 1_000_000, "nested too deeply"),
        (lambda text: text.replace('"command"', '"sha256":"","command"', 1), "stands twice"),
        (lambda text: text.replace('"payoffs":[', '"payoffs":[' + "9" * 5000 + ",", 1), "no JSON that can be"),
        (lambda text: text.encode("utf-16"), "is not UTF-8"),
        (lambda text: text[:500], "no JSON"),
        (lambda text: "[]", "Input should be"),
        (lambda text: text.replace('"cores":', '"cores":1', 1), "sha256: does not fit"),
        (lambda text: '{"payoffs":[' + "0," * 5_000_000 + "0]}", "bytes, more than"),
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


def wild_curve(n_steps, seed=0):
    rng = np.random.default_rng(seed)
    validation = rng.integers(1, 6, n_steps)
    payoffs = np.linspace(0, 1, n_steps) + rng.normal(0, 0.1, n_steps)
    return Curve(np.arange(n_steps), payoffs, validation, validation.cumsum(), n_steps)


@pytest.mark.parametrize("n_steps", [401, 1000, 3000, 50_000])
def test_a_thinned_curve_still_proves_its_metrics(n_steps):
    whole, targets = wild_curve(n_steps), (0.5, 0.75, 0.9, 0.95)
    thin = whole.rows(thinned_steps(whole, targets))
    assert len(thin.steps) <= MOST_ROWS
    assert thin.steps[-1] == n_steps - 1
    np.testing.assert_array_equal(thinned_steps(thin, targets), thin.steps)
    for target in targets:
        assert thin.runtime(target) == whole.runtime(target)
    assert thin.convergence_payoff() == pytest.approx(
        whole.convergence_payoff(), abs=0 if n_steps <= 2000 else 0.02
    )
    assert thin.anytime_score(0, 1) == pytest.approx(whole.anytime_score(0, 1), abs=0.02)


def test_rows_picked_by_hand_are_noticed(tmp_path):
    run = launch(request(tmp_path, seeds=2, steps=450), Watcher())
    submission = pack(run)
    check_content("x", submission)
    content = submission.model_dump(mode="json")
    del content["sha256"]
    rows = content["curves"][0]
    dropped = rows["steps"].index(int(base_steps(450)[60]))
    for column in rows.values():
        if isinstance(column, list):
            del column[dropped]
    with pytest.raises(InputError, match=r"curves\.0\.steps: are not those that thinning keeps"):
        check_content("x", sealed(content))


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
    file = "leaderboards/submissions/toll-road/quick-5x4/hill-climbing.json"
    done = cli("leaderboard", "verify", file, "--seed", "3")
    assert (done.returncode, "fine: all 20 rows are equal" in done.stdout) == (0, True)
    (tmp_path / file).write_text("{}")
    for arguments, status in ((("check",), 1), (("verify", file), 2)):
        done = cli("leaderboard", *arguments)
        assert done.returncode == status
        assert len(done.stderr.splitlines()) == 1
        assert file in done.stderr
    assert "already there" in cli("leaderboard", "add", run).stderr
    assert "no run here" in cli("leaderboard", "add", "nowhere").stderr


def test_the_place_follows_from_the_content(run):
    assert str(place_of(pack(run))) == "submissions/toll-road/quick-5x8/hill-climbing.json"
