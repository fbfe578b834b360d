"""A PDF writer of a hundred lines, so that benchmarks and tests know every object in their documents."""

import io
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

A4 = (595.0, 842.0)


@dataclass
class PdfWriter:
    """Collects objects and pages; `data()` gives the file."""

    objects: list[bytes] = field(default_factory=lambda: [b"", b""])
    kids: list[int] = field(default_factory=list)
    catalog: str = ""

    def add(self, body: str | bytes) -> int:
        """Add an object, give its number."""
        self.objects.append(body.encode("latin-1") if isinstance(body, str) else body)
        return len(self.objects)

    def stream(self, data: bytes, entries: str = "", *, deflate: bool = True) -> int:
        """Add a stream object, give its number."""
        if deflate:
            data, entries = zlib.compress(data), entries + " /Filter /FlateDecode"
        head = f"<< /Length {len(data)} {entries} >>\nstream\n".encode("latin-1")
        return self.add(head + data + b"\nendstream")

    def font(self, name: str = "Helvetica") -> int:
        """Add one of the standard fonts."""
        return self.add(f"<< /Type /Font /Subtype /Type1 /BaseFont /{name} /Encoding /WinAnsiEncoding >>")

    def image(self, picture: "Image", *, jpeg: bool = False, entries: str = "") -> int:
        """Add an image of mode "1", "L", "RGB" or "CMYK", deflated or as JPEG."""
        space = {"1": "/DeviceGray", "L": "/DeviceGray", "RGB": "/DeviceRGB", "CMYK": "/DeviceCMYK"}[
            picture.mode
        ]
        bits = 1 if picture.mode == "1" else 8
        head = (
            f"/Type /XObject /Subtype /Image /Width {picture.width} /Height {picture.height} "
            f"/ColorSpace {space} /BitsPerComponent {bits} {entries}"
        )
        if not jpeg:
            return self.stream(picture.tobytes(), head)
        file = io.BytesIO()
        picture.save(file, "JPEG", quality=90)
        return self.stream(file.getvalue(), head + " /Filter /DCTDecode", deflate=False)

    def page(
        self,
        content: str | bytes,
        *,
        size: tuple[float, float] = A4,
        resources: str = "",
        entries: str = "",
    ) -> int:
        """Add a page of `size` points with a content stream, give its number."""
        data = content.encode("latin-1") if isinstance(content, str) else content
        number = self.add(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {size[0]:g} {size[1]:g}] "
            f"/Resources << {resources} >> /Contents {self.stream(data)} 0 R {entries} >>"
        )
        self.kids.append(number)
        return number

    def data(self) -> bytes:
        """Give the file: PDF 1.7 with a plain cross-reference table."""
        kids = " ".join(f"{kid} 0 R" for kid in self.kids)
        self.objects[0] = f"<< /Type /Catalog /Pages 2 0 R {self.catalog} >>".encode()
        self.objects[1] = f"<< /Type /Pages /Kids [{kids}] /Count {len(self.kids)} >>".encode()
        out = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
        offsets = []
        for number, body in enumerate(self.objects, 1):
            offsets.append(len(out))
            out += b"%d 0 obj\n" % number + body + b"\nendobj\n"
        start = len(out)
        out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(offsets) + 1)
        out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
        out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(offsets) + 1, start)
        return bytes(out)

    def save(self, path: Path) -> Path:
        """Write the file and give its path."""
        path.write_bytes(self.data())
        return path


def text(words: str, x: float = 72, y: float = 720, size: float = 12, font: str = "F1") -> str:
    """Give the operators that show a line of text."""
    escaped = words.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
    return f"BT /{font} {size:g} Tf {x:g} {y:g} Td ({escaped}) Tj ET\n"


def text_pdf(path: Path, pages: int = 1, *, size: tuple[float, float] = A4, lines: int = 1) -> Path:
    """Write a document of `pages` pages of plain text."""
    writer = PdfWriter()
    resources = f"/Font << /F1 {writer.font()} 0 R >>"
    for number in range(1, pages + 1):
        content = "".join(
            text(
                f"Page {number}, line {line}: the quick brown fox jumps over the lazy dog.", y=780 - 14 * line
            )
            for line in range(1, lines + 1)
        )
        writer.page(content, size=size, resources=resources)
    return writer.save(path)


def scan_pdf(
    path: Path, picture: "Image", *, dpi: float = 150, jpeg: bool = False, entries: str = "", extra: str = ""
) -> Path:
    """Write a document whose one page is one image; `entries` go to the page, `extra` is drawn on top."""
    writer = PdfWriter()
    image = writer.image(picture, jpeg=jpeg)
    width, height = picture.width * 72 / dpi, picture.height * 72 / dpi
    content = f"q {width:.6f} 0 0 {height:.6f} 0 0 cm /I1 Do Q\n{extra}"
    resources = f"/XObject << /I1 {image} 0 R >> /Font << /F1 {writer.font()} 0 R >>"
    writer.page(content, size=(width, height), resources=resources, entries=entries)
    return writer.save(path)
