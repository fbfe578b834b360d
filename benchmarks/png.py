"""Lossless PNG encoders on the same pages: time and bytes.

    python -m benchmarks.png [--dpi 300] [--rounds 3] [--json FILE]

Encoders that are not installed are left out by name: pyvips, fpng-py, zlib-ng.
"""

import argparse
import io
import tempfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from benchmarks.corpus import chart_document, scan_picture, text_document
from benchmarks.measure import best, save_json, table
from toolkit.pdf import open_document, pixel_size
from toolkit.png.bands import bands_of
from toolkit.png.encoder import encode
from toolkit.png.filters import UP, filtered_bands
from toolkit.raster import Pixels

Encoder = Callable[[Pixels], int]


def pictures(dpi: int) -> dict[str, Pixels]:
    """Make one page of each kind as red, green, blue at `dpi`: what every peer is given."""
    import random

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        text_page = _drawn(text_document(folder / "t.pdf", 2), 1, dpi)
        colour_page = _drawn(chart_document(folder / "c.pdf", 1), 0, dpi)
        grey_page = _drawn(chart_document(folder / "g.pdf", 2), 1, dpi)
    rng = random.Random(5)
    scans = {f"scan {mode}": _rgb(scan_picture(rng, mode, dpi)) for mode in ("RGB", "L", "1")}
    return {"text": text_page, "colour chart": colour_page, "grey chart": grey_page} | scans


def _drawn(path: Path, page: int, dpi: int) -> Pixels:
    with open_document(path) as document:
        raster = document.render(page, pixel_size(document.page_size(page), dpi))
        return np.ascontiguousarray(raster.channels[..., 2::-1])


def _rgb(image: Image.Image) -> Pixels:
    return np.asarray(image.convert("RGB"))


def encoders() -> tuple[dict[str, Encoder], list[str]]:
    """List the encoders that are installed, and name those that are not."""
    found: dict[str, Encoder] = {
        "ours, fast": lambda pixels: _ours(pixels, "fast"),
        "ours, small": lambda pixels: _ours(pixels, "small"),
        "Pillow, default": _pillow(6),
        "Pillow, level 1": _pillow(1),
        "OpenCV, default": _opencv,
        "up filter + ISA-L": _up_isal,
        "up filter + zlib 6": _up_zlib,
    }
    missing = []
    for name, make in {"pyvips": _pyvips, "fpng": _fpng, "up filter + zlib-ng 6": _up_zlib_ng}.items():
        try:
            found[name] = make()
        except ImportError as error:
            missing.append(f"{name} ({error.name})")
    return found, missing


def _ours(pixels: Pixels, compress: Any) -> int:
    return sum(map(len, encode(bands_of(pixels), dpi=300, compress=compress)))


def _pillow(level: int) -> Encoder:
    def save(pixels: Pixels) -> int:
        file = io.BytesIO()
        Image.fromarray(pixels).save(file, "PNG", compress_level=level)
        return file.tell()

    return save


def _opencv(pixels: Pixels) -> int:
    import cv2

    return len(cv2.imencode(".png", pixels)[1])


def _rows(pixels: Pixels) -> bytes:
    from toolkit.png.bands import Bands

    flat = pixels.reshape(len(pixels), -1)

    def fill(first: int, rows: Pixels) -> None:
        rows[:] = flat[first : first + len(rows)]

    bands = Bands((pixels.shape[1], pixels.shape[0]), "rgb", fill)
    return b"".join(band.data.tobytes() for band in filtered_bands(bands, UP))


def _up_isal(pixels: Pixels) -> int:
    from isal import isal_zlib

    return len(isal_zlib.compress(_rows(pixels), 1))


def _up_zlib(pixels: Pixels) -> int:
    return len(zlib.compress(_rows(pixels), 6))


def _up_zlib_ng() -> Encoder:
    from zlib_ng import zlib_ng

    return lambda pixels: len(zlib_ng.compress(_rows(pixels), 6))


def _pyvips() -> Encoder:
    import pyvips

    return lambda pixels: len(pyvips.Image.new_from_array(pixels).write_to_buffer(".png"))


def _fpng() -> Encoder:
    import fpng_py

    return lambda pixels: len(
        fpng_py.fpng_encode_image_to_memory(pixels.tobytes(), pixels.shape[1], pixels.shape[0])
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dpi", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    found, missing = encoders()
    figures: dict[str, dict[str, tuple[float, int]]] = {}
    for kind, pixels in pictures(options.dpi).items():
        figures[kind] = {
            name: _measured(encode_one, pixels, options.rounds) for name, encode_one in found.items()
        }
        peer = figures[kind]["Pillow, default"]
        rows = [
            [name, ms, size // 1000, size / peer[1], peer[0] / ms]
            for name, (ms, size) in figures[kind].items()
        ]
        height, width = pixels.shape[:2]
        print(f"\n{kind}, {width} x {height}\n")
        print(table(["encoder", "CPU ms", "kB", "bytes / Pillow", "times Pillow's speed"], rows))
    if missing:
        print(f"\nNot installed, left out: {', '.join(missing)}")
    save_json(options.json, figures)


def _measured(encoder: Encoder, pixels: Pixels, rounds: int) -> tuple[float, int]:
    size = encoder(pixels)
    return (best(lambda: encoder(pixels), rounds) * 1000, size)


if __name__ == "__main__":
    main()
