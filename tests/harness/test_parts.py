"""Runs made in parts: joined, they are what one piece would have been, and parts that do not fit are refused."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import chain

import numpy as np
import pytest
from gymnasium import spaces
from hypothesis import given
from hypothesis import strategies as st
from toy_runs import Watcher, log, request

import policybench
from policybench import InputError, plugins
from policybench.errors import ContractError
from policybench.harness.launch import launch
from policybench.parts import Part, parse_part
from policybench.protocol import make_protocol
from policybench.store import load_run, load_runs, merging, search
from policybench.store.files import replace_file
from policybench.store.merging import merge

pytestmark = pytest.mark.usefixtures("toy")


def make(out, part=None, seeds=5, steps=6, **changes):
    protocol = make_protocol("quick", seeds, steps, None if part is None else parse_part(part))
    return launch(request(out, protocol=protocol, **changes), Watcher())


@given(st.integers(1, 60).flatmap(lambda seeds: st.tuples(st.just(seeds), st.integers(1, seeds))))
def test_parts_hold_every_seed_once_and_are_of_one_size(case):
    seeds, count = case
    parts = [Part(number, count).seeds(seeds) for number in range(1, count + 1)]
    assert list(chain(*parts)) == list(range(seeds))
    assert {len(part) for part in parts} <= {seeds // count, -(-seeds // count)}


@pytest.mark.parametrize("count", [1, 2, 5])
def test_joined_parts_are_the_run_that_one_piece_would_have_been(tmp_path, count):
    whole = make(tmp_path / "whole")
    parts = [make(tmp_path / "parts", f"{number}/{count}") for number in range(count, 0, -1)]
    assert parts[0].name == f"quick-5x6-part-{count}-of-{count}"
    joined = merge(parts, tmp_path / "joined")
    assert joined.relative_to(tmp_path / "joined") == whole.relative_to(tmp_path / "whole")
    assert log(joined) == log(whole)
    for name in ("final.jsonl", "checkpoint"):
        assert (joined / name).read_bytes() == (whole / name).read_bytes()
    found, expected = (json.loads((path / "manifest.json").read_text()) for path in (joined, whole))
    made_of = found.pop("parts")
    assert [part["seeds"] for part in made_of] == [Part(k + 1, count).seeds(5) for k in range(count)]
    for clock in ("created", "finished"):
        found.pop(clock), expected.pop(clock)
    assert found == expected
    assert list(found) == list(expected)
    watcher = Watcher()
    assert launch(request(tmp_path / "joined", 5, 6), watcher) == joined
    assert watcher.begun is None


def test_contexts_that_one_seed_rarely_meets_change_every_part_alike(tmp_path, monkeypatch):
    """Where contexts are too rare for one seed, all seeds are evaluated without regard to them, in parts too."""
    road = plugins.registry().environments["toll-road"].spec.load()
    create = road.__init__

    def rare(self, seeds, **options):
        create(self, seeds, **options)
        self.problem = replace(self.problem, context_space=spaces.Discrete(2))

    monkeypatch.setattr(road, "__init__", rare)
    monkeypatch.setattr(
        road, "contexts", lambda self, step: np.array([[step % (2 if seed else 300) == 0] for seed in self.seeds])
    )
    whole = make(tmp_path / "whole", seeds=3)
    joined = merge([make(tmp_path, f"{number}/3", seeds=3) for number in (1, 2, 3)], tmp_path)
    assert (joined / "final.jsonl").read_bytes() == (whole / "final.jsonl").read_bytes()


def test_the_folder_of_the_parts_may_hold_whole_runs_and_is_named_instead_of_them(tmp_path):
    for part in ("1/2", "2/2"):
        path = make(tmp_path, part)
    joined = merge([path.parent], tmp_path)
    before = (joined / "steps.jsonl").stat().st_mtime_ns
    assert merge([path.parent], tmp_path) == joined
    assert (joined / "steps.jsonl").stat().st_mtime_ns == before
    assert merge([path.parent], tmp_path, fresh=True) == joined
    assert (joined / "steps.jsonl").stat().st_mtime_ns != before
    make(tmp_path / "whole")
    with pytest.raises(InputError, match="is a finished run already; --fresh replaces it"):
        merge([path.parent], tmp_path / "whole")
    assert len(load_run(joined).steps) == 30


@pytest.mark.parametrize("last", ["steps.jsonl", "checkpoint", "final.jsonl", "manifest.json"])
def test_a_join_that_was_cut_short_is_repeated_or_continued(tmp_path, monkeypatch, last):
    parts = [make(tmp_path / "parts", part, seeds=2) for part in ("1/2", "2/2")]
    whole = make(tmp_path / "whole", seeds=2)

    def fail(path, content):
        if path.name == last:
            raise KeyboardInterrupt
        replace_file(path, content)

    for finish in (merge, lambda parts, out: make(out, seeds=2)):
        out = tmp_path / finish.__name__
        with monkeypatch.context() as patch:
            patch.setattr(merging, "replace_file", fail)
            with pytest.raises(KeyboardInterrupt):
                merge(parts, out)
        joined = finish(parts, out)
        assert log(joined) == log(whole)
        for name in ("final.jsonl", "checkpoint"):
            assert (joined / name).read_bytes() == (whole / name).read_bytes()


@pytest.mark.parametrize(
    ("others", "message"),
    [
        ([{"part": "2/2", "principal_options": ["radius=0.5"]}], r"principal.options.radius 0.2 and 0.5"),
        ([{"part": "2/2", "environment_options": ["days=9"]}], r"environment.options.days 40 and 9"),
        ([{"part": "2/2", "steps": 7}], r"protocol.steps 6 and 7"),
        ([{"part": "2/2", "seeds": 6}], r"seeds 5 and 6"),
        ([{"part": "2/3"}], r"parts 2 and 3"),
        ([], r"of 2 parts these are missing: 2 \(seeds 2, 3, 4\)"),
    ],
)
def test_parts_that_do_not_fit_are_refused_and_the_difference_is_named(tmp_path, others, message):
    paths = [make(tmp_path, "1/2")] + [make(tmp_path, **other) for other in others]
    with pytest.raises(InputError, match=message):
        merge(paths, tmp_path / "joined")
    assert not (tmp_path / "joined").exists()


def test_parts_of_other_versions_twice_the_same_and_unfinished_ones_are_refused(tmp_path):
    one, two = (make(tmp_path, part) for part in ("1/2", "2/2"))
    again = make(tmp_path / "again", "2/2")
    with pytest.raises(InputError, match="are both part 2 of 2"):
        merge([one, two, again], tmp_path)
    manifest = json.loads((again / "manifest.json").read_text())
    manifest["versions"]["numpy"] = "1.0.0"
    (again / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(InputError, match=r"not parts of one run: versions.numpy '[0-9.]+' and '1.0.0'"):
        merge([one, again], tmp_path)
    manifest = json.loads((two / "manifest.json").read_text())
    (two / "manifest.json").write_text(json.dumps({**manifest, "status": "running"}))
    with pytest.raises(InputError, match="is not finished; give its command again"):
        merge([one, two], tmp_path)
    with pytest.raises(InputError, match="no part of a run: this is a whole run"):
        merge([make(tmp_path)], tmp_path)


def test_a_part_counts_once_where_its_whole_run_is_there_too(tmp_path):
    one, two = (make(tmp_path, part) for part in ("1/2", "2/2"))
    lines: list[str] = []
    assert search([tmp_path], lines.append) == [one, two]
    whole = merge([one, two], tmp_path)
    other = make(tmp_path, "1/2", steps=7)
    assert lines == []
    assert search([tmp_path], lines.append) == [whole, other]
    assert [run.path for run in load_runs([tmp_path], lines.append)] == [whole, other]
    assert [run.path for run in policybench.load(tmp_path)] == [whole, other]
    assert len(lines) == 2
    assert lines[0].startswith("left out: 2 parts of whole runs that are here, too")
    assert search([tmp_path, two]) == [whole, two, other]
    assert search([one]) == [one]
    (whole / "manifest.json").write_text("damaged")
    assert search([tmp_path]) == [whole, one, two, other]


@pytest.mark.parametrize("text", ["0/3", "4/3", "1", "a/b", "1/2/3", "-1/3"])
def test_texts_that_name_no_part_are_refused(text):
    with pytest.raises(InputError, match=f"--part {text}: write N/M"):
        parse_part(text)


def test_more_parts_than_seeds_are_refused(tmp_path):
    with pytest.raises(InputError, match="--part 1/6: a run of 5 seeds has at most 5 parts"):
        make(tmp_path, "1/6")


def test_principals_that_share_between_seeds_say_so_and_are_not_split(tmp_path, monkeypatch):
    plugin = plugins.registry().principals["hill-climbing"]
    monkeypatch.setattr(plugin.spec.load(), "attach", lambda self, workspace: workspace.shared(object))
    with pytest.raises(ContractError, match="its spec must say shares_between_seeds=True"):
        make(tmp_path)
    spec = replace(plugin.spec, shares_between_seeds=True)
    monkeypatch.setitem(plugins.registry().principals, "hill-climbing", replace(plugin, spec=spec))
    make(tmp_path)
    with pytest.raises(InputError, match="--part 1/2: --principal hill-climbing shares something between"):
        make(tmp_path, "1/2")
