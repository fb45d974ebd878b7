"""The fixtures of principals that are tried on a noisy quadratic."""

from noisy_quadratic import create, play, quadratic, revived

__all__ = ["create", "play", "quadratic", "revived"]
