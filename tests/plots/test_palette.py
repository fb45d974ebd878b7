"""Colours of principals: fixed for those of the leaderboard, by name for others, and never two lines alike."""

from itertools import combinations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from policybench.plots.palette import COLOURS, DASHES, styles

RANKED = (
    *("ai-economist", "cma-es", "epsilon-greedy", "gp-bo", "metagrad", "optuna-gp"),
    *("random", "sobol", "thompson", "tpe", "ucb"),
)
names = st.sampled_from([*RANKED, "llm", "fixed"]) | st.text(min_size=1, max_size=5)


def alone(name):
    return styles([(name, name)])[name, name]


def test_principals_of_the_leaderboard_have_colours_that_nobody_else_gets():
    own = {alone(name).colour for name in RANKED}
    others = {alone(f"principal-{number}").colour for number in range(100)}
    assert len(own) == len(RANKED)
    assert not own & others
    assert own | others == set(COLOURS)


@given(st.lists(names, unique=True, max_size=40))
def test_a_principal_keeps_its_colour_and_shares_no_style(chosen):
    together = styles([(name, name) for name in chosen])
    assert len(set(together.values())) == len(chosen)
    by_colour = {}
    for name in chosen:
        by_colour.setdefault(alone(name).colour, []).append(name)
    for colour, members in by_colour.items():
        if len(members) <= len(DASHES):
            assert {together[name, name].colour for name in members} == {colour}


def test_variants_are_told_apart_by_dashes_and_in_the_end_by_colours():
    few = styles([("ucb", f"ucb-c={number}") for number in range(4)])
    assert len({style.colour for style in few.values()}) == 1
    assert len(set(few.values())) == 4
    many = styles([("ucb", f"ucb-c={number}") for number in range(64)])
    assert len(set(many.values())) == 64
    assert len(styles([("ucb", f"ucb-c={number}") for number in range(70)])) == 70


SIGHTS = {  # Machado, Oliveira and Fernandes (2009), severity 1, on linear RGB
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.01182, 0.04294, 0.968881),
    ),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "common sight": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
}


def linear(colour):
    srgb = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


def lab(colour, sight):
    """CIELAB coordinates of a colour as somebody of this sight sees it."""
    seen = (np.array(SIGHTS[sight]) @ linear(colour)).clip(0, 1)
    to_xyz = [[0.4125, 0.3576, 0.1804], [0.2127, 0.7152, 0.0722], [0.0193, 0.1192, 0.9503]]
    x, y, z = np.cbrt(np.array(to_xyz) @ seen / [0.9505, 1, 1.0888])
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def test_principals_of_the_leaderboard_are_told_apart_by_colour_blind_people():
    for one, other in combinations(map(alone, RANKED), 2):
        for sight in SIGHTS:
            apart = np.linalg.norm(lab(one.colour, sight) - lab(other.colour, sight))
            assert apart > 13 or one.dash != other.dash, (one, other, sight)


def test_lines_are_seen_on_both_themes():
    def luminance(colour):
        return linear(colour) @ [0.2126, 0.7152, 0.0722]

    for colour in COLOURS:
        for paper in ("#ffffff", "#14161a"):
            dark, light = sorted([luminance(colour), luminance(paper)])
            assert (light + 0.05) / (dark + 0.05) > 2.4
