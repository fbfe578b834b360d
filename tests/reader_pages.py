"""Pictures of text at known places, and ways to ask the reader about them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from demo.engines import Piece, Request, Result, engine
from prompts import build_prompt
from prompts.images import ImageRef
from toolkit.geometry import Box


def font(size: int) -> Any:
    """Pillow's own font: Latin letters, there on every machine."""
    return ImageFont.load_default(size)


def draw_page(
    size: tuple[int, int],
    texts: Sequence[tuple[int, int, str]],
    *,
    em: int = 18,
    ink: str = "black",
    paper: str = "white",
) -> tuple[Image.Image, list[Box]]:
    """Draw texts with their upper left corners at (x, y); gives the picture and each text's tight box."""
    picture = Image.new("RGB", size, paper)
    pen = ImageDraw.Draw(picture)
    boxes = []
    for x, y, text in texts:
        pen.text((x, y), text, font=font(em), fill=ink)
        alone = Image.new("L", size)
        ImageDraw.Draw(alone).text((x, y), text, font=font(em), fill=255)
        left, upper, right, lower = alone.point(lambda v: 255 if v > 100 else 0).getbbox() or (0, 0, 0, 0)
        boxes.append((float(left), float(upper), float(right), float(lower)))
    return picture, boxes


def draw_table(
    rows: Sequence[Sequence[str]], widths: Sequence[int], *, em: int = 18, rules: bool = True
) -> Image.Image:
    """Draw a table at (30, 30), cells aligned at the left."""
    edges = [30]
    for width in widths:
        edges.append(edges[-1] + width)
    pitch = 2 * em
    picture = Image.new("RGB", (edges[-1] + 30, 60 + pitch * len(rows)), "white")
    pen = ImageDraw.Draw(picture)
    for number, row in enumerate(rows):
        for x, text in zip(edges, row, strict=False):
            pen.text((x + 8, 30 + number * pitch + em // 2), text, font=font(em), fill="black")
    if rules:
        lower = 30 + pitch * len(rows)
        for number in range(len(rows) + 1):
            pen.line((30, 30 + number * pitch, edges[-1], 30 + number * pitch), fill="black")
        for x in edges:
            pen.line((x, 30, x, lower), fill="black")
    return picture


def save(picture: Image.Image, path: Path, label: int = 1, **more: Any) -> ImageRef:
    """Save a picture as PNG and refer to it as image `label`."""
    picture.save(path)
    return ImageRef(label, picture.width, picture.height, path, **more)


def ask(
    task: str, format: str | None, images: Sequence[ImageRef], *, region: str = "whole", **more: Any
) -> tuple[Result, list[str]]:
    """Ask the shared reader; gives the result and the pieces that came before it."""
    prompt = build_prompt(task, region, format, images, **more)
    *pieces, result = engine("reader").ask(Request(prompt))
    assert isinstance(result, Result)
    texts = [piece.text for piece in pieces if isinstance(piece, Piece)]
    assert "".join(texts) == result.text
    return result, texts


def errors(truth: str, read: str) -> int:
    """Count the characters to insert, delete or replace between two texts (Levenshtein)."""
    row = list(range(len(read) + 1))
    for i, a in enumerate(truth, 1):
        last = row
        row = [i]
        for j, b in enumerate(read, 1):
            row.append(min(last[j] + 1, row[-1] + 1, last[j - 1] + (a != b)))
    return row[-1]
