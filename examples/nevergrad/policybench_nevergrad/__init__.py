"""Optimisers of Nevergrad's as a principal, which is announced here and imported when it runs."""

from __future__ import annotations

from collections.abc import Iterator

from policybench import Option, PrincipalSpec, hookimpl

OPTIMIZERS = ("TBPSA", "DE", "PSO", "OnePlusOne")


@hookimpl
def policybench_principals() -> Iterator[PrincipalSpec]:
    """Announce the principal of this distribution."""
    yield PrincipalSpec(
        name="nevergrad",
        description="An optimiser of Nevergrad's, which sees payoffs alone.",
        factory="policybench_nevergrad.principal:Nevergrad",
        options=(Option("optimizer", str, "TBPSA", "Its name in Nevergrad's registry.", choices=OPTIMIZERS),),
        source="Bennet et al. (2021), Nevergrad: black-box optimization platform",
    )
