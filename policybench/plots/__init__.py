"""Figures of finished and unfinished runs, for papers and talks; ``policybench plot`` writes them.

One module a kind of figure, each a function from runs to a Matplotlib figure; ``canvas`` is what they share.
"""
