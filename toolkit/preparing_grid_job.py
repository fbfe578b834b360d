"""Merging images that were prepared already into one grid, inside a worker."""

from pathlib import Path
from typing import Any

from toolkit.grid import Grid, merge_images
from toolkit.manifest import Cell, ImageRecord
from toolkit.png import write_png
from toolkit.readability import verdict
from toolkit.recipe import Recipe
from toolkit.sources import open_picture
from toolkit.texts import say
from toolkit.work.guard import guard_memory

_BYTES_A_PIXEL = 8
"""The pictures of a grid (3 bytes), the grid itself (3), and a quarter to spare."""


def run(payload: dict[str, Any]) -> dict[str, Any]:
    """Merge the images of one grid, write it, and give its record with the cells' ways back."""
    recipe = Recipe.from_dict(payload["recipe"])
    folder = Path(payload["folder"])
    records = [ImageRecord.from_dict(data) for data in payload["images"]]
    guard_memory(2 * _BYTES_A_PIXEL * sum(record.width * record.height for record in records))
    images = [open_picture(folder / record.file).image for record in records]
    merged = merge_images(images, columns=recipe.merge or 0, family=recipe.family)
    written = write_png(merged.image, folder / payload["file"], compress=recipe.compress)
    return {"image": _record(records, merged.grid, payload["file"], written.sha256).to_dict()}


def _record(records: list[ImageRecord], grid: Grid, file: str, sha256: str) -> ImageRecord:
    cells = tuple(
        Cell(cell.box, record.source, cell.placement.then(record.placement), cell.label)
        for cell, record in zip(grid.cells, records, strict=True)
    )
    values = {
        "count": len(records),
        "columns": grid.columns,
        "tokens": grid.tokens,
        "apart": grid.tokens_apart,
    }
    return ImageRecord(
        file=file,
        sha256=sha256,
        width=grid.size[0],
        height=grid.size[1],
        source=cells[0].source,
        placement=cells[0].placement,
        tokens=grid.tokens,
        text_height=_text_height(records, grid),
        notes=(say("plan.merged", **values),),
        cells=cells,
    )


def _text_height(records: list[ImageRecord], grid: Grid) -> dict[str, Any] | None:
    """Give the smallest text of any cell at its size in the grid; None where none was measured."""
    seen = [
        record.text_height["smallest"] * cell.scale
        for record, cell in zip(records, grid.cells, strict=True)
        if record.text_height is not None and record.text_height["smallest"] is not None
    ]
    return {"smallest": round(min(seen), 1), "verdict": verdict(min(seen))} if seen else None
