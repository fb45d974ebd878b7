"""A report of runs: static pages that open from disk, without a network.

``build`` puts the pages together. ``runs`` reads what they are about, ``installed`` asks the plugins that are
installed here what an environment says about itself, ``figures`` makes the interactive pictures, ``episodes``
the moving ones, ``transcripts`` reads the calls of language models; ``site`` writes the folder. Pages are
Jinja2 templates that escape everything.
"""
