"""Exponentials, logarithms and powers: as exact as said, and of no operation that processors do differently."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from policybench.compiled import exponential, logarithm, power

UNIT = np.finfo(np.float64).eps


@given(st.floats(-708, 709))
def test_exponentials(x):
    assert exponential(x) == pytest.approx(math.exp(x), rel=2 * UNIT, abs=0)


@given(st.floats(1e-300, 1e300))
def test_logarithms(x):
    assert logarithm(x) == pytest.approx(math.log(x), rel=2 * UNIT, abs=2 * UNIT)


@given(st.floats(0.5, 2.0))
def test_logarithms_near_zero(x):
    assert logarithm(x) == pytest.approx(math.log(x), rel=3 * UNIT, abs=0)


@given(st.floats(1e-9, 1e9), st.floats(-8, 8))
def test_powers(x, exponent):
    units = 3 + 1.5 * abs(exponent * math.log(x))
    assert power(x, exponent) == pytest.approx(math.pow(x, exponent), rel=units * UNIT, abs=0)


def test_what_lies_outside_is_cut_off():
    assert exponential(-1e9) == exponential(-708.0) > 0
    assert exponential(1e9) == exponential(709.0) < math.inf
    assert (exponential(0.0), logarithm(1.0), power(7.0, 0.0)) == (1.0, 0.0, 1.0)


def test_the_same_bytes_whatever_instructions_the_processor_has():
    """No call leaves the function, and no product is fused with a sum: the code says what is rounded."""
    for function, arguments in ((exponential, (1.0,)), (logarithm, (1.5,)), (power, (1.5, 0.3))):
        function(*arguments)
        (code,) = function.inspect_asm().values()
        assert "vfmadd" not in code
        assert not [
            line for line in code.splitlines() if "call" in line and any(n in line for n in ("exp", "log", "pow"))
        ]
