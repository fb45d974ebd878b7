"""Options that principals with networks have in common, under the names by which error messages call them.

>>> from policybench import PrincipalSpec
>>> PrincipalSpec("mine", "A network.", "mine:Principal", (OBSERVE, DEVICE)).options[0].name
'observe'
"""

from __future__ import annotations

from policybench.options import Option

OBSERVE = Option("observe", bool, True, "Whether it sees the last outcome's observation, or only ones.")
"""For ``Encoder``."""

UNBOUNDED = Option("unbounded", str, "omit", "Observed numbers without finite bounds.", choices=("omit", "symlog"))
"""For ``Encoder``."""

MAX_INPUTS = Option("max_inputs", int, 1024, "Most observed numbers; longer series are thinned.", minimum=1)
"""For ``Encoder``."""

DEVICE = Option("device", str, "cpu", "Where torch computes: cpu, cuda, cuda:1, mps.")
"""For ``checked_device``."""
