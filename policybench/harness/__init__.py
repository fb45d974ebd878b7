"""A run, from names and options to a finished folder.

``launch`` begins, continues or finds a run, ``plan`` makes all that it needs, ``runner`` is the evaluation loop,
``panel`` holds the principals, one a seed, ``filling`` supplies the steps after a search has ended, and
``concurrency`` asks several principals at once. ``observing`` tells observers how
it goes, and ``observer_options`` makes those that a user names.
"""
