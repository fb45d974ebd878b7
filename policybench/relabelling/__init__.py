"""Relabelled actions: ``-e relabel=SEED`` gives each seed of a run the same game with other numbers to set.

The dimensions of the action are permuted and some are mirrored within their bounds, for each seed in another way,
and the prose is changed so that it stays true. What a principal understands of the task helps as before; what it
remembers of good actions does not.

``option`` declares the option of all environments, ``mapping`` is the change of numbers, ``prose`` that of the
words, ``environment`` wraps the game, and ``runs`` translates recorded actions back.
"""
