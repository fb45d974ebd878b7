"""Submissions of runs that were joined from parts, which several machines may have made at the same time."""

from __future__ import annotations

import json
from datetime import timedelta

import numpy as np
import pytest
from toy_runs import Watcher, request

from policybench import InputError
from policybench.harness.launch import launch
from policybench.leaderboard import verification
from policybench.leaderboard.checks import check_content
from policybench.leaderboard.checks_identity import check_identity
from policybench.leaderboard.digest import digest
from policybench.leaderboard.packing import pack
from policybench.leaderboard.schema import Submission
from policybench.leaderboard.verification import Verdict
from policybench.parts import Part
from policybench.protocol import make_protocol
from policybench.store.merging import merge

pytestmark = pytest.mark.usefixtures("toy")


@pytest.fixture
def content(tmp_path):
    """A joined run of two parts, packed, as JSON."""
    for number in (1, 2):
        protocol = make_protocol("quick", 4, 8, Part(number, 2))
        part = launch(request(tmp_path, protocol=protocol), Watcher())
    with pytest.raises(InputError, match="is a part of a run; join all of them with policybench merge"):
        pack(part)
    return pack(merge([part.parent], tmp_path)).model_dump(mode="json")


def sealed(content):
    content["sha256"] = digest(content)
    submission = Submission.model_validate_json(json.dumps(content))
    check_content("x", submission)
    return submission


def text(time):
    return time.isoformat().replace("+00:00", "Z")


def verify(content):
    return verification.verify("x", sealed(content), np.random.default_rng(1), 1, n_final=None, n_steps=None)


def test_rows_of_a_seed_are_held_against_the_platform_that_made_it(content):
    assert verify(content).verdict is Verdict.VERIFIED
    content["manifest"]["parts"][0]["machine"]["libc"] = "musl 1.2"
    content["final"][1]["payoffs"][0] -= 1e-9
    found = verify(content)
    assert found.verdict is Verdict.NOT_REPRODUCED
    assert found.platform[0].startswith("C library musl 1.2, here ")
    content["final"][2]["payoffs"][0] -= 1e-9
    found = verify(content)
    assert found.verdict is Verdict.REFUTED
    assert found.conclusion.startswith("1 of 132 rows differ on the same kind of platform")


def test_parts_made_at_the_same_time_may_take_more_seconds_than_passed(content):
    content["costs"]["seconds"] = 190.0
    with pytest.raises(InputError, match=r"costs.seconds: is 190, which does not fit"):
        check_identity("x", sealed(content))
    begun = sealed(content).manifest.created
    early = text(begun - timedelta(seconds=100))
    content["manifest"]["created"] = early
    for part in content["manifest"]["parts"]:
        part["created"] = early
    check_identity("x", sealed(content))
    content["manifest"]["created"] = text(begun)
    with pytest.raises(InputError, match=r"manifest.parts: a part was not made between created and finished"):
        check_identity("x", sealed(content))


def test_parts_hold_every_seed_once(content):
    content["manifest"]["parts"][0]["seeds"] = [0]
    with pytest.raises(InputError, match=r"manifest.parts: must hold every seed"):
        sealed(content)
