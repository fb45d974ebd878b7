"""The site: pages made from the repository's documents, plugins and leaderboards; nothing is copied by hand.

``hooks`` is what MkDocs calls. ``places`` says which document becomes which page, ``documents`` makes pages of
Markdown files, ``gallery`` one of each environment and each principal, ``curves`` the pictures on the latter,
``interface`` pages of the public modules, ``leaderboards`` the tables and curves, with the templates and scripts
beside it; ``navigation`` is the menu.
``.ci/site`` builds all of it.
"""
