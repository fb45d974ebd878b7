"""Leaderboards: finished runs, packed so that a stranger can check them, and the tables made from them.

``schema`` is a submission's format, ``packing`` makes one from a run, ``digest`` hashes it, ``reading`` reads
one that nobody vouches for, and ``folder`` finds and reads all. ``checks`` asks whether a submission agrees
with itself; ``checks_environment`` compares it with the installed environment, ``checks_filled`` looks at rows
after the end of a search, ``checks_identity`` at who made it and when. ``verification`` evaluates rows again,
after ``platforms`` has said whether this machine computes the same bytes; ``command`` is how to repeat the
whole run. ``transcripts`` are packed beside the submissions of services, and ``replaying`` compares what they lead
to. ``unpacking`` makes runs of submissions again, for figures.
``scoring`` measures submissions, ``boards`` ranks them, ``tables`` prints ranks in every format, and
``pages`` makes Markdown pages of them. ``text`` shows what strangers wrote safely, and ``writing`` writes files
in the leaderboards' folder alone.
"""
