"""What a run leaves on disk, and how it survives being killed."""

from policybench.store.manifest import Manifest
from policybench.store.reading import StoredRun, find_runs, load_run, load_runs
from policybench.store.records import FinalRecord, StepRecord
from policybench.store.run_folder import RunFolder

__all__ = [
    "FinalRecord",
    "Manifest",
    "RunFolder",
    "StepRecord",
    "StoredRun",
    "find_runs",
    "load_run",
    "load_runs",
]
