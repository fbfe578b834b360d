"""A photo of a till receipt: a little askew, out of focus, noisy, unevenly lit, JPEG of quality 60."""

import io
from decimal import Decimal
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from benchmarks.samples.fonts import mono
from benchmarks.samples.ink import ink_box, put_text, text_mask
from benchmarks.samples.truth import Page, document

Pixels = NDArray[np.float32]
PAPER = (640, 1180)
PHOTO = (960, 1440)
CORNERS = [(148, 118), (842, 92), (878, 1348), (122, 1316)]
"""Where the paper's corners lie in the photo: upper left, upper right, lower right, lower left."""
EDGE, SIZE = 46, 28
ITEMS = [
    ("可颂 Croissant", 2, "14.00"),
    ("全麦吐司 Wholemeal", 1, "22.50"),
    ("拿铁 Latte", 2, "24.00"),
    ("肉桂卷 Cinnamon roll", 1, "10.00"),
]
Line = tuple[float, float, str, int]


def draw() -> tuple[bytes, dict[str, Any]]:
    """Draw the photo; gives the JPEG and its truth, the boxes as the ink lies in the photo."""
    paper = Image.new("RGB", PAPER, "#f4f2ec")
    page = Page(*PHOTO)
    lines = _lines(page)
    warp = _warp()
    for x, baseline, text, size in lines:
        put_text(paper, x, baseline, text, mono(), size, "#33322f")
        mask = cv2.warpPerspective(np.asarray(text_mask(PAPER, x, baseline, text, mono(), size)), warp, PHOTO)
        page.line(text, ink_box(Image.fromarray(mask)))
    _rules_and_bars(paper)
    data = io.BytesIO()
    _photograph(paper, warp).save(data, "JPEG", quality=60)
    return data.getvalue(), document("receipt", "receipt.jpg", "px", [page])


def _warp() -> Any:
    corners = [(0, 0), (PAPER[0], 0), PAPER, (0, PAPER[1])]
    return cv2.getPerspectiveTransform(np.array(corners, np.float32), np.array(CORNERS, np.float32))


def _lines(page: Page) -> list[Line]:
    lines = [
        _centred(84, "拾穗面包房", 44),
        _centred(126, "GLEANER BAKERY", 30),
        _centred(170, "临江市和风路 88 号", 26),
        _centred(204, "TEL 021-5555-0199", 26),
    ]
    lines += _pair(page, 268, "单号 No.", "20260314-0072", "number")
    lines += _pair(page, 306, "日期 Date", "2026-03-14 09:26", "date")
    lines += _pair(page, 344, "收银员 Cashier", "03", "cashier")
    subtotal, y = Decimal(0), 412
    for name, count, price in ITEMS:
        amount = count * Decimal(price)
        subtotal += amount
        lines += [(EDGE, y, name, SIZE), _right(y + 36, f"{amount}", SIZE)]
        lines.insert(-1, (EDGE + 40, y + 36, f"{count} x {price}", SIZE))
        y += 84
    return lines + _totals(page, subtotal)


def _totals(page: Page, subtotal: Decimal) -> list[Line]:
    discount = (subtotal * Decimal("0.10")).quantize(Decimal("0.01"))
    total, cash = subtotal - discount, Decimal("100.00")
    lines = _pair(page, 778, "小计 Subtotal", f"{subtotal}", "subtotal")
    lines += _pair(page, 818, "会员折扣 Member 10%", f"-{discount}", "discount")
    lines += _pair(page, 876, "合计 TOTAL", f"{total}", "total", size=40)
    lines += _pair(page, 940, "现金 Cash", f"{cash}", "cash")
    lines += _pair(page, 980, "找零 Change", f"{cash - total}", "change")
    return [*lines, _centred(1050, "谢谢惠顾 Thank you", 28)]


def _pair(page: Page, y: float, label: str, value: str, name: str, *, size: int = SIZE) -> list[Line]:
    page.value(name, label, value)
    return [(EDGE, y, label, size), _right(y, value, size)]


def _right(y: float, text: str, size: int) -> Line:
    return (PAPER[0] - EDGE - mono().width(text, size), y, text, size)


def _centred(y: float, text: str, size: int) -> Line:
    return (PAPER[0] / 2 - mono().width(text, size) / 2, y, text, size)


def _rules_and_bars(paper: Image.Image) -> None:
    pen = ImageDraw.Draw(paper)
    for y in (228, 370, 736, 1006):
        for x in range(EDGE, PAPER[0] - EDGE, 16):
            pen.line([(x, y), (x + 9, y)], fill="#4a4945", width=2)
    x, widths = 120, np.random.default_rng(72).integers(2, 8, 90)
    for number, width in enumerate(widths):
        if number % 2 == 0 and x < PAPER[0] - 126:
            pen.rectangle((x, 1084, x + int(width) - 1, 1140), fill="#33322f")
        x += int(width)


def _photograph(paper: Image.Image, warp: Any) -> Image.Image:
    rng = np.random.default_rng(20260314)
    sheet = cv2.warpPerspective(np.asarray(paper, np.float32), warp, PHOTO, flags=cv2.INTER_AREA)
    cover = cv2.warpPerspective(np.ones(PAPER[::-1], np.float32), warp, PHOTO)
    shadow = cv2.GaussianBlur(np.roll(cover, (14, 10), (0, 1)), (0, 0), 12)[..., None]
    table = _table(rng) * (1 - 0.45 * shadow)
    scene = table * (1 - cover[..., None]) + sheet * cover[..., None]
    scene = cv2.GaussianBlur(scene, (0, 0), 2.6) * _light()
    # Noise of a small sensor: grains a little larger than a pixel.
    grain = cv2.GaussianBlur(rng.normal(0, 11, scene.shape).astype(np.float32), (0, 0), 0.7)
    return Image.fromarray(np.clip(scene + grain, 0, 255).astype(np.uint8))


def _table(rng: np.random.Generator) -> Pixels:
    """Draw a wooden table: long streaks along its grain."""
    streaks = rng.normal(0, 1, (PHOTO[1], PHOTO[0])).astype(np.float32)
    grain = cv2.GaussianBlur(streaks, (0, 0), sigmaX=1.5, sigmaY=90) * 260
    wood = np.array([128, 92, 62], np.float32) + grain[..., None] * np.array([1.0, 0.8, 0.6], np.float32)
    return np.asarray(wood, np.float32)


def _light() -> Pixels:
    """Light from the upper left, falling off to the lower right, with the shadow of a hand."""
    y, x = np.mgrid[0 : PHOTO[1], 0 : PHOTO[0]].astype(np.float32)
    fall = 1.04 - 0.34 * (x / PHOTO[0] * 0.5 + y / PHOTO[1] * 0.5)
    hand = np.exp(-(((x - 900) / 330) ** 2) - ((y - 1000) / 420) ** 2)
    return np.asarray((fall - 0.16 * hand)[..., None], np.float32)
