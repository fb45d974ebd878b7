"""Figures of finished and unfinished runs, for papers and talks; ``policybench plot`` writes them.

One file a kind of figure, each a function from runs to a Matplotlib figure: ``learning_curves``,
``actions_over_time``, ``performance_profile``, ``runtime_ecdf``; ``kinds`` lists them by name, and
``landscape_slices`` draws payoff landscapes. ``canvas`` is what all figures share, ``palette`` the colours of
principals, ``dimensions`` the names of an action's numbers, and ``series`` thins long runs to what can be seen.
``animation`` writes pictures of episodes.
"""
