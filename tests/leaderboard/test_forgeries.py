"""Forgeries that follow from themselves, and files that chance or malice has changed."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from toy_runs import Watcher, request
from verifying import verified

from policybench import InputError, plugins
from policybench.harness.launch import launch
from policybench.leaderboard.digest import digest, dump, sealed, text_of
from policybench.leaderboard.first_party import is_first_party, owner_of
from policybench.leaderboard.folder import checked_entry, read_folder
from policybench.leaderboard.packing import pack, place_of
from policybench.leaderboard.pages import make_pages, write_pages
from policybench.leaderboard.reading import read_submission
from policybench.leaderboard.schema import Submission
from policybench.leaderboard.tables import kind
from policybench.leaderboard.verification import Verdict

pytestmark = pytest.mark.usefixtures("toy")


@pytest.fixture
def submission(tmp_path):
    return pack(launch(request(tmp_path / "runs", seeds=5, steps=4), Watcher()))


def forged(submission, change):
    content = json.loads(submission.model_dump_json())
    change(content)
    del content["sha256"]
    return sealed(content)


def call_principal(content, name, distribution):
    """Claims another principal, in every place where its name stands."""
    content["manifest"]["principal"].update(name=name, variant=name, distribution=distribution)
    content["command"] = content["command"].replace("hill-climbing", name)


FORGERIES = {
    "future": (
        lambda c: c["manifest"].update(created="2090-01-01T00:00:00Z", finished="2090-01-02T00:00:00Z"),
        "manifest.finished: lies in the future",
    ),
    "clock": (
        lambda c: c["manifest"].update(created="2026-01-02T00:00:00Z", finished="2026-01-01T00:00:00Z"),
        "manifest.finished: lies before manifest.created, .*--fresh",
    ),
    "no time": (lambda c: c["costs"].update(seconds=0.0), "costs.seconds: is 0"),
    "more time than there was": (lambda c: c["costs"].update(seconds=1e9), "costs.seconds: is 1e[+]09"),
    "another's name": (
        lambda c: c["manifest"]["principal"].update(distribution="evil-toy"),
        "manifest.principal.distribution: is evil-toy, but the name hill-climbing belongs to policybench-toy",
    ),
    "another's game": (
        lambda c: c["manifest"]["environment"].update(distribution="evil-toy"),
        "manifest.environment.distribution",
    ),
    "another entry point": (
        lambda c: c["manifest"]["principal"].update(entry_point="evil_toy"),
        "manifest.principal.entry_point: is evil_toy, but policybench-toy .* brings .* through policybench_toy",
    ),
    "a first-party name, not installed": (
        lambda c: call_principal(c, "sobol", "evil-toy"),
        "manifest.principal.distribution: is evil-toy, but the name sobol is reserved for policybench-optuna",
    ),
    "a first-party distribution": (
        lambda c: call_principal(c, "secret", "Policybench_Bandits"),
        "manifest.principal.distribution: Policybench_Bandits brings no principal named secret",
    ),
    "hidden option": (
        lambda c: c["manifest"]["principal"]["options"].pop("radius"),
        "manifest.principal.options: hill-climbing .* has not these: radius",
    ),
    "invented option": (
        lambda c: c["manifest"]["principal"]["options"].update(luck=7),
        "manifest.principal.options: hill-climbing .* has not these: luck",
    ),
    "silent option": (
        lambda c: c["manifest"]["principal"]["options"].update(radius=0.9),
        "manifest.principal.changed: is empty, but what differs from the defaults is radius",
    ),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_who_and_when_are_held_against_the_clock_and_the_installed_plugins(submission, name, monkeypatch):
    monkeypatch.delitem(plugins.registry().principals, "sobol")
    change, fault = FORGERIES[name]
    with pytest.raises(InputError, match=f"^x: {fault}"):
        checked_entry("x", Path("x"), forged(submission, change))


def test_names_of_our_own_distributions_are_reserved():
    """Whoever adds a principal or an environment adds its name in ``policybench/leaderboard/first_party.py``."""
    found = plugins.registry()
    brought = [*found.principals.items(), *found.environments.items()]
    owners = {name: plugin.distribution for name, plugin in brought if is_first_party(plugin.distribution)}
    assert {name: owner_of(name) for name in owners} == owners


def test_what_cannot_be_checked_is_said(submission):
    def elsewhere(content):
        call_principal(content, "secret", "secret-lab")
        content["manifest"]["environment"].update(version="99.0")

    entry = checked_entry("x", Path("x"), forged(submission, elsewhere))
    assert entry.unchecked == ["principal of secret-lab not installed", "environment version 99.0 not checked"]


def test_who_calls_itself_pinned_must_be_pinned(submission, monkeypatch):
    principal = plugins.registry().principals["hill-climbing"].spec.factory
    hosted = forged(submission, lambda content: content["manifest"].update(hosted=True))
    assert checked_entry("x", Path("x"), submission).hosted is False
    with pytest.raises(InputError, match=r"manifest\.hosted: is true, but no service decides"):
        checked_entry("x", Path("x"), hosted)
    monkeypatch.setattr(principal, "hosted", True)
    with pytest.raises(InputError, match=r"manifest\.hosted: is false, but a service decides"):
        checked_entry("x", Path("x"), submission)
    assert checked_entry("x", Path("x"), hosted).hosted is True

    def without_a_key(*_, **__):
        raise InputError("no key")

    monkeypatch.setattr(principal, "__init__", without_a_key)
    entry = checked_entry("x", Path("x"), submission)
    assert entry.hosted is None
    assert kind(entry) == "pinned by its author's word"


def test_payoffs_that_the_rules_do_not_allow_are_refused(submission, monkeypatch):
    environment = plugins.registry().environments["toll-road"].spec.load()
    monkeypatch.setattr(environment, "payoff_bounds", (-3.0, 0.0), raising=False)
    made = environment.__init__

    def bounded(self, *arguments, **options):
        made(self, *arguments, **options)
        object.__setattr__(self.problem, "payoff_bounds", (-3.0, -1.0))

    monkeypatch.setattr(environment, "__init__", bounded)
    checked_entry("x", Path("x"), submission)

    def raise_one(content):
        content["final"][2]["payoffs"][7] = 1e15

    with pytest.raises(InputError, match=r"final\.2\.payoffs\.7: is 1e\+15; the game pays -3 to -1"):
        checked_entry("x", Path("x"), forged(submission, raise_one))


def test_a_difference_that_no_platform_explains_is_a_forgery_whatever_is_stated(submission):
    def elsewhere(content, by):
        content["manifest"]["machine"]["libc"] = "musl 1.2"
        content["final"][0]["payoffs"][3] += by

    for by, verdict in ((0.0, Verdict.VERIFIED), (0.2, Verdict.NOT_REPRODUCED), (2.0, Verdict.REFUTED)):
        found = verified(forged(submission, lambda content, by=by: elsewhere(content, by)))
        assert found.verdict is verdict, found.conclusion
    assert "no platform can explain final, seed 0, step 7" in found.conclusion


def test_nothing_is_written_through_links(submission, tmp_path, cli):
    root, outside = tmp_path / "leaderboards", tmp_path / "outside"
    outside.mkdir()
    path = root / place_of(submission)
    path.parent.mkdir(parents=True)
    path.write_text(dump(submission))
    for link, target in (("README.md", outside / "file"), ("environments", outside)):
        (root / link).symlink_to(target)
        with pytest.raises(InputError, match=f"{link}: is a symbolic link"):
            write_pages(root, make_pages(root, read_folder(root).entries))
        (root / link).unlink()
    (root / "submissions").rename(outside / "submissions")
    (root / "submissions").symlink_to(outside / "submissions")
    before = path.read_bytes()
    run = next((tmp_path / "runs").rglob("manifest.json")).parent
    done = cli("leaderboard", "add", "--replace", run)
    assert (done.returncode, done.stdout) == (2, "")
    assert "submissions: is a symbolic link" in done.stderr
    assert path.read_bytes() == before
    assert [found.name for found in outside.iterdir()] == ["submissions"]


VALUES = st.sampled_from(
    [None, True, -1, 0, 2**63, 10**30, -0.5, 1e308, "", "x", "\x1b[2J", "../x", "\ud800", [], [[1, 10**9]], {}]
)


@st.composite
def mutation(draw):
    """A change of the parsed file, at a random place, or of its bytes."""
    if draw(st.booleans()):
        position, byte = draw(st.integers(0, 10**6)), draw(st.integers(0, 255))
        return lambda text: text[: position % len(text)] + bytes([byte]) + text[position % len(text) + 1 :]
    path, value, delete = draw(st.lists(st.integers(0, 50), max_size=6)), draw(VALUES), draw(st.booleans())

    def change(text):
        content = json.loads(text)
        place, key = content, None
        for step in path:
            keys = list(place) if isinstance(place, dict) else range(len(place)) if isinstance(place, list) else ()
            if not keys:
                break
            parent, key = place, keys[step % len(keys)]
            place = place[key]
        if key is not None:
            if delete:
                del parent[key]
            else:
                parent[key] = value
        with suppress(ValueError):
            content["sha256"] = digest(content)
        return text_of(content).encode(errors="replace")

    return change


def outcome(path: Path) -> tuple[str, Submission | None]:
    """What is wrong with a file, or what it holds."""
    try:
        return "", checked_entry(str(path), Path("x"), read_submission(path)).submission
    except InputError as fault:
        return str(fault), None


def survives(submission: Submission, folder: Path, changes) -> None:
    """A changed file is refused in one line, or accepted as what it holds, and either is quick."""
    text = dump(submission).encode()
    for change in changes:
        with suppress(ValueError):  # no JSON any more
            text = change(text)
    path = folder / "changed.json"
    path.write_bytes(text)
    begun = time.process_time()
    fault, accepted = outcome(path)
    assert time.process_time() - begun < 5
    if accepted is not None:
        assert dump(accepted).encode() == text
        return
    assert fault.startswith(str(path))
    assert fault.isprintable()
    assert len(fault) < 1000


CHANGES = st.lists(mutation(), min_size=1, max_size=2)
SHARED = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


@given(CHANGES)
@settings(max_examples=100, suppress_health_check=SHARED)
def test_changed_files_are_refused_in_one_line_or_hold_what_they_say(submission, tmp_path, changes):
    survives(submission, tmp_path, changes)


@pytest.mark.slow
@given(CHANGES)
@settings(max_examples=10_000, suppress_health_check=SHARED)
def test_ten_thousand_changed_files(submission, tmp_path, changes):
    survives(submission, tmp_path, changes)
