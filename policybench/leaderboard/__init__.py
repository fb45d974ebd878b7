"""Leaderboards: finished runs, packed so that a stranger can check them, and the tables made from them."""
