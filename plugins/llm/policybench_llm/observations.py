"""What a principal observed, in few numbers: whatever the environment, whatever the shapes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from policybench import Array, Floats

SHOWN = 10
"""Numbers that are shown as they are; of more, so many samples."""


def summarise(observation: Mapping[str, Array]) -> dict[str, str]:
    """A line of words and numbers for each entry of an observation, by name."""
    return {name: summarise_array(np.asarray(values)) for name, values in observation.items()}


def summarise_array(values: Array) -> str:
    """Few numbers as they are; of many their mean, range, first and last, and equidistant samples.

    An array of more than one dimension is a series of its rows' means.

    >>> summarise_array(np.array(0.25))
    '0.25'
    >>> summarise_array(np.array([1.0, 2.5]))
    '1, 2.5'
    >>> summarise_array(np.arange(100.0))
    'mean 49.5, lowest 0, highest 99, first 0, last 99; 10 samples in order: 0, 11, 22, 33, 44, 55, 66, 77, 88, 99'
    """
    numbers = np.asarray(values, dtype=np.float64)
    if numbers.size <= SHOWN:
        return _listed(numbers.ravel()) if numbers.size else "nothing"
    text = f"mean {numbers.mean():.4g}, lowest {numbers.min():.4g}, highest {numbers.max():.4g}"
    series = numbers if numbers.ndim == 1 else numbers.reshape(len(numbers), -1).mean(axis=1)
    if len(series) <= SHOWN:
        return f"{text}; means of its {len(series)} rows: {_listed(series)}"
    places = np.linspace(0, len(series) - 1, SHOWN).round().astype(int)
    rows = "" if numbers.ndim == 1 else " of rows' means"
    samples = f"{SHOWN} samples{rows} in order: {_listed(series[places])}"
    return f"{text}, first {series[0]:.4g}, last {series[-1]:.4g}; {samples}"


def _listed(numbers: Floats) -> str:
    return ", ".join(f"{number:.4g}" for number in numbers)
