"""Which principal steps belong to whom.

An environment draws its luck anew for each seed and principal step (``policybench.streams``). Measurements that
must not repeat the luck of any run therefore have steps of their own, and no run may reach into them.
"""

from __future__ import annotations

RUNS = range(1_000_000)
"""Steps of runs, the evaluations of their final recommendations included."""

REFERENCES = range(RUNS.stop, 3_000_000)
"""Steps at which floor and ceiling of an environment are measured."""

LANDSCAPES = range(REFERENCES.stop, 4_000_000)
"""Steps at which landscapes are measured."""
