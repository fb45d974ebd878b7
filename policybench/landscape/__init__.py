"""Payoff landscapes: what many actions pay, measured, kept on disk, and read back.

A landscape is a folder with two files. ``landscape.json`` says of which environment, of which actions and seeds;
``payoffs.jsonl`` has a line an action, seed and step. All actions are evaluated with the same luck: differences
between them are not differences of luck.
"""

from policybench.landscape.design import Design
from policybench.landscape.measuring import measure
from policybench.landscape.reading import Landscape, load_landscape

__all__ = ["Design", "Landscape", "load_landscape", "measure"]
