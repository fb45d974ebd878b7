"""Small games, each with one habit that games of strangers have; ``ODD`` holds them by name."""

from odd_games import attendance, luck, masks, observations, returned
from odd_games.plain import ODD, Plain, odd_environment

__all__ = ["ODD", "Plain", "attendance", "luck", "masks", "observations", "odd_environment", "returned"]
