"""A prepared image for an MCP client that asks to see it, small enough to travel in a message."""

import base64
import io
from typing import TYPE_CHECKING

from demo.questions import QuestionError
from demo.session import Session

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_BYTES = 1_500_000
"""Of a PNG; base64 makes 2 MB of it, which clients still take."""
SMALLER = 0.75
"""Each try at a picture that is too large."""


def picture_of(session: Session, label: int, long_side: int) -> tuple[str, tuple[int, int]]:
    """Give a prepared image as base64 of a PNG, at most `long_side` long and MOST_BYTES large, and its size.

    Raises QuestionError for a number that no image has.
    """
    from PIL import Image

    manifest = session.work.sending
    images = () if manifest is None else manifest.images
    record = next((image for image in images if image.label == label), None)
    if manifest is None or record is None:
        allowed = ", ".join(str(image.label) for image in images) or "–"
        raise QuestionError("order.no_such", number=label, allowed=allowed)
    with Image.open(manifest.path(record)) as file:
        file.load()
        return _within(file, long_side)


def _within(picture: "Image", long_side: int) -> tuple[str, tuple[int, int]]:
    side: float = min(long_side, max(picture.size))
    while True:
        scale = side / max(picture.size)
        size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
        data = _png(picture, size)
        if len(data) <= MOST_BYTES:
            return base64.b64encode(data).decode(), size
        side *= SMALLER


def _png(picture: "Image", size: tuple[int, int]) -> bytes:
    from PIL import Image

    if picture.mode not in ("L", "RGB"):
        picture = picture.convert("L" if picture.mode == "1" else "RGB")
    shown = picture if picture.size == size else picture.resize(size, Image.Resampling.LANCZOS)
    out = io.BytesIO()
    shown.save(out, "PNG")
    return out.getvalue()
