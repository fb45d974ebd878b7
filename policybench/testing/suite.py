"""Puts the checks of one plugin together."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from policybench.plugins import registry
from policybench.testing import environments, principals
from policybench.testing.check import Check
from policybench.testing.governing import GovernedSubject
from policybench.testing.principals import PrincipalSubject

Subject = TypeVar("Subject")


def principal_checks(name: str, **options: Any) -> list[Check]:
    """The checks of an installed principal.

    Args:
        name: as in ``policybench list``.
        options: values of its options; the others have their defaults.

    Raises:
        InputError: no principal of that name is installed.
    """
    return _bound(principals.CHECKS, PrincipalSubject(registry().principal(name).spec, options))


def environment_checks(name: str, **options: Any) -> list[Check]:
    """The checks of an installed environment, on a batch of five seeds.

    Args:
        name: as in ``policybench list``.
        options: values of its options; the others have their defaults. Choose small budgets of learning, if they
            are options: the checks evaluate some fifty principal steps of one seed.

    Raises:
        InputError: no environment of that name is installed.
    """
    return _bound(environments.CHECKS, GovernedSubject(registry().environment(name).spec, options))


def _bound(checks: tuple[Callable[[Subject], None], ...], subject: Subject) -> list[Check]:
    return [
        Check(
            check.__name__.replace("_", "-"),
            (check.__doc__ or "").split("\n")[0].rstrip("."),
            partial(check, subject),
        )
        for check in checks
    ]
