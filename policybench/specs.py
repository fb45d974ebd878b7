"""Specs: how a plugin announces what it offers without importing what that needs to run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any

from policybench.options import Option
from policybench.relabelling.option import RELABEL, with_relabel

if TYPE_CHECKING:
    import numpy as np

    from policybench.environment import Environment
    from policybench.observer import Observer
    from policybench.principal import Principal
    from policybench.problem import Problem


@dataclass(frozen=True)
class _Spec:
    """What principals, environments, executors and observers announce.

    Attributes:
        name: as users type it: lower case, words joined by hyphens.
        description: one line for ``policybench list``.
        factory: the class, or ``"package.module:Class"``, which is imported only when it is used.
        options: its settings; the factory receives every one of them as a keyword.
        source: the paper or book that it comes from.
    """

    name: str
    description: str
    factory: str | Callable[..., Any]
    options: tuple[Option, ...] = ()
    source: str = ""

    def load(self) -> Callable[..., Any]:
        """The factory itself."""
        return _load(self.factory) if isinstance(self.factory, str) else self.factory

    def _complete(self, options: dict[str, Any]) -> dict[str, Any]:
        return {option.name: option.default for option in self.options} | options


@dataclass(frozen=True)
class PrincipalSpec(_Spec):
    """Announces a principal.

    Attributes:
        shares_between_seeds: whether the principals of a run share something (``Workspace.shared``), such as a
            budget of calls. Such a run is made in one piece; all others may be made in parts, by seeds.
    """

    shares_between_seeds: bool = False

    def create(self, problem: Problem, *, rng: np.random.Generator, **options: Any) -> Principal:
        """A principal for one seed; options that are not given take their defaults."""
        principal: Principal = self.load()(problem, rng=rng, **self._complete(options))
        return principal


@dataclass(frozen=True)
class EnvironmentSpec(_Spec):
    """Announces an environment.

    Attributes:
        options: its settings; the factory receives those that are given here. All environments have ``relabel``
            besides, which is added to them and concerns no factory.
        final_options: options that take other values while final recommendations are evaluated: more validation
            episodes, say, where a single one is noisy. They are kept in the manifest.
        why_not_overall: why leaderboards leave this environment out of the table over all environments, as the end
            of "it is left out because ..."; empty if it counts there. A variant of another environment, say, would
            make the same game count twice.
        why_no_leaderboard: why leaderboards take no run of this environment at all, as the end of "it has no
            leaderboard: ..."; empty if they do.
    """

    final_options: Mapping[str, Any] = field(default_factory=dict)
    why_not_overall: str = ""
    why_no_leaderboard: str = ""

    def __post_init__(self) -> None:
        """Add the option that all environments have."""
        object.__setattr__(self, "options", with_relabel(self.name, self.options))

    def create(self, seeds: Sequence[int], **options: Any) -> Environment:
        """An environment for a batch of seeds; options that are not given take their defaults."""
        own = self._complete(options)
        relabel = own.pop(RELABEL.name)
        environment: Environment = self.load()(seeds, **own)
        if relabel is None:
            return environment
        from policybench.relabelling.environment import RelabelledEnvironment

        return RelabelledEnvironment(environment, relabel)


@dataclass(frozen=True)
class ExecutorSpec(_Spec):
    """Announces an executor, which has parts of runs made elsewhere."""

    def create(self, **options: Any) -> Any:
        """A ``policybench.executors.Executor``; options that are not given take their defaults."""
        return self.load()(**self._complete(options))


@dataclass(frozen=True)
class ObserverSpec(_Spec):
    """Announces an observer, which is told how runs go: the option ``--observe NAME`` of ``policybench run``."""

    def create(self, **options: Any) -> Observer:
        """An observer of one run; options that are not given take their defaults."""
        observer: Observer = self.load()(**self._complete(options))
        return observer


@dataclass(frozen=True)
class CommandSpec:
    """Announces a command of ``policybench``.

    Attributes:
        name: as users type it: lower case, words joined by hyphens.
        description: one line for ``policybench --help``.
        command: ``"package.module:attribute"``, a ``click.Command``, which is imported only when it is used.
    """

    name: str
    description: str
    command: str

    def load(self) -> Any:
        """The command itself, a ``click.Command``."""
        return _load(self.command)


def _load(place: str) -> Any:
    module, _, attribute = place.partition(":")
    return getattr(import_module(module), attribute)
