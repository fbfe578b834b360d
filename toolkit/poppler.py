"""The second engine: poppler, through pdf2image, where poppler is installed (Debian: poppler-utils)."""

import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from toolkit.errors import (
    DamagedSourceError,
    EmptySourceError,
    MissingDependencyError,
    PasswordError,
    RenderError,
)
from toolkit.geometry import Placement, Size
from toolkit.pages import PageImage, PageRequest
from toolkit.pdf.limits import check_megapixels
from toolkit.reasons import reason, reason_of
from toolkit.texts import say

if TYPE_CHECKING:
    from PIL.Image import Image

_COMMAND = "apt install poppler-utils (macOS: brew install poppler)"
_PAGES_A_CALL = 500
"""Sizes are asked for in portions: pdfinfo prints a few lines a page and pdf2image holds them all."""


def check_installed() -> None:
    """Raise MissingDependencyError unless poppler's programs are on the PATH."""
    if shutil.which("pdftoppm") is None or shutil.which("pdfinfo") is None:
        what = "--engine poppler"
        raise MissingDependencyError("missing_dependency", what=what, name="poppler", command=_COMMAND)


def page_sizes(path: Path, password: str | None = None) -> list[tuple[float, float]]:
    """Give the sizes of all pages as displayed (CropBox, turned), in points. Raises SourceError."""
    count = int(_info(path, password, 1, 1).get("Pages", 0))
    if count < 1:
        raise EmptySourceError("no_pages", file=path)
    sizes: list[tuple[float, float]] = []
    for first in range(1, count + 1, _PAGES_A_CALL):
        last = min(count, first + _PAGES_A_CALL - 1)
        info = _info(path, password, first, last)
        sizes += [displayed_size(info, page) for page in range(first, last + 1)]
    return sizes


def displayed_size(info: dict[str, Any], page: int) -> tuple[float, float]:
    """Read one page's size from what pdfinfo said; (0, 0) where it said nothing. `page` counts from 1."""
    words = str(info.get(f"Page {page} size", "0 x 0")).split()
    media = str(info.get(f"Page {page} MediaBox", "")).split()
    width, height = float(words[0]), float(words[2])
    if len(media) >= 4:
        left, bottom, right, top = (float(number) for number in media[:4])
        width, height = right - left, top - bottom
    return (height, width) if is_turned(info, page) else (width, height)


def is_turned(info: dict[str, Any], page: int) -> bool:
    """Tell whether a page is displayed on its side."""
    return int(info.get(f"Page {page} rot", 0)) % 180 == 90


def draw_page(request: PageRequest) -> PageImage:
    """Draw a page with pdftoppm at its exact pixel size. Raises SourceError or PageError."""
    check_installed()
    info = _info(Path(request.file), request.password, request.page, request.page)
    if request.box == "media":
        info |= _boxes(request)
    size_pt = displayed_size(info, request.page)
    if min(size_pt) <= 0 and request.box == "crop":
        return replace(draw_page(replace(request, box="media")), notes=(say("render.crop_box_off"),))
    if min(size_pt) <= 0:
        raise RenderError("render_failed", file=request.file, page=request.page, reason=reason("page_size"))
    size = request.size or check_megapixels(
        size_pt, request.dpi, request.max_megapixels, file=request.file, page=request.page
    )
    asked = size[::-1] if is_turned(info, request.page) else size  # pdftoppm scales before it turns the page
    picture = _checked(_drawn(request, asked), size, request)
    dpi = request.dpi if request.size is None else size[0] * 72 / size_pt[0]
    return PageImage(picture, picture.size, size_pt, "pt", Placement.scaling(picture.size, size_pt), dpi)


def _boxes(request: PageRequest) -> dict[str, str]:
    """Ask pdfinfo for a page's boxes, which pdf2image does not do."""
    secret = ["-upw", request.password] if request.password else []
    page = str(request.page)
    command = ["pdfinfo", "-box", "-f", page, "-l", page, *secret, os.fspath(Path(request.file).absolute())]
    said = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    pairs = (line.partition(":") for line in said.stdout.splitlines())
    return {
        " ".join(key.split()): value.strip() for key, _, value in pairs if key.rstrip().endswith("MediaBox")
    }


def _drawn(request: PageRequest, size: Size) -> "list[Image]":
    import pdf2image

    pages: list[Image] = _call(
        pdf2image.convert_from_path,
        Path(request.file),
        request.password,
        first_page=request.page,
        last_page=request.page,
        size=size,
        use_cropbox=request.box == "crop",
    )
    return pages


def _checked(pages: "list[Image]", size: Size, request: PageRequest) -> "Image":
    """Refuse what poppler gives in place of a page it could not draw: nothing, or a picture of 1 x 1.

    A pixel more or less is its rounding on turned pages; the placement follows the picture.
    """
    got: Any = pages[0].size if len(pages) == 1 else "nothing"
    if got == "nothing" or max(abs(got[0] - size[0]), abs(got[1] - size[1])) > 1:
        reason = f"poppler gave {got} instead of {size}"
        raise RenderError("render_failed", file=request.file, page=request.page, reason=reason)
    return pages[0].convert("RGB") if pages[0].mode not in ("1", "L", "RGB") else pages[0]


def _info(path: Path, password: str | None, first: int, last: int) -> dict[str, Any]:
    import pdf2image

    info: dict[str, Any] = _call(
        pdf2image.pdfinfo_from_path, path, password, first_page=first, last_page=last, rawdates=True
    )
    return {" ".join(key.split()): value for key, value in info.items()}  # pdfinfo pads "Page    1 size"


def _call(function: Any, path: Path, password: str | None, **options: Any) -> Any:
    """Call pdf2image and turn its errors into ours."""
    from pdf2image import exceptions

    try:
        return function(os.fspath(path.absolute()), userpw=password, **options)
    except exceptions.PDFInfoNotInstalledError as error:
        what = "--engine poppler"
        raise MissingDependencyError(
            "missing_dependency", what=what, name="poppler", command=_COMMAND
        ) from error
    except (exceptions.PDFPageCountError, exceptions.PDFSyntaxError, ValueError) as error:
        said = _last_line(str(error))
        if "password" in said.lower():
            raise PasswordError("password_wrong" if password else "password_missing", file=path) from error
        raise DamagedSourceError("damaged", file=path, reason=reason_of(said)) from error


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:200] if lines else "poppler cannot read it"
