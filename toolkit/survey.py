"""A first look at the sources, in worker processes: kind, hash, pages and their sizes.

The parent never parses a document itself, so that a hostile file can only end a worker.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from toolkit.geometry import Unit
from toolkit.work.jobs import Job

HANDLER = "toolkit.survey_job:run"


@dataclass(frozen=True)
class Survey:
    """What a source holds. `sizes` are those of its pages as displayed, in `unit`: points, or pixels.

    `stamp` is the file's length and time of change; it tells whether the file is still the same.
    """

    path: Path
    kind: str
    sha256: str
    unit: Unit
    sizes: tuple[tuple[float, float], ...]
    stamp: tuple[int, int]

    @property
    def page_count(self) -> int:
        """The pages, or the frames of a TIFF."""
        return len(self.sizes)


def survey_job(path: Path, *, password: str | None = None, max_megapixels: float = 200.0) -> Job:
    """Make the job that surveys one file; its result goes to `read_survey`."""
    payload = {"file": str(path), "password": password, "max_megapixels": max_megapixels}
    return Job(str(path), payload)


def read_survey(result: dict[str, Any]) -> Survey:
    """Read what a survey job gave back."""
    sizes = tuple((float(w), float(h)) for w, h in result["sizes"])
    stamp = (int(result["stamp"][0]), int(result["stamp"][1]))
    return Survey(Path(result["file"]), result["kind"], result["sha256"], result["unit"], sizes, stamp)
