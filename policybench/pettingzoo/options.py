"""How the followers of a PettingZoo game learn: their settings, and these as options of a spec."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from policybench.errors import InputError, nearest
from policybench.followers.settings import PPOSettings
from policybench.options import Option

_PPO = PPOSettings()


class FollowerSettings(NamedTuple):
    """Settings of followers; those below ``device`` are PPO's (``policybench.followers.settings``).

    Attributes:
        training_episodes: that followers learn from in a principal step.
        validation_episodes: that the payoff is the mean of.
        games: episodes that are played side by side and learned from together, in one update.
        workers: processes, beside this one, that step some of these games; 0: none; None: as many as there are
            cores, if that is found to be faster (``placement``). Outcomes are the same bytes.
        episode_steps: an episode that is longer is cut off, as if the game had truncated it.
        hidden: width of the core's and the trunk's layers.
        core: ``learned``, or ``frozen``: only what comes after the core's features learns.
        weights: file with starting weights (``network.save_weights``); None: random, by seed.
        sees_index: whether a follower is told, as a one-hot vector, which of the agents it is.
        sees_action: whether followers are told the principal's action.
        normalises_returns: whether the critic counts in units of the returns seen so far, so that rewards may have
            any size.
        device: where torch computes.
    """

    training_episodes: int = 20
    validation_episodes: int = 1
    games: int = 1
    workers: int | None = None
    episode_steps: int = 1000
    hidden: int = 64
    core: str = "learned"
    weights: str | None = None
    sees_index: bool = True
    sees_action: bool = True
    normalises_returns: bool = True
    device: str = "cpu"
    learning_rate: float = _PPO.learning_rate
    adam_epsilon: float = _PPO.adam_epsilon
    discount: float = _PPO.discount
    gae_lambda: float = _PPO.gae_lambda
    epochs: int = _PPO.epochs
    minibatch: int = _PPO.minibatch
    clip: float = _PPO.clip
    value_clip: float | None = None
    value_coefficient: float = _PPO.value_coefficient
    entropy_coefficient: float = _PPO.entropy_coefficient
    max_gradient_norm: float = _PPO.max_gradient_norm

    def ppo(self) -> PPOSettings:
        """Those of PPO; without ``value_clip`` values may move freely, as rewards may have any size."""
        chosen = {name: getattr(self, name) for name in PPOSettings._fields}
        if self.value_clip is None:
            chosen["value_clip"] = float("inf")
        return PPOSettings(**chosen)


def check_settings(settings: FollowerSettings) -> None:
    """Raise ``InputError`` for the first setting that has no allowed value."""
    for option in follower_options():
        value = getattr(settings, option.name)
        if value is None and option.default is None:
            continue
        low, high = option.minimum, option.maximum
        wrong = (low is not None and value < low) or (high is not None and value > high) or value != value
        if wrong or (option.choices and value not in option.choices):
            raise InputError(f"{option.name}: {value!r}; it takes {option.allowed()}.")


_SHARED = ("training_episodes", "validation_episodes", "games", "workers", "episode_steps", "device")
"""Settings that are the same in all roles."""


def of_roles(
    settings: FollowerSettings, roles: Mapping[str, Mapping[str, Any]], names: Sequence[str]
) -> dict[str, FollowerSettings]:
    """The settings of each role.

    Args:
        settings: that hold where a role has no others.
        roles: what differs, by role.
        names: of the roles.

    Raises:
        InputError: there is no such role or setting, or a value is not allowed.
    """
    own = [name for name in FollowerSettings._fields if name not in _SHARED]
    for role, changes in roles.items():
        if role not in names:
            raise InputError(f"roles: no role {role!r}.{nearest(role, names)} There are {', '.join(names)}.")
        for name in changes:
            if name not in own:
                raise InputError(f"roles: {role}: no setting {name!r} of its own; it may have {', '.join(own)}.")
    chosen = {name: settings._replace(**roles.get(name, {})) for name in names}
    for each in chosen.values():
        check_settings(each)
    if settings.weights is not None and len(names) > 1:
        raise InputError(
            f"weights: {settings.weights}; followers have the roles {', '.join(names)}, and each needs weights of "
            "its own: roles={...}."
        )
    return chosen


def follower_options(**defaults: Any) -> tuple[Option, ...]:
    """The settings as options of an ``EnvironmentSpec``.

    Args:
        defaults: where they differ from those of ``FollowerSettings``.

    Raises:
        InputError: a default is for no setting.

    >>> [option.default for option in follower_options(training_episodes=7)][0]
    7
    """
    for name in defaults:
        if name not in FollowerSettings._fields:
            raise InputError(
                f"follower_options: no setting {name!r}.{nearest(name, FollowerSettings._fields)} "
                f"There are {', '.join(FollowerSettings._fields)}."
            )
    values = FollowerSettings(**defaults)

    def option(name: str, kind: Any, text: str, **limits: Any) -> Option:
        return Option(name, kind, getattr(values, name), text, **limits)

    return (
        option("training_episodes", int, "Episodes that followers learn from in a principal step.", minimum=0),
        option("validation_episodes", int, "Episodes that the payoff is the mean of.", minimum=1),
        option("games", int, "Episodes played side by side, from which followers learn together.", minimum=1),
        option("workers", int, "Processes that step games beside this one; by default what is faster.", minimum=0),
        option("episode_steps", int, "Game steps after which an episode is cut off.", minimum=1),
        option("hidden", int, "Width of the followers' layers.", minimum=1),
        option("core", str, "Whether what sees learns too, or only what decides.", choices=("learned", "frozen")),
        option("weights", str, "File with the followers' starting weights; by default random, by seed."),
        option("sees_index", bool, "Whether a follower is told which of the agents it is."),
        option("sees_action", bool, "Whether followers are told the principal's action."),
        option("normalises_returns", bool, "Whether the critic counts in units of the returns so far."),
        option("device", str, "Where torch computes: cpu, cuda, ... Equal bytes are only promised for cpu."),
        option("learning_rate", float, "PPO: step size of Adam.", minimum=0),
        option("adam_epsilon", float, "PPO: what Adam adds to the root of the second moment.", minimum=0),
        option("discount", float, "PPO: gamma, a game step.", minimum=0, maximum=1),
        option("gae_lambda", float, "PPO: lambda of generalised advantage estimation.", minimum=0, maximum=1),
        option("epochs", int, "PPO: passes over the samples of an update.", minimum=1),
        option("minibatch", int, "PPO: samples of one gradient step at most.", minimum=2),
        option("clip", float, "PPO: how far the probability ratio may leave 1.", minimum=0),
        option("value_clip", float, "PPO: how far a value may move in an update; by default freely.", minimum=0),
        option("value_coefficient", float, "PPO: weight of the value loss.", minimum=0),
        option("entropy_coefficient", float, "PPO: weight of the entropy bonus.", minimum=0),
        option("max_gradient_norm", float, "PPO: longer gradients are shortened to this.", minimum=0),
    )
