"""What a run leaves on disk, and how it survives being killed."""

from policybench.store.manifest import Manifest
from policybench.store.records import FinalRecord, StepRecord
from policybench.store.run_folder import RunFolder, StoredRun, find_runs, load_run

__all__ = ["FinalRecord", "Manifest", "RunFolder", "StepRecord", "StoredRun", "find_runs", "load_run"]
