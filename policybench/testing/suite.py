"""Puts the checks of one plugin together."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from policybench.plugins import registry
from policybench.specs import EnvironmentSpec, PrincipalSpec
from policybench.testing import environments, principals
from policybench.testing.check import Check
from policybench.testing.environments import EnvironmentSubject
from policybench.testing.explanations import demand, name_of
from policybench.testing.principals import PrincipalSubject

Subject = TypeVar("Subject")


def principal_checks(principal: str | PrincipalSpec, **options: Any) -> list[Check]:
    """The checks of a principal.

    Args:
        principal: its name, as in ``policybench list``, or the spec of one that is not installed.
        options: values of its options; the others have their defaults.

    Raises:
        InputError: no principal of that name is installed.
    """
    spec = registry().principal(principal).spec if isinstance(principal, str) else principal
    return _bound(principals.CHECKS, PrincipalSubject(spec, options))


def environment_checks(environment: str | EnvironmentSpec, **options: Any) -> list[Check]:
    """The checks of an environment, on a batch of five seeds.

    Args:
        environment: its name, as in ``policybench list``, or the spec of one that is not installed.
        options: values of its options; the others have their defaults. Choose small budgets of learning, if they
            are options: the checks evaluate some forty principal steps of one seed, and some hundreds if it
            offers a gradient.

    Raises:
        InputError: no environment of that name is installed.
    """
    spec = registry().environment(environment).spec if isinstance(environment, str) else environment
    return _bound(environments.CHECKS, EnvironmentSubject(spec, options), _closed)


def _closed(check: Callable[[EnvironmentSubject], None], subject: EnvironmentSubject) -> None:
    """Run a check, and close the instances that it made."""
    try:
        check(subject)
    finally:
        subject.close()


def _bound(
    checks: tuple[Callable[[Subject], None], ...],
    subject: Subject,
    around: Callable[[Callable[[Subject], None], Subject], None] | None = None,
) -> list[Check]:
    """The checks of a subject; ``around`` calls each."""
    return [
        Check(
            name_of(check), demand(check), partial(around, check, subject) if around else partial(check, subject)
        )
        for check in checks
    ]
