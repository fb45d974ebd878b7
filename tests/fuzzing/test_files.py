"""Files that others may have touched: refused in one line or accepted as what they hold, soon, in little memory.

Every kind of file is changed in many ways, within this process. The quick version tries some hundred changes of
each, the slow one ten thousand.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from contextlib import suppress
from pathlib import Path

import pytest
from fuzzing.surviving import Use, survives_changes
from toy_runs import Watcher, request

from policybench import InputError, plugins
from policybench.analysis.summary import summary_of
from policybench.cli.landscape_text import as_text
from policybench.cli.tables import as_card
from policybench.errors import ContractError, PluginError
from policybench.harness.launch import launch
from policybench.landscape import Design, load_landscape, measure
from policybench.leaderboard.digest import digest, dump
from policybench.leaderboard.digest import text_of as digest_text
from policybench.leaderboard.folder import checked_entry
from policybench.leaderboard.packing import pack
from policybench.leaderboard.platforms import read_platform, text_of, this_platform
from policybench.leaderboard.reading import read_submission
from policybench.store import checkpoint, load_run
from policybench.store.reading import read_manifest
from policybench.store.run_folder import RunFolder


def read_run(path: Path) -> None:
    """What results, tables and leaderboards do with a run."""
    stored = load_run(path.parent)
    assert load_run(path.parent).manifest.model_dump_json() == stored.manifest.model_dump_json()
    assert as_card(summary_of(stored))
    if stored.manifest.status == "finished":
        packed = pack(path.parent)
        checked_entry(str(path), Path("x"), packed)


def resume_run(path: Path) -> None:
    """What continuing a run does before the principals are told of anything."""
    with RunFolder(path.parent) as folder:
        wanted = read_manifest(path.with_name("wanted.json"))
        folder.open(wanted)
        standing = folder.resume(wanted.protocol.seeds)
        assert len(standing.records) >= standing.saved * len(wanted.protocol.seeds)


def continue_run(path: Path) -> None:
    """What ``policybench run`` does with a checkpoint whose digest was made anew, up to the first new step."""
    content = path.read_bytes()
    path.with_name("checkpoint").write_bytes(hashlib.sha256(content).digest() + content)
    try:
        launch(request(path.parents[3]), Watcher(stop_after=1))
    except (PluginError, ContractError) as fault:
        raise InputError(str(fault)) from None
    except KeyboardInterrupt:
        pass


def read_checkpoint(path: Path) -> None:
    """A checkpoint that is accepted is the one that was saved."""
    original = (path.parent / "original").read_bytes()
    try:
        checkpoint.load(path.read_bytes())
    except checkpoint.DamagedError as fault:
        raise InputError(f"{path}: {fault}") from None
    assert path.read_bytes() == original


def read_forged_checkpoint(path: Path) -> None:
    """The same by somebody who makes the digest anew."""
    content = path.read_bytes()
    try:
        checkpoint.load(hashlib.sha256(content).digest() + content)
    except checkpoint.DamagedError as fault:
        raise InputError(f"{path}: {fault}") from None


def read_sealed(path: Path) -> None:
    """The same by somebody who makes the hash anew, where the file still has one."""
    with suppress(ValueError, TypeError, AttributeError, RecursionError):
        content = json.loads(path.read_bytes())
        content["sha256"] = digest(content)
        path.write_text(digest_text(content))
    read_packed(path)


def read_landscape(path: Path) -> None:
    """What showing a landscape does."""
    assert as_text([load_landscape(path.parent)])


def continue_landscape(path: Path) -> None:
    """What measuring on does."""
    plugin = plugins.registry().environment("toll-road")
    measure(plugin, {"days": 40, "delay": 0.0}, GRID, path.parents[2], workers=1)


def read_packed(path: Path) -> None:
    """What checking a submission does; it must hold what its bytes say."""
    entry = checked_entry(str(path), Path("x"), read_submission(path))
    assert dump(entry.submission).encode() == path.read_bytes()


def read_reference(path: Path) -> None:
    """What reading the reference platform does."""
    found = read_platform(path.parent)
    path.write_text(text_of(found))
    assert read_platform(path.parent) == found


GRID = Design(levels=3, seeds=2)


@pytest.fixture(scope="module")
def originals(tmp_path_factory, toy_site) -> Path:
    """A finished run, an interrupted one, landscapes, a submission and a platform."""
    root = tmp_path_factory.mktemp("originals")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(toy_site))
        plugins.registry.cache_clear()
        run = launch(request(root / "finished", seeds=2, steps=4), Watcher())
        with pytest.raises(KeyboardInterrupt):
            launch(request(root / "interrupted"), Watcher(stop_after=3))
        plugin = plugins.registry().environment("toll-road")
        measure(plugin, {"days": 40, "delay": 0.0}, GRID, root / "landscape", workers=1)
        (root / "submission").mkdir()
        (root / "submission" / "x.json").write_text(dump(pack(run)))
        (root / "platform").mkdir()
        (root / "platform" / "platform.json").write_text(text_of(this_platform()))
    plugins.registry.cache_clear()
    for path in (root / "interrupted").rglob("checkpoint"):
        shutil.copy(path, path.with_name("original"))
        shutil.copy(path.with_name("manifest.json"), path.with_name("wanted.json"))
        path.with_name("state").write_bytes(path.read_bytes()[hashlib.sha256().digest_size :])
    return root


KINDS: dict[str, tuple[str, str, Use]] = {
    "submission": ("submission", "x.json", read_packed),
    "submission with a new hash": ("submission", "x.json", read_sealed),
    "platform": ("platform", "platform.json", read_reference),
    "manifest": ("finished", "manifest.json", read_run),
    "step log": ("finished", "steps.jsonl", read_run),
    "final evaluations": ("finished", "final.jsonl", read_run),
    "manifest of an interrupted run": ("interrupted", "manifest.json", resume_run),
    "step log of an interrupted run": ("interrupted", "steps.jsonl", resume_run),
    "checkpoint": ("interrupted", "checkpoint", read_checkpoint),
    "checkpoint with a new digest": ("interrupted", "state", read_forged_checkpoint),
    "checkpoint with a new digest, continued": ("interrupted", "state", continue_run),
    "landscape": ("landscape", "landscape.json", read_landscape),
    "payoffs of a landscape": ("landscape", "payoffs.jsonl", read_landscape),
    "landscape that is continued": ("landscape", "landscape.json", continue_landscape),
    "payoffs of a landscape that is continued": ("landscape", "payoffs.jsonl", continue_landscape),
}


def fuzz(originals: Path, folder: Path, kind: str, number: int) -> None:
    root, name, use = KINDS[kind]
    shutil.copytree(originals / root, folder / root)
    [path] = (folder / root).rglob(name)
    survives_changes(path, use, kind, number)


@pytest.mark.usefixtures("toy")
@pytest.mark.parametrize("kind", KINDS)
def test_some_hundred_changes(originals, tmp_path, kind):
    fuzz(originals, tmp_path, kind, 60 if "continued" in kind else 200)


@pytest.mark.slow
@pytest.mark.usefixtures("toy")
@pytest.mark.parametrize("kind", KINDS)
def test_ten_thousand_changes(originals, tmp_path, kind):
    fuzz(originals, tmp_path, kind, 10_000)
