"""Runs as tables for other people's tools: pandas, R, DuckDB, spreadsheets.

``schema`` lists the columns with their meanings and the version; ``docs/data.md`` shows them. ``steps`` makes the
table of recorded steps or of final evaluations, ``results`` the one of runs, ``facts`` what both say of a run.
``writing`` writes CSV and Parquet.
"""
