from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from policybench import streams
from policybench.compiled import integer, next_raw, uniform

keys = st.tuples(st.integers(0, 2**40), st.integers(0, 2**31), st.sampled_from(["game", "action", "shuffle"]))


@settings(deadline=None)  # the first example compiles
@given(keys)
def test_the_compiled_stream_is_numpys(key):
    reference = np.random.Generator(np.random.SFC64(streams.sequence(*key)))
    stream = streams.kernel_stream(*key)
    assert [uniform(stream) for _ in range(20)] == list(reference.random(20))
    assert next_raw(stream) == reference.bit_generator.random_raw()


@given(keys, keys)
def test_streams_differ_if_any_part_of_the_key_does(one, other):
    same = np.array_equal(streams.kernel_stream(*one), streams.kernel_stream(*other))
    assert same == (one == other)


def test_episodes_of_a_step_have_streams_of_their_own():
    drawn = {streams.generator(0, 0, "game", episode, game).random() for episode in range(5) for game in range(5)}
    assert len(drawn) == 25


def test_integers_are_uniform():
    stream = streams.kernel_stream(0, 0, "test")
    counts = np.bincount([integer(stream, 7) for _ in range(70_000)], minlength=7)
    assert len(counts) == 7
    assert ((counts - 10_000) ** 2 / 10_000).sum() < 22.5  # chi-square, 6 degrees of freedom, p = 0.001
