"""PDF files written by hand, so that tests know every number in them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Words:
    """Text in Helvetica: its size in points and the left end of its baseline, from the lower left."""

    text: str
    x: float = 72
    y: float = 700
    size: float = 12


@dataclass(frozen=True)
class Block:
    """A black rectangle in points from the lower left: left, lower, width, height."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Page:
    """One page: its size in points, what is drawn on it, extra entries of its dictionary."""

    size: tuple[float, float] = (595, 842)
    content: Sequence[Words | Block] = field(default_factory=lambda: (Words("Hello page"),))
    extra: str = ""


def pdf_bytes(pages: Sequence[Page]) -> bytes:
    """Write a PDF 1.4 with a correct cross-reference table."""
    kids = " ".join(f"{4 + 2 * i} 0 R" for i in range(len(pages)))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for number, page in enumerate(pages):
        stream = "\n".join(_operators(item) for item in page.content)
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {page.size[0]} {page.size[1]}] {page.extra} "
            f"/Resources << /Font << /F1 3 0 R >> >> /Contents {5 + 2 * number} 0 R >>"
        )
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
    return _file(objects)


def write_pdf(path: Path, *pages: Page) -> Path:
    """Write a PDF file of `pages` (one page of text by default) and give its path."""
    path.write_bytes(pdf_bytes(pages or (Page(),)))
    return path


def _operators(item: Words | Block) -> str:
    if isinstance(item, Block):
        return f"{item.x} {item.y} {item.width} {item.height} re f"
    text = item.text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
    return f"BT /F1 {item.size} Tf {item.x} {item.y} Td ({text}) Tj ET"


def _file(objects: Sequence[str]) -> bytes:
    data = b"%PDF-1.4\n"
    offsets = []
    for number, text in enumerate(objects, 1):
        offsets.append(len(data))
        data += f"{number} 0 obj\n{text}\nendobj\n".encode("latin-1")
    table = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    tail = f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(data)}\n%%EOF\n"
    return data + f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}{tail}".encode("latin-1")
