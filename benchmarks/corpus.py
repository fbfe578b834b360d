"""Documents to measure on: text, scans, charts and forms, made here so that anybody has the same ones.

    python -m benchmarks.corpus DIR

writes them; the other scripts make them by themselves. Real documents from ../shared/data are added when
that folder is there.
"""

import random
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from benchmarks.pdf_writer import PdfWriter, text

SHARED = Path(__file__).parents[2] / "shared" / "data" / "pdf"
_WORDS = Path(__file__).with_name("words.txt").read_text().split()


@dataclass(frozen=True)
class Document:
    """A file of the corpus: what it shows, and how many of its pages are measured."""

    path: Path
    kind: str
    pages: int


def make_corpus(folder: Path, *, real: bool = True) -> list[Document]:
    """Write the documents into `folder` and list them; 64 pages, and up to 8 of each real document."""
    folder.mkdir(parents=True, exist_ok=True)
    made = [
        Document(text_document(folder / "text.pdf", 24), "text", 24),
        Document(scan_document(folder / "scan.pdf", 12), "scan", 12),
        Document(chart_document(folder / "chart.pdf", 16), "chart", 16),
        Document(form_document(folder / "form.pdf", 12), "form", 12),
    ]
    return made + (real_documents() if real else [])


def real_documents() -> list[Document]:
    """List the real documents that open without a password."""
    import pypdfium2

    found = []
    for path in sorted(SHARED.glob("*.pdf")) if SHARED.is_dir() else []:
        try:
            with pypdfium2.PdfDocument(path) as document:
                found.append(Document(path, "real", min(8, len(document))))
        except pypdfium2.PdfiumError:
            continue
    return found


def _sentence(rng: random.Random, length: int) -> str:
    return " ".join(rng.choice(_WORDS) for _ in range(length))


def text_document(path: Path, pages: int, seed: int = 1) -> Path:
    """Write pages of prose in Times and Helvetica, 9 to 12 points, every third with a coloured headline."""
    rng, writer = random.Random(seed), PdfWriter()
    fonts = f"/Font << /F1 {writer.font('Times-Roman')} 0 R /F2 {writer.font('Helvetica-Bold')} 0 R >>"
    for number in range(pages):
        size = rng.choice([9, 10, 11, 12])
        head = "0.1 0.2 0.6 rg\n" if number % 3 == 0 else ""
        content = head + text(f"{number + 1}. {_sentence(rng, 4)}", y=780, size=18, font="F2") + "0 g\n"
        lines = int(700 / (size * 1.3))
        content += "".join(
            text(_sentence(rng, 13), x=60, y=750 - line * size * 1.3, size=size)
            for line in range(lines)
            if line % 9 != 8
        )
        writer.page(content, resources=fonts)
    return writer.save(path)


def scan_picture(rng: random.Random, mode: str, dpi: int = 200) -> Image.Image:
    """Draw a page as a scanner gives it: slightly turned, blurred and noisy; "1" is a clean fax."""
    size = (round(8.27 * dpi), round(11.69 * dpi))
    page = Image.new("L", size, 250)
    draw = ImageDraw.Draw(page)
    font = ImageFont.load_default(dpi * 11 // 72)
    for line in range(48):
        draw.text((dpi * 0.8, dpi * (0.8 + line * 0.2)), _sentence(rng, 10), font=font, fill=30)
    if mode == "1":
        return page.convert("1", dither=Image.Dither.NONE)
    page = page.rotate(0.4, fillcolor=250, resample=Image.Resampling.BICUBIC).filter(
        ImageFilter.GaussianBlur(0.7)
    )
    noise = np.random.default_rng(rng.randrange(2**32)).normal(0, 3, (size[1], size[0], 1))
    paper = np.array([0, -3, -12]) if mode == "RGB" else np.array([0])
    pixels = np.clip(np.asarray(page, np.float32)[..., np.newaxis] + noise + paper, 0, 255).astype(np.uint8)
    return Image.fromarray(pixels if mode == "RGB" else pixels[..., 0])


def scan_document(path: Path, pages: int, seed: int = 2) -> Path:
    """Write scanned pages: colour and grey JPEG, and fax, at 200 dpi."""
    rng, writer = random.Random(seed), PdfWriter()
    for number in range(pages):
        mode = ("RGB", "L", "1")[number % 3]
        image = writer.image(scan_picture(rng, mode), jpeg=mode != "1")
        writer.page("q 595 0 0 842 0 0 cm /I1 Do Q", resources=f"/XObject << /I1 {image} 0 R >>")
    return writer.save(path)


def chart_document(path: Path, pages: int, seed: int = 3) -> Path:
    """Write pages with bars, curves, areas and labels, half of them in colour."""
    rng, writer = random.Random(seed), PdfWriter()
    fonts = f"/Font << /F1 {writer.font()} 0 R >>"
    for number in range(pages):
        colour = number % 2 == 0
        content = "".join(_chart(rng, 60, 80 + 250 * row, colour) for row in range(3))
        writer.page(content, resources=fonts)
    return writer.save(path)


def _chart(rng: random.Random, x: float, y: float, colour: bool) -> str:
    out = f"0 G 1 w {x} {y} m {x} {y + 200} l S {x} {y} m {x + 460} {y} l S\n"
    for bar in range(12):
        shade = (
            f"{rng.random():.2f} {rng.random():.2f} {rng.random():.2f} rg"
            if colour
            else f"{rng.random():.2f} g"
        )
        out += f"{shade} {x + 10 + bar * 37} {y} 26 {rng.uniform(10, 180):.1f} re f\n"
        out += "0 g " + text(f"Q{bar % 4 + 1} {2010 + bar}", x + 8 + bar * 37, y - 12, 7)
    points = " ".join(
        f"{x + 23 + i * 7.4:.1f} {y + 20 + rng.uniform(0, 160):.1f} {'m' if i == 0 else 'l'}"
        for i in range(60)
    )
    return out + ("0.8 0.1 0.1 RG " if colour else "0.3 G ") + f"1.5 w {points} S\n"


def form_document(path: Path, pages: int, seed: int = 4) -> Path:
    """Write forms with ruled boxes, labels and filled AcroForm fields."""
    rng, writer = random.Random(seed), PdfWriter()
    font = writer.font()
    resources = f"/Font << /F1 {font} 0 R >>"
    fields: list[int] = []
    for _ in range(pages):
        content, widgets = "0.5 w 0 G\n", []
        for row in range(22):
            y = 770 - row * 33
            content += f"60 {y} 220 22 re S 300 {y} 230 22 re S\n" + text(_sentence(rng, 2), 62, y + 24, 7)
            widgets.append(_field(writer, resources, _sentence(rng, 3), (300, y, 530, y + 22)))
        fields += widgets
        annots = " ".join(f"{widget} 0 R" for widget in widgets)
        writer.page(content, resources=resources, entries=f"/Annots [{annots}]")
    listed = " ".join(f"{field} 0 R" for field in fields)
    writer.catalog = f"/AcroForm << /Fields [{listed}] /DR << {resources} >> /DA (/F1 10 Tf 0 g) >>"
    return writer.save(path)


def _field(writer: PdfWriter, resources: str, value: str, box: tuple[float, float, float, float]) -> int:
    width, height = box[2] - box[0], box[3] - box[1]
    look = writer.stream(
        f"/Tx BMC q 0.9 0.95 1 rg 0 0 {width} {height} re f 0 g {text(value, 4, 6, 10)} Q EMC".encode(),
        f"/Type /XObject /Subtype /Form /BBox [0 0 {width} {height}] /Resources << {resources} >>",
    )
    name = len(writer.objects)
    return writer.add(
        f"<< /Type /Annot /Subtype /Widget /FT /Tx /T (f{name}) /V ({value}) /F 4 "
        f"/Rect [{' '.join(map(str, box))}] /AP << /N {look} 0 R >> >>"
    )


if __name__ == "__main__":
    for document in make_corpus(Path(sys.argv[1])):
        print(f"{document.kind:6} {document.pages:3} pages  {document.path}")
