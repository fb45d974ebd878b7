"""An executor that makes runs on a Ray cluster."""

from __future__ import annotations

from collections.abc import Iterator

from policybench import ExecutorSpec, Option, hookimpl


@hookimpl
def policybench_executors() -> Iterator[ExecutorSpec]:
    """Announce the executor."""
    yield ExecutorSpec(
        "ray",
        "Workers of a Ray cluster, on as many machines as it has.",
        "policybench_ray.executor:RayExecutor",
        (
            Option(
                "address",
                str,
                "auto",
                "The cluster: auto finds the one of this machine, HOST:PORT names one, local starts one.",
            ),
            Option("cores", int, 1, "Cores, and threads, of each part of a run.", minimum=1, maximum=1024),
            Option("seeds", int, 1, "Seeds of each part of a run.", minimum=1, maximum=1000),
        ),
    )
