"""Accounting: the paper's against its released code, ours against a plain description."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from policybench import InputError
from policybench_cleanup.incentives import (
    ACCOUNTINGS,
    APPLES,
    PAPER,
    apples_regrown,
    check_accounting,
    check_incentives,
    incentive_step,
)


def account(accounting, incentives, game_rewards, cleaned):
    """Agent rewards, raw rewards, and the account of one step."""
    eaten = np.asarray(game_rewards, dtype=np.float32)
    raw, rewards = np.full((2, len(eaten)), np.nan, dtype=np.float32)
    sums = incentive_step(
        accounting,
        np.asarray(incentives, dtype=np.float32),
        eaten,
        np.asarray(cleaned, dtype=np.int8),
        raw,
        rewards,
    )
    return rewards, raw, sums


def test_the_papers_accounting_agrees_with_its_code():
    with np.load(Path(__file__).parent / "traces" / "incentive_reference.npz") as reference:
        before, total = 122, 0.0
        for s in range(len(reference["live_apples"])):
            eaten, after = reference["engine_rewards"][s], int(reference["live_apples"][s])
            rewards, raw, sums = account(PAPER, reference["incentives"], eaten, reference["player_cleaned"][s])
            np.testing.assert_allclose(rewards, reference["agent_rewards"][s], rtol=0, atol=2e-7)
            np.testing.assert_array_equal(raw, reference["raw_rewards_after_transform"][s])
            assert sums.n_cleaned == reference["num_cleaned"][s]
            assert (rewards - raw).sum() == pytest.approx(reference["total_incentive"][s], abs=1e-5)
            assert apples_regrown(PAPER, 0, before, after, eaten) == reference["apples_regrown"][s]
            total += sums.payoff
            before = after
        assert total == pytest.approx(reference["raw_rewards_after_transform"].sum(dtype=np.float64))


@pytest.mark.parametrize(
    ("accounting", "eaten", "hits", "raw", "earns", "counts", "payoff"),
    [
        # A follower eats an apple, or is paid for it twice.
        (APPLES, 1, 0, 0.1, 0, 0, 1),
        (APPLES, 2, 0, 0.2, 0, 0, 2),
        (PAPER, 1, 0, 0.1, 0, 0, 0.1),
        (PAPER, 2, 0, 2.0, None, 0, 2),
        # It hits one to three pieces of dirt.
        (APPLES, 0, 1, -1.0, 1, 1, 0),
        (APPLES, 0, 3, -1.0, 1, 1, 0),
        (PAPER, 0, 1, -1.0, 1, 1, -1),
        (PAPER, 0, 2, 0.0, 2, 0, 0),
        # It does both in one step: eating comes first.
        (APPLES, 1, 2, 0.1, 0, 0, 1),
        (PAPER, 1, 1, 0.1, 0, 0, 0.1),
        # Or neither.
        (APPLES, 0, 0, 0.0, 2, 0, 0),
        (PAPER, 0, 0, 0.0, 2, 0, 0),
    ],
)
def test_what_followers_get(accounting, eaten, hits, raw, earns, counts, payoff):
    incentives = (0.5, 1.5, 0.25)
    rewards, raw_rewards, sums = account(accounting, incentives, [eaten], [hits])
    assert raw_rewards[0] == pytest.approx(raw)
    assert rewards[0] == pytest.approx(raw + (0 if earns is None else incentives[earns]))
    assert sums.n_cleaned == counts
    assert sums.payoff == pytest.approx(payoff)


@given(
    st.sampled_from([APPLES, PAPER]),
    st.lists(st.floats(0, 3), min_size=3, max_size=3),
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 3)), min_size=1, max_size=7),
)
def test_players_are_accounted_for_one_by_one(accounting, incentives, steps):
    eaten, hits = zip(*steps, strict=True)
    rewards, raw, sums = account(accounting, incentives, eaten, hits)
    alone = [account(accounting, incentives, [e], [h]) for e, h in steps]
    assert rewards.tolist() == [one[0][0] for one in alone]
    assert raw.tolist() == [one[1][0] for one in alone]
    assert sums.n_cleaned == sum(one[2].n_cleaned for one in alone)
    assert sums.payoff == pytest.approx(sum(one[2].payoff for one in alone))
    assert sums.payoff == pytest.approx(sum(eaten) if accounting == APPLES else raw.sum(dtype=np.float64))


def test_regrown_apples():
    """Two grew; one was eaten, by a player that was paid twice: the released code sees one too few."""
    eaten = np.array([2, 0], dtype=np.float32)
    assert apples_regrown(APPLES, 2, 10, 11, eaten) == 2
    assert apples_regrown(PAPER, 2, 10, 11, eaten) == 1


def test_names():
    assert [check_accounting(name) for name in ACCOUNTINGS] == [APPLES, PAPER]
    with pytest.raises(InputError, match="accounting: 'papr'; allowed are 'apples' and 'paper'"):
        check_accounting("papr")


@pytest.mark.parametrize("wrong", [(0, 0), (0, 0, 3.1), (-0.1, 0, 0), (0, 0, float("nan")), ((0, 0, 0),)])
def test_bad_incentives(wrong):
    with pytest.raises(InputError, match=r"incentives: .*; 3 incentives from 0 to 3\."):
        check_incentives(wrong)


def test_incentives_are_single_precision_like_the_original():
    assert check_incentives([0, 1.6, 3]).dtype == np.float32
