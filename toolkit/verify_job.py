"""A page drawn again and compared with its file, inside a worker."""

from pathlib import Path
from typing import Any

from toolkit.loading import open_picture
from toolkit.pages import PageRequest, load_page
from toolkit.png.bands import bands_of
from toolkit.raster import band_rows


def run(payload: dict[str, Any]) -> dict[str, Any]:
    """Compare the file `png` with the page of a `PageRequest`; count what differs, -1 for the size."""
    drawn = bands_of(load_page(PageRequest.from_dict(payload)).pixels)
    stored = bands_of(open_picture(Path(payload["png"]), max_megapixels=payload["max_megapixels"]).image)
    if drawn.size != stored.size:
        return {"same": False, "differing": -1}
    if (drawn.kind == "rgb") != (stored.kind == "rgb"):
        return {"same": False, "differing": drawn.size[0] * drawn.size[1]}
    step, differing = band_rows(drawn.samples), 0
    for first in range(0, drawn.size[1], step):
        last = min(first + step, drawn.size[1])
        unequal = drawn.read(first, last) != stored.read(first, last)
        differing += int(unequal.reshape(last - first, drawn.size[0], -1).any(axis=2).sum())
    return {"same": differing == 0, "differing": differing}
