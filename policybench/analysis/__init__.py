"""From recorded rows to numbers.

``metrics`` defines what a seed is measured by, ``curves`` holds the recorded rows, ``scores`` is what a run is
measured by, ``summary`` adds what it was and what it cost. ``statistics`` estimates over seeds, ``aggregates``
over environments; ``ranking`` puts several runs in order, ``comparison`` holds two against each other, and
``formats`` writes estimates as text.
"""
