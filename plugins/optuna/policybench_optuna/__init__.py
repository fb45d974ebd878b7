"""Black-box optimisers as principals: they see payoffs alone, and choose from the whole action space.

Only announcements stand here; numpy, Optuna and torch are imported when a principal is first created.
"""

from __future__ import annotations

from collections.abc import Iterator

from policybench import Option, PrincipalSpec, hookimpl


def _startup(kind: str) -> Option:
    return Option("startup", int, 10, f"How many {kind} actions come first, in each context.", minimum=1)


def _max_points(default: int) -> Option:
    return Option(
        "max_points",
        int,
        default,
        "Most points the Gaussian process is fitted to; more payoffs are merged in cells of a grid.",
        minimum=10,
        maximum=2000,
    )


@hookimpl
def policybench_principals() -> Iterator[PrincipalSpec]:
    """Announce the five principals of this distribution."""
    yield PrincipalSpec(
        name="gp-bo",
        description="Bayesian optimisation: a Gaussian process that knows of noise, and expected improvement.",
        factory="policybench_optuna.gp_bo:GaussianProcessBO",
        options=(
            _startup("quasi-random"),
            Option(
                "candidates", int, 2000, "Random actions among which the improvement is maximised.", minimum=10
            ),
            _max_points(200),
        ),
        source="Jones, Schonlau & Welch (1998), Efficient global optimization; Picheny et al. (2013), on noise",
    )
    yield PrincipalSpec(
        name="optuna-gp",
        description="Optuna's Gaussian process sampler, with the logarithm of expected improvement.",
        factory="policybench_optuna.optuna_gp:OptunaGP",
        options=(_startup("random"), _max_points(100)),
        source="Akiba et al. (2019), Optuna; Ament et al. (2023), Unexpected improvements to expected improvement",
    )
    yield PrincipalSpec(
        name="tpe",
        description="The tree-structured Parzen estimator, Optuna's default.",
        factory="policybench_optuna.tpe:TPE",
        options=(
            _startup("random"),
            Option("candidates", int, 24, "Draws among which the best is taken.", minimum=1),
            Option("multivariate", bool, False, "Whether the densities join the action's dimensions."),
        ),
        source="Bergstra et al. (2011), Algorithms for hyper-parameter optimization; Watanabe (2023)",
    )
    yield PrincipalSpec(
        name="cma-es",
        description="Covariance matrix adaptation: a normal distribution that moves towards what pays.",
        factory="policybench_optuna.cma_es:CMAES",
        options=(
            Option("sigma", float, 0.2, "First standard deviation, as a share of each range.", 1e-6, 10),
            Option("population", int, None, "Actions a generation; by default 4 + 3 ln(dimensions).", minimum=3),
            Option("lr_adapt", bool, False, "Whether to adapt the learning rate, which helps against much noise."),
        ),
        source="Hansen (2016), The CMA evolution strategy: a tutorial; Nomura & Shibata (2024), cmaes",
    )
    yield PrincipalSpec(
        name="sobol",
        description="Quasi-random search: a scrambled Sobol sequence fills the action space evenly.",
        factory="policybench_optuna.sobol:SobolSearch",
        source="Sobol (1967); Owen (1998), Scrambling Sobol and Niederreiter-Xing points",
    )
