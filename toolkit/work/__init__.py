"""Isolated worker processes: jobs and results are JSON, pixels never travel between processes."""

from toolkit.work.jobs import Done, Failed, Job
from toolkit.work.pool import WorkerPool, run_jobs, usable_cores

__all__ = ["Done", "Failed", "Job", "WorkerPool", "run_jobs", "usable_cores"]
