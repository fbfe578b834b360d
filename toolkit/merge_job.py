"""Merging, inside a worker: pages are measured one by one, then all drawn into one grid in a single step."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from toolkit.cells import read_cell
from toolkit.families import visual_tokens
from toolkit.geometry import Size
from toolkit.grid import draw_grid, plan_grid
from toolkit.pages import PageRequest
from toolkit.pdf.limits import POINTS_PER_INCH
from toolkit.picture import Picture, Pixels
from toolkit.png import write_png
from toolkit.reshape_job import WORK_BYTES, load_picture
from toolkit.work.guard import beside, guard_memory

MEASURE_BYTES = 256 * 2**20
"""Memory for finding the lines of text; it works on a copy of bounded size."""
CANVAS_BYTES = 12
"""Memory for each pixel of the grid: the canvas (4) and what the encoder copies of it."""


def measure(payload: dict[str, Any]) -> dict[str, Any]:
    """Give a page's size in pixels, its way to the source, and its text height.

    Raises SourceError or PageError, naming the file.
    """
    from toolkit.judged import judge_page

    page, picture = load_picture(PageRequest.from_dict(payload), MEASURE_BYTES)
    visual_tokens(picture.size)  # refuses what no model takes, before it can spoil the grid for the others
    scale = (page.dpi or POINTS_PER_INCH) / POINTS_PER_INCH
    return {
        "size": picture.size,
        "source_size": page.source_size,
        "placement": page.placement.to_list(),
        "text_height": judge_page(picture, page.text_heights, scale).text.smallest,
    }


def draw(payload: dict[str, Any]) -> dict[str, Any]:
    """Draw pages, or the bare pixels of a `cell`, into one grid and write it; one is in memory at a time.

    Raises SourceError or PageError for a page that changed since it was measured, OutputError.
    """
    sizes = [(int(width), int(height)) for width, height in payload["sizes"]]
    grid = plan_grid(sizes, **payload["grid"])
    canvas_bytes = CANVAS_BYTES * grid.size[0] * grid.size[1]
    path = Path(payload["folder"]) / payload["name"]
    with beside(canvas_bytes):
        framed = draw_grid(_pictures(payload["requests"], sizes), grid)
        guard_memory()
        written = write_png(framed, path, compress=payload.get("compress", "fast"))
    return {"sha256": written.sha256}


def _pictures(requests: list[dict[str, Any]], sizes: list[Size]) -> Iterator[Picture | Pixels]:
    for request, (width, height) in zip(requests, sizes, strict=True):
        if "cell" in request:
            guard_memory(WORK_BYTES * width * height)
            yield read_cell(Path(request["cell"]))
        else:
            yield load_picture(PageRequest.from_dict(request))[1]
