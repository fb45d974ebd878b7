"""What a run leaves on disk, and how it survives being killed.

``run_folder`` is the folder of a run that goes on, and ``names`` names its files. ``manifest`` is the file that
says what a run was made with; ``records`` holds the lines of steps and final evaluations, ``step_log`` reads
many of them as columns, and ``filled`` recognises steps after a search has ended. ``checkpoint`` keeps the
principals' states. ``reading`` loads whole runs, and ``merging`` joins the
parts of one. ``lines`` reads and writes JSON lines, ``files`` writes whole files or none, ``faults`` words what is
wrong in one, ``notes`` tells notes in a transcript from calls, and ``platforms`` says whether two machines compute
the same bytes.
"""

from policybench.store.lines import dump_lines, keep_lines, read_lines
from policybench.store.manifest import Manifest
from policybench.store.reading import StoredRun, find_runs, load_run, load_runs, only_run, search
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
    "only_run",
    "read_lines",
    "search",
]
