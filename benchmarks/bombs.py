"""Small files that unpack to gigabytes, and a check that each is refused by name within the memory limit.

    python -m benchmarks.bombs [DIR]

writes them into DIR (a temporary folder by default), renders each one in a run of its own beside a good page,
and prints what was said and the peak memory of the largest process. The exit code is 1 if one came through,
was not named, or took more than 256 MB beside what the page's own pixels explain.
"""

import json
import struct
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from PIL import Image

from benchmarks.measure import table
from benchmarks.pdf_writer import PdfWriter, text_pdf
from toolkit.manifest_file import read_manifest
from toolkit.work.guard import BASE_MB

SIDE = 60_000
"""Pixels a side of what a bomb declares: 3,600 megapixels, 18 times the limit."""
_MEGABYTES = 600


class Outcome(NamedTuple):
    """How a bomb was received: the error by its class, its sentence, and the peak of the largest process."""

    name: str
    error: str
    said: str
    peak_mb: float


def deflated(unit: bytes, megabytes: int) -> bytes:
    """Deflate `unit` repeated to some megabytes without ever holding them."""
    stream, block = zlib.compressobj(9), unit * (2**20 // len(unit))
    return b"".join(stream.compress(block) for _ in range(megabytes)) + stream.flush()


def _pdf(path: Path, content: bytes, filters: str = "", resources: str = "", size: float = 300) -> None:
    writer = PdfWriter()
    filters = filters or "/FlateDecode"
    number = writer.stream(content, f"/Filter [{filters}]", deflate=False)
    page = writer.add(
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {size:.0f} {size:.0f}] "
        f"/Resources << {resources} >> /Contents {number} 0 R >>"
    )
    writer.kids.append(page)
    writer.save(path)


def pdf_content(path: Path, megabytes: int = _MEGABYTES) -> None:
    """A content stream of path operators, deflated to a thousandth."""
    _pdf(path, deflated(b"0 0 m 9 9 l\n", megabytes))


def pdf_nested_filters(path: Path, megabytes: int = _MEGABYTES) -> None:
    """The same deflated three times over: some kilobytes."""
    data = zlib.compress(zlib.compress(deflated(b"0 0 m 9 9 l\n", megabytes), 9), 9)
    _pdf(path, data, "/FlateDecode /FlateDecode /FlateDecode")


def pdf_nested_forms(path: Path, depth: int = 9) -> None:
    """Forms that draw the next form ten times each, nine deep: a thousand million drawings."""
    writer = PdfWriter()
    inner = writer.stream(b"0 0 9 9 re f", "/Type /XObject /Subtype /Form /BBox [0 0 9 9]")
    for _ in range(depth):
        head = f"/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /F {inner} 0 R >> >>"
        inner = writer.stream(b"/F Do " * 10, head)
    writer.page("/F Do", size=(300, 300), resources=f"/XObject << /F {inner} 0 R >>")
    writer.save(path)


def pdf_image(path: Path, side: int = SIDE) -> None:
    """An image object that declares more pixels than the limit."""
    writer = PdfWriter()
    head = f"/Subtype /Image /Width {side} /Height {side} /ColorSpace /DeviceRGB /BitsPerComponent 8"
    number = writer.stream(bytes(1000), head)
    writer.page("q 300 0 0 300 0 0 cm /I Do Q", size=(300, 300), resources=f"/XObject << /I {number} 0 R >>")
    writer.save(path)


def pdf_inline_image(path: Path, side: int = SIDE) -> None:
    """The same, written into the content stream."""
    data = deflated(bytes(1), 4)
    head = f"q 300 0 0 300 0 0 cm BI /W {side} /H {side} /CS /RGB /BPC 8 /F /Fl ID "
    _pdf(path, zlib.compress(head.encode() + data + b" EI Q"))


def pdf_page(path: Path, side: int = 2_000_000_000) -> None:
    """A page of two thousand million points."""
    _pdf(path, zlib.compress(b"0 0 m"), size=side)


def pdf_object_stream(path: Path, megabytes: int = _MEGABYTES) -> None:
    """An object stream, which is read while the file is opened, of spaces without end."""
    data = deflated(b" " * 64, megabytes)
    body = b"1 0 obj\n<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode /Length %d >>\nstream\n" % len(data)
    out = b"%PDF-1.5\n" + body + data + b"\nendstream\nendobj\n"
    out += b"trailer\n<< /Size 9 /Root 2 0 R >>\nstartxref\n0\n%%EOF\n"
    path.write_bytes(out)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _png(path: Path, size: tuple[int, int], data: bytes, extra: bytes = b"") -> None:
    head = _chunk(b"IHDR", struct.pack(">IIBBBBB", *size, 8, 2, 0, 0, 0))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + head + extra + _chunk(b"IDAT", data) + _chunk(b"IEND", b""))


def png(path: Path, side: int = SIDE) -> None:
    """A PNG of zeros over the limit."""
    _png(path, (side, side), deflated(bytes(1), 64))


def png_text(path: Path, megabytes: int = _MEGABYTES) -> None:
    """A small PNG whose compressed text unpacks to hundreds of megabytes."""
    note = _chunk(b"zTXt", b"note\x00\x00" + deflated(b"a" * 64, megabytes))
    _png(path, (8, 8), zlib.compress(bytes(8 * 25)), note)


def png_profile(path: Path, megabytes: int = _MEGABYTES) -> None:
    """A small PNG whose colour profile unpacks to hundreds of megabytes."""
    note = _chunk(b"iCCP", b"note\x00\x00" + deflated(bytes(64), megabytes))
    _png(path, (8, 8), zlib.compress(bytes(8 * 25)), note)


def tiff(path: Path, side: int = SIDE) -> None:
    """A TIFF that declares more pixels than the limit, in CCITT group 4."""
    _tiff(path, [(side, side)])


def tiff_frames(path: Path, frames: int = 12_000) -> None:
    """A TIFF of more pages than the limit, all broken, the last of them over the limit of pixels."""
    _tiff(path, [(8, 8)] * frames + [(SIDE, SIDE)])


def tiff_circle(path: Path) -> None:
    """A TIFF whose chain of pages runs in a circle."""
    _tiff(path, [(8, 8)], last=8)


def _tiff(path: Path, sizes: list[tuple[int, int]], last: int = 0) -> None:
    out = bytearray(struct.pack("<2sHI", b"II", 42, 8))
    for index, (width, height) in enumerate(sizes):
        at = len(out)
        strip = at + 2 + 12 * 9 + 4
        rows = ((256, width), (257, height), (258, 1), (259, 4), (262, 0), (273, strip), (277, 1),
                (278, height), (279, 4))  # fmt: skip
        out += struct.pack("<H", len(rows)) + b"".join(struct.pack("<HHII", tag, 4, 1, v) for tag, v in rows)
        more = index + 1 < len(sizes)
        out += struct.pack("<I", strip + 4 if more else last) + bytes(4)
    path.write_bytes(out)


def webp(path: Path, side: int = 16_383) -> None:
    """A lossless WebP of one colour, at the largest size that the format has: 268 megapixels in 34 bytes.

    A pixel of the only colour takes no bit, so that a small picture with another size in its header is whole.
    """
    Image.new("RGB", (16, 16)).save(path, lossless=True, method=0)
    data = bytearray(path.read_bytes())
    at = data.index(b"VP8L") + 9  # after the name, the length and the signature: 14 bits a side, less one
    sizes = struct.unpack_from("<I", data, at)[0] & ~0xFFFFFFF
    struct.pack_into("<I", data, at, sizes | (side - 1) << 14 | (side - 1))
    path.write_bytes(data)


def gif(path: Path, side: int = 65_535) -> None:
    """A GIF that declares 4,295 megapixels."""
    head = b"GIF89a" + struct.pack("<HHBBB", side, side, 0x80, 0, 0) + bytes(6)
    image = b"," + struct.pack("<HHHHB", 0, 0, side, side, 0) + b"\x02\x02\x4c\x01\x00;"
    path.write_bytes(head + image)


def bmp(path: Path, side: int = SIDE) -> None:
    """A run-length BMP that declares more pixels than the limit."""
    head = struct.pack("<IiiHHIIiiII", 40, side, side, 1, 8, 1, 4, 2835, 2835, 2, 0)
    path.write_bytes(b"BM" + struct.pack("<IHHI", 70, 0, 0, 62) + head + bytes(8) + b"\x00\x00\x00\x01")


def jpeg(path: Path, side: int = 65_500) -> None:
    """A JPEG whose header declares 4,290 megapixels."""
    Image.new("L", (16, 16)).save(path)
    data = bytearray(path.read_bytes())
    at = data.index(b"\xff\xc0")
    data[at + 5 : at + 9] = struct.pack(">HH", side, side)
    path.write_bytes(data)


BOMBS: dict[str, Callable[[Path], None]] = {
    "content.pdf": pdf_content, "filters.pdf": pdf_nested_filters, "forms.pdf": pdf_nested_forms,
    "image.pdf": pdf_image, "inline-image.pdf": pdf_inline_image, "page.pdf": pdf_page,
    "object-stream.pdf": pdf_object_stream, "size.png": png, "text.png": png_text, "profile.png": png_profile,
    "size.tif": tiff, "frames.tif": tiff_frames, "circle.tif": tiff_circle, "size.webp": webp,
    "size.gif": gif, "size.bmp": bmp, "size.jpg": jpeg,
}  # fmt: skip
HARMLESS = ("circle.tif", "inline-image.pdf")
"""Bombs that may come out as pages: the circle is read once, and PDFium leaves such an image away."""


def defuse(paths: list[Path], out: Path, page_timeout: float = 20) -> tuple[list[Outcome], set[str]]:
    """Render files in one run; give how each was received, and the names of those whose pages came out."""
    command = [sys.executable, "-m", "toolkit", "render", *map(str, paths), "-o", str(out), "--dpi", "72"]
    script = (
        "import resource,subprocess,sys\n"
        "subprocess.run(sys.argv[1:], capture_output=True)\n"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)\n"
    )
    limits = ["--page-timeout", str(page_timeout), "--jobs", "1"]
    whole = [sys.executable, "-c", script, *command, *limits]
    root = Path(__file__).parents[1]
    peak = float(subprocess.run(whole, capture_output=True, text=True, check=True, cwd=root).stdout)
    manifest = read_manifest(out)
    failed = {Path(failure.file).name: (failure.error, failure.text.en) for failure in manifest.failures}
    found = [Outcome(path.name, *failed.get(path.name, ("-", "came out")), peak) for path in paths]
    return found, {image.source.file for image in manifest.images}


def held(outcome: Outcome, whole: set[str]) -> bool:
    """Tell whether a bomb was refused by name, in bounded memory, and the good page beside it came out."""
    refused = outcome.name in outcome.said or outcome.name in HARMLESS
    return refused and "good.pdf" in whole and outcome.peak_mb <= BASE_MB


def _received(folder: Path) -> Iterator[tuple[Outcome, bool]]:
    good = text_pdf(folder / "good.pdf")
    for name, make in BOMBS.items():
        make(folder / name)
        found, whole = defuse([folder / name, good], folder / f"out-{name}")
        yield found[0], held(found[0], whole)
        (folder / name).unlink()


def main() -> int:
    """Make, defuse and report all bombs."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        found = list(_received(folder))
    rows = [[o.name, o.error, f"{o.peak_mb:.0f}", "yes" if ok else "NO", o.said[:110]] for o, ok in found]
    print(table(["bomb", "error", "peak MB", "refused", "what was said"], rows))
    print(json.dumps({"breaches": [o.name for o, ok in found if not ok]}))
    return 0 if all(ok for _, ok in found) else 1


if __name__ == "__main__":
    sys.exit(main())
