"""Payoff landscapes: what many actions of an environment pay, measured, kept on disk, and read back.

A landscape is a folder with two files. ``landscape.json`` names the environment with its options, the actions
and the seeds; ``payoffs.jsonl`` has a line for each action, seed and step. All actions are evaluated with the
same luck, so that a difference between two of them is not one of luck.

``design`` chooses the actions, ``contexts`` finds the contexts that they are set in, ``measuring`` evaluates
them, ``records`` is the format of the two files, and ``reading`` reads them. ``reference`` measures what random
actions and the best known action pay, and ``evaluations`` keeps what it evaluated.
"""

from policybench.landscape.design import Design
from policybench.landscape.measuring import measure
from policybench.landscape.reading import Landscape, load_landscape

__all__ = ["Design", "Landscape", "load_landscape", "measure"]
