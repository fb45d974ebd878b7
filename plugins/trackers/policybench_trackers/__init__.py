"""Observers that send a run's steps to experiment trackers.

Only announcements stand here; a tracker's library is imported when the observer is created. ``tracker`` is what
all share, ``numbers`` what they send, and ``tensorboard``, ``mlflow`` and ``wandb`` are one each.
"""

from __future__ import annotations

from collections.abc import Iterator

from policybench import ObserverSpec, Option, hookimpl


@hookimpl
def policybench_observers() -> Iterator[ObserverSpec]:
    """Announce the three."""
    yield ObserverSpec(
        "tensorboard",
        "Event files that TensorBoard shows; needs policybench-trackers[tensorboard].",
        "policybench_trackers.tensorboard:TensorBoard",
        (Option("folder", str, "tensorboard", "Where event files go, a folder a run."),),
    )
    yield ObserverSpec(
        "mlflow",
        "A run on an MLflow tracking server; needs policybench-trackers[mlflow].",
        "policybench_trackers.mlflow:MLflow",
        (
            Option("uri", str, None, "Address of the server; MLFLOW_TRACKING_URI unless given."),
            Option("experiment", str, "policybench", "Experiment that the run belongs to; made if there is none."),
        ),
    )
    yield ObserverSpec(
        "wandb",
        "A run at Weights & Biases, or offline; needs policybench-trackers[wandb].",
        "policybench_trackers.wandb:WeightsAndBiases",
        (
            Option("project", str, "policybench", "Project that the run belongs to."),
            Option("entity", str, None, "User or team; the account's own unless given."),
            Option("mode", str, "online", "Where it goes.", choices=("online", "offline")),
            Option("folder", str, ".", "Where wandb keeps its files."),
        ),
    )
