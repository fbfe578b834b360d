"""Preparing one page, inside a worker. Only figures go back."""

from contextlib import suppress
from pathlib import Path
from typing import Any

from toolkit.manifest import SourceRef
from toolkit.page_views import PageView, view_page
from toolkit.pages import PageRequest
from toolkit.preparing_page import PreparedPage
from toolkit.recipe import Recipe


def run(payload: dict[str, Any]) -> dict[str, Any]:
    """Prepare one page; give its records, numbered from 1 within the page, first looks before second ones.

    With an `owner` (a process) and the `place` of the page, its images are written as cells of a grid. What a
    page that fails has written is deleted. Raises SourceError, PageError or OutputError.
    """
    view = view_page(PageRequest.from_dict(payload))
    source, recipe = _source(payload, view), Recipe.from_dict(payload["recipe"])
    cells = (payload["place"], payload["owner"]) if "owner" in payload else None
    page = PreparedPage(view, recipe, Path(payload["folder"]), payload["stem"], source, cells)
    try:
        return {"images": [record.to_dict() for record in page.records()]}
    except BaseException:
        for path in page.written:
            with suppress(OSError):
                path.unlink()
        raise


def _source(payload: dict[str, Any], view: PageView) -> SourceRef:
    width, height = view.source_size
    return SourceRef(payload["name"], payload["sha256"], payload["page"], width, height, view.unit)
