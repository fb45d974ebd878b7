"""The fixtures of principals that are tried on a noisy quadratic."""

from noisy_quadratic import cli, create, log, play, quadratic, revived

__all__ = ["cli", "create", "log", "play", "quadratic", "revived"]
