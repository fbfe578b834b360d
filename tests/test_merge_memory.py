"""What a worker may take while it draws a grid."""

import sys
from pathlib import Path

import pytest
from documents import write_pdf
from PIL import Image

from toolkit import plan_grid
from toolkit.merge_job import CANVAS_BYTES, draw
from toolkit.work import guard


@pytest.mark.skipif(sys.platform != "linux", reason="the guard holds on Linux only")
def test_pages_of_a_grid_are_opened_beside_the_grid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Seven ordinary pages at 350 dpi were refused: what a page may take did not count the grid so far."""
    Image.new("RGB", (60, 40), "navy").save(tmp_path / "a.png")
    requests = [
        {"file": str(tmp_path / "a.png"), "page": 1, "kind": "png"},
        {"file": str(write_pdf(tmp_path / "b.pdf")), "page": 1, "kind": "pdf", "size": (60, 80)},
    ]
    sizes = [(60, 40), (60, 80)]
    payload = {"folder": str(tmp_path), "name": "grid.png", "sizes": sizes, "grid": {}, "requests": requests}
    limits: list[int] = []
    monkeypatch.setattr("resource.setrlimit", lambda _, limit: limits.append(limit[0]))
    monkeypatch.setattr(guard, "_armed", True)
    draw(payload)
    width, height = plan_grid(sizes).size
    assert len(limits) > 4
    assert min(limits) >= guard.BASE_MB * 2**20 + CANVAS_BYTES * width * height
    assert guard._kept == 0
