"""Writes new plugins: distributions that install, run and conform, with an example in the place of the method.

``names`` judges what a plugin may be called, ``project`` fills the templates, ``writing`` puts the files where
they belong, all or none. What is written stands in ``templates``: ``every`` for all kinds, then a folder a kind;
in names of files MODULE stands for the plugin's name. ``parts`` holds parts of files, and what is printed at the
end.
"""
