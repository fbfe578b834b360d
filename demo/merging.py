"""Prepared images merged into one grid, beside those they came from: Undo and Start over give them back."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from demo.arranging import forget_moved_box
from demo.history import remember_prepared
from demo.offers import GridOffer, smallest_text
from demo.session import Session
from demo.words import say
from toolkit.errors import PreflightError
from toolkit.manifest import Cell, ImageRecord, Manifest
from toolkit.merge import GridOptions, MergedFile, merge_files
from toolkit.readability import verdict


def merge_first(session: Session, offer: GridOffer) -> None:
    """Merge images as offered; the grid stands where the first of them stood. Raises what merging raises."""
    work = session.work
    manifest = work.manifest
    if manifest is None:
        return
    order = list(work.arrangement.labels)
    records = [manifest.image(label) for label in offer.labels]
    grid = _drawn(manifest, records, offer)
    with session.lock:
        if work.manifest is not manifest or work.arrangement.labels != order:
            return  # the order changed while the grid was drawn
        remember_prepared(work, say("order_step.undo.merged", count=offer.count))
        work.manifest = replace(manifest, images=(*manifest.images, grid))
        work.grids |= {grid.label}
        first = order.index(offer.labels[0])
        rest = [label for label in order[first:] if label not in offer.labels]
        work.arrangement.labels = [*order[:first], grid.label, *rest]
        forget_moved_box(work, order)


def _drawn(manifest: Manifest, records: list[ImageRecord], offer: GridOffer) -> ImageRecord:
    label = max(image.label for image in manifest.images) + 1
    target = _free_name(manifest, label)
    options = GridOptions(columns=offer.columns, family=manifest.family, max_long_side=offer.side)
    merged = merge_files([manifest.path(record) for record in records], target, options)
    target.with_suffix(".json").unlink(missing_ok=True)
    if merged.manifest.failures:
        target.unlink(missing_ok=True)
        raise PreflightError.from_text(merged.manifest.failures[0].text)
    return _record(merged, records, target.name, label)


def _free_name(manifest: Manifest, label: int) -> Path:
    taken = {image.file for image in manifest.images}
    name = f"grid-{label:03d}"
    while f"{name}.png" in taken or (manifest.folder / f"{name}.png").exists():
        name += "_"
    return manifest.folder / f"{name}.png"


def _record(merged: MergedFile, records: list[ImageRecord], file: str, label: int) -> ImageRecord:
    """Describe the grid; each cell keeps the way back to its original page."""
    drawn = merged.manifest.images[0]
    cells = tuple(
        Cell(cell.box, record.source, cell.placement.then(record.placement), cell.label)
        for cell, record in zip(drawn.cells, records, strict=True)
    )
    values = {
        "count": len(records),
        "columns": merged.grid.columns,
        "tokens": f"{merged.grid.tokens:,}",
        "apart": f"{merged.grid.tokens_apart:,}",
    }
    return replace(
        drawn,
        file=file,
        source=cells[0].source,
        placement=cells[0].placement,
        label=label,
        cells=cells,
        role="main",
        text_height=_text(merged, records),
        notes=(say("order_step.grid.note", **values),),
    )


def _text(merged: MergedFile, records: list[ImageRecord]) -> dict[str, Any] | None:
    heights = [
        height * cell.scale
        for record, cell in zip(records, merged.grid.cells, strict=True)
        if (height := smallest_text(record)) is not None
    ]
    return {"smallest": round(min(heights), 1), "verdict": verdict(min(heights))} if heights else None
