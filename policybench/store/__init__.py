"""What a run leaves on disk, and how it survives being killed."""

from policybench.store.lines import dump_lines, keep_lines, read_lines
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
    "dump_lines",
    "find_runs",
    "keep_lines",
    "load_run",
    "load_runs",
    "read_lines",
]
