"""A run, from names and options to a finished folder.

``launch`` makes a run of names and options, ``runner`` is the evaluation loop, ``panel`` holds the principals, one
a seed, ``filling`` supplies the steps after a search has ended, ``concurrency`` asks several principals at once,
and ``sharded`` spreads an environment over threads.
"""
