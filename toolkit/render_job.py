"""One page to one PNG file, inside a worker."""

from pathlib import Path
from typing import Any

from toolkit.pages import PageRequest, load_page
from toolkit.png import write_png


def run(payload: dict[str, Any]) -> dict[str, Any]:
    """Render the page of a `PageRequest` to the file `name` in `folder`; give its facts for the manifest."""
    page = load_page(PageRequest.from_dict(payload))
    path = Path(payload["folder"]) / payload["name"]
    written = write_png(page.pixels, path, dpi=page.dpi, compress=payload["compress"])
    return {
        "sha256": written.sha256,
        "bytes": written.bytes,
        "width": written.size[0],
        "height": written.size[1],
        "source_size": page.source_size,
        "placement": page.placement.to_list(),
        "dpi": None if page.dpi is None else round(page.dpi, 3),
        "notes": [(note.en, note.zh) for note in page.notes],
    }
