"""Options that principals with networks have in common, under the names by which error messages call them.

>>> from policybench import PrincipalSpec
>>> PrincipalSpec("mine", "A network.", "mine:Principal", (OBSERVE, DEVICE)).options[0].name
'observe'
"""

from __future__ import annotations

from policybench.options import Option

OBSERVE = Option("observe", bool, True, "Whether it sees the last outcome's observation, or only ones.")
"""The option that turns observations off; its value goes to ``Encoder``."""

UNBOUNDED = Option("unbounded", str, "omit", "Observed numbers without finite bounds.", choices=("omit", "symlog"))
"""The option that says what becomes of observed numbers without finite bounds; its value goes to ``Encoder``."""

MAX_INPUTS = Option("max_inputs", int, 1024, "Most observed numbers; longer series are thinned.", minimum=1)
"""The option that limits the inputs of a network; its value goes to ``Encoder``."""

DEVICE = Option("device", str, "cpu", "Where torch computes: cpu, cuda, cuda:1, mps.")
"""The option that names the device; its value goes to ``checked_device``."""
