"""From recorded rows to numbers.

``metrics`` defines what a run is scored by, ``statistics`` estimates over seeds and environments, ``curve`` holds
the recorded rows of a seed, ``scores`` turns rows into scores, ``summary`` is a run in a few numbers, and
``comparison`` holds two runs against each other.
"""
