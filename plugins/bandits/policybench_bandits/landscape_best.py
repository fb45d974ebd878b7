"""An oracle: the best action of a landscape that was measured before, to compare other principals with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from policybench import Array, AskTell, Floats, InputError, Outcome, Problem, Workspace, context_key
from policybench.landscape import load_landscape


class LandscapeBest(AskTell):
    """Sets, in each context, the action that paid most in a landscape; it learns nothing."""

    def __init__(self, problem: Problem, *, rng: np.random.Generator, landscape: str | None) -> None:
        """Read the landscape; raises ``InputError`` if there is none or it is of another problem."""
        super().__init__(problem, rng=rng)
        if landscape is None:
            raise InputError(
                "-p landscape=... is missing; takes a folder made by: policybench landscape --env NAME"
            )
        measured = load_landscape(Path(landscape))
        relabelling, manifest = problem.relabelling, measured.manifest
        space = (problem.plain or problem).action_space
        if manifest.low != space.low.tolist() or manifest.high != space.high.tolist():
            raise InputError(
                f"-p landscape={landscape}: of {manifest.environment.variant}, with actions from {manifest.low} "
                f"to {manifest.high}; takes one from {space.low.tolist()} to {space.high.tolist()}"
            )
        self._landscape, self._environment = landscape, manifest.environment
        best = {context: measured.best(context) for context in measured.payoffs}
        if relabelling is not None:
            best = {context: relabelling.from_plain(action) for context, action in best.items()}
        self._best = best

    def attach(self, workspace: Workspace) -> None:
        """Raises ``InputError`` if the landscape is not of the run's environment with the run's options."""
        governed, measured = workspace.environment, self._environment
        # Landscapes are measured without relabelling.
        options = {name: value for name, value in governed.options.items() if name != "relabel"}
        if (measured.name, measured.options) != (governed.name, options):
            raise InputError(
                f"-p landscape={self._landscape}: is of {measured.variant}; takes one of {governed.variant}, made "
                f"by: policybench landscape --env {governed.name}"
            )

    def notes(self) -> dict[str, Any]:
        """Figures draw it as a reference, not as a competitor."""
        return {"oracle": True}

    def choose(self, context: Array | None) -> Floats:
        """The best known action in this context."""
        key = context_key(context)
        if key not in self._best:
            known = ", ".join(repr(other) for other in self._best)
            raise InputError(f"-p landscape=: was not measured in context {key!r}; it has {known}")
        return self._best[key].copy()

    def learn(self, context: Array | None, action: Floats, outcome: Outcome) -> None:
        """Nothing to learn."""

    def recommend(self, context: Array | None) -> Floats:
        """The same."""
        return self.choose(context)
