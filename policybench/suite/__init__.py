"""A whole benchmark: several principals on several environments, carried out by an executor.

``comparison`` is what a user asks for, ``comparison_file`` its file. ``plan`` expands it to runs, and ``estimate``
says how long they take and what they cost. ``driver`` carries them out: it owns their folders, each ``piece`` of a
run is one work for an executor, ``progress`` is where a run stands, and ``view`` shows it, with ``durations`` in
words. ``named`` reads the runs with the names that the comparison gives them.
"""
