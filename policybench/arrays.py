"""The types of arrays in this package's signatures; what their axes mean is said where they are used."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
"""An array of any type of number: a context, an observation, a picture."""

Floats = NDArray[np.floating[Any]]
"""An array of real numbers: an action, payoffs, a gradient."""
