"""Merging, inside a worker: pages are measured one by one, then all drawn into one grid in a single step."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from toolkit.grid import draw_grid, plan_grid
from toolkit.pages import PageRequest, load_page
from toolkit.picture import Picture
from toolkit.png import write_png
from toolkit.reshape_job import to_picture


def measure(payload: dict[str, Any]) -> dict[str, Any]:
    """Give a page's size in pixels, its way to the source, and its text height.

    Raises SourceError or PageError, naming the file.
    """
    from toolkit.text_height import measure_text_height

    page = load_page(PageRequest.from_dict(payload))
    picture = to_picture(page)
    return {
        "size": picture.size,
        "source_size": page.source_size,
        "placement": page.placement.to_list(),
        "text_height": measure_text_height(picture).smallest,
    }


def draw(payload: dict[str, Any]) -> dict[str, Any]:
    """Draw the pages into one grid and write it; one page is in memory at a time.

    Raises SourceError or PageError for a page that changed since it was measured, OutputError.
    """
    sizes = [(int(width), int(height)) for width, height in payload["sizes"]]
    grid = plan_grid(sizes, **payload["grid"])
    image = draw_grid(_pictures(payload["requests"]), grid, mode="RGB")
    written = write_png(image, Path(payload["folder"]) / payload["name"])
    return {"sha256": written.sha256}


def _pictures(requests: list[dict[str, Any]]) -> Iterator[Picture]:
    for request in requests:
        yield to_picture(load_page(PageRequest.from_dict(request)))
