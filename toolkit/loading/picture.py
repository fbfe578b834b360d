"""Opening one frame of an image file."""

import warnings
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from toolkit.errors import (
    DamagedSourceError,
    EmptySourceError,
    MissingDependencyError,
    PageTooLargeError,
    PreflightError,
    SourceMissingError,
)
from toolkit.geometry import Placement, exif_placement
from toolkit.loading.frames import FrameFile, frame_offsets
from toolkit.reasons import reason, reason_of
from toolkit.texts import Text, say

if TYPE_CHECKING:
    from PIL.Image import Image

_ORIENTATION = 0x0112
_ON_ITS_SIDE = range(5, 9)
"""The EXIF orientations whose stored rows are the upright picture's columns."""
_FORMATS = {
    "png": ("PNG",), "jpeg": ("JPEG", "MPO"), "webp": ("WEBP",), "tiff": ("TIFF",), "bmp": ("BMP", "DIB"),
    "gif": ("GIF",), "heif": ("HEIF",), "avif": ("AVIF", "HEIF"),
}  # fmt: skip
_SENSIBLE_DPI = (10.0, 4800.0)
"""Cameras and screens write 1, 0 or 72 at will; only what a scanner could have meant is believed."""


@dataclass(frozen=True)
class LoadedPicture:
    """One frame of an image file.

    `image` is upright, opaque, sRGB, in mode "L", "RGB" or "1". `placement` maps its pixels to the file's
    stored ones. `dpi` is what the file says, None if nothing sensible. `notes` tell what was lost or guessed.
    """

    image: "Image"
    placement: Placement
    dpi: float | None
    frames: int
    stored_size: tuple[int, int]
    notes: tuple[Text, ...] = ()


def open_picture(path: Path, *, frame: int = 0, max_megapixels: float = 200.0) -> LoadedPicture:
    """Open frame number `frame` (from 0) of an image file.

    Raises SourceError (missing, empty, not an image, damaged) or PageTooLargeError before pixels are decoded,
    each naming `path`. GIF and other animations give their first frame; only TIFF has pages.
    """
    from toolkit.loading.colour import settle_colour

    frames = page_frames(path)
    with opened(path, max_megapixels, frame) as image:
        orientation, dpi, moving = _orientation(image), _dpi(image), _moves(image)
        image.load()
        left = _orientation(image)  # Pillow turns a TIFF while it loads it, and forgets the orientation
        settled, notes = settle_colour(image)
    notes = (say("loading.animation"), *notes) if moving else notes
    upright = turn(settled, left)
    stored = upright.size[::-1] if orientation in _ON_ITS_SIDE else upright.size
    return LoadedPicture(upright, exif_placement(orientation, stored), dpi, frames, stored, notes)


@contextmanager
def opened(path: Path, max_megapixels: float, frame: int = 0) -> Iterator["Image"]:
    """Open a frame with Pillow, only as what the file's content says it is; faults become our errors."""
    from PIL import Image, UnidentifiedImageError

    from toolkit.sources import identify

    kind = identify(path)
    if kind == "pdf":
        raise DamagedSourceError("damaged", file=path, reason=reason("pdf_as_image"))
    if kind in ("heif", "avif"):
        _register_heif(path, kind)
    with warnings.catch_warnings(), _without_bomb_test():
        warnings.simplefilter("ignore")  # Pillow's warnings about odd metadata
        try:
            with (
                _beginning(path, kind, frame) as file,
                Image.open(file, formats=_FORMATS[kind]) as image,
            ):
                check_image(path, image.size, max_megapixels)
                yield image
        except (PreflightError, MemoryError):
            raise
        except FileNotFoundError as error:
            raise SourceMissingError("file_missing", file=path) from error
        except UnidentifiedImageError as error:
            raise DamagedSourceError("damaged", file=path, reason=reason("header")) from error
        except Exception as error:  # Pillow's readers raise whatever a hostile file leads them to
            raise DamagedSourceError("damaged", file=path, reason=reason_of(error)) from error


@contextmanager
def _without_bomb_test() -> Iterator[None]:
    """Leave the size of a picture to `check_image` and the caller's limit; Pillow's own is 179 megapixels."""
    from PIL import Image

    before, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
    try:
        yield
    finally:
        Image.MAX_IMAGE_PIXELS = before


def _register_heif(path: Path, kind: str) -> None:
    from PIL import features

    if kind == "avif" and features.check("avif"):
        return
    try:
        import pillow_heif
    except ImportError as error:
        command = "pip install pillow-heif"
        raise MissingDependencyError(
            "missing_dependency", what=path, name="pillow-heif", command=command
        ) from error
    pillow_heif.register_heif_opener()


def check_image(path: Path, size: tuple[int, int], limit: float) -> None:
    """Raise PageTooLargeError for an image of more than `limit` megapixels, before it is decoded."""
    megapixels = size[0] * size[1] / 1e6
    if megapixels > limit:
        raise PageTooLargeError("image_too_large", file=path, megapixels=megapixels, limit=limit)
    if min(size) < 1:
        raise DamagedSourceError(
            "damaged", file=path, reason=reason("side_of_zero", width=size[0], height=size[1])
        )


def page_frames(path: Path) -> int:
    """Count the frames that are pages: those of a TIFF; every other file has one.

    Raises TooManyFramesError, DamagedSourceError, or what `identify` raises.
    """
    from toolkit.sources import identify

    return len(frame_offsets(path)) if identify(path) == "tiff" else 1


def _beginning(path: Path, kind: str, frame: int) -> AbstractContextManager[Path | FrameFile]:
    """Give what Pillow is to open for a frame: the path, or a TIFF that begins there."""
    offsets = frame_offsets(path) if kind == "tiff" else (0,)
    if not 0 <= frame < len(offsets):
        raise EmptySourceError("no_such_frame", file=path, given=frame + 1, count=len(offsets))
    return FrameFile(path, offsets[frame]) if kind == "tiff" else nullcontext(path)


def _orientation(image: "Image") -> int:
    if image.format in ("HEIF", "AVIF"):
        return 1  # libheif and libavif have turned the picture already
    try:
        return int(image.getexif().get(_ORIENTATION, 1))
    except Exception:  # a broken EXIF block must not cost the picture; Pillow raises many kinds here
        return 1


def _moves(image: "Image") -> bool:
    """Tell an animation; a TIFF has pages, and the further pictures in a JPEG are previews and depth maps."""
    if image.format in ("TIFF", "JPEG", "MPO"):
        return False
    try:
        return bool(getattr(image, "is_animated", False))
    except Exception:  # a second frame that is broken is none, and the first may be whole
        return False


def _dpi(image: "Image") -> float | None:
    given: Any = image.info.get("dpi")
    try:
        dpi = float(given[0])
    except (TypeError, ValueError, IndexError, ZeroDivisionError):
        return None
    return dpi if _SENSIBLE_DPI[0] <= dpi <= _SENSIBLE_DPI[1] else None


def turn(image: "Image", orientation: int) -> "Image":
    """Turn a stored picture upright by its EXIF orientation, 1 to 8."""
    from PIL.Image import Transpose

    steps = {
        2: Transpose.FLIP_LEFT_RIGHT, 3: Transpose.ROTATE_180, 4: Transpose.FLIP_TOP_BOTTOM,
        5: Transpose.TRANSPOSE, 6: Transpose.ROTATE_270, 7: Transpose.TRANSVERSE, 8: Transpose.ROTATE_90,
    }  # fmt: skip
    return image.transpose(steps[orientation]) if orientation in steps else image
