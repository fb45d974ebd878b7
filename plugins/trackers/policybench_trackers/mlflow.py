"""MLflow: a run on a tracking server, found again by a tag."""

from __future__ import annotations

import time

from policybench import ObservedRun
from policybench_trackers.numbers import parameters, title
from policybench_trackers.tracker import Tracker, library

TAG = "policybench.key"


class MLflow(Tracker):
    """Speaks to the server through ``MlflowClient``, which leaves MLflow's own active run alone."""

    def __init__(self, uri: str | None, experiment: str) -> None:
        """Look for the library.

        Raises:
            InputError: it is not installed.
        """
        self._experiment = experiment
        self._mlflow = library("mlflow", "mlflow")
        self._client = self._mlflow.MlflowClient(tracking_uri=uri)

    def open(self, run: ObservedRun) -> int:
        """The run of the experiment that has the key as its tag."""
        client = self._client
        found = client.get_experiment_by_name(self._experiment)
        experiment = found.experiment_id if found else client.create_experiment(self._experiment)
        known = client.search_runs([experiment], f"tags.`{TAG}` = '{run.key}'", max_results=1)
        if known:
            self._run = known[0].info.run_id
            client.update_run(self._run, status="RUNNING")
            history = client.get_metric_history(self._run, "payoff")
            return 1 + max((metric.step for metric in history), default=-1)
        made = client.create_run(experiment, tags={TAG: run.key}, run_name=title(run.manifest))
        self._run = made.info.run_id
        entities = self._mlflow.entities
        params = [entities.Param(name, str(value)) for name, value in parameters(run.manifest).items()]
        client.log_batch(self._run, params=params)
        return 0

    def send(self, numbers: dict[str, float], step: int) -> None:
        """All numbers of a step in one request."""
        at = int(time.time() * 1000)
        metrics = [self._mlflow.entities.Metric(name, value, at, step) for name, value in numbers.items()]
        self._client.log_batch(self._run, metrics=metrics)

    def close(self, numbers: dict[str, float], *, finished: bool) -> None:
        """``FINISHED``, or ``KILLED`` for a run that may be continued."""
        if numbers:
            self.send(numbers, 0)
        self._client.set_terminated(self._run, status="FINISHED" if finished else "KILLED")
