"""Pages of text drawn with Pillow at a known size, and the damage a scanner or a phone does to them.

Used by the tests and by the scripts that set thresholds. Latin text falls back on the font that Pillow
carries; Chinese needs Noto Sans CJK (Debian: fonts-noto-cjk).
"""

import io
import random
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

Script = Literal["en", "zh", "caps", "digits", "mixed"]
Grey = npt.NDArray[np.uint8]

ENGLISH = (
    "The quarterly report describes how the regional offices handled invoices, customer questions and "
    "delayed shipments during the spring. Payment is due within thirty days of receipt; a fee of 1.5 % "
    "applies afterwards. Please keep this document with your records. Every figure was checked twice by "
    "the finance team, and differences above 200 euros are explained in the notes below the table. The "
    "committee will meet again on Thursday, 14 November, in the large hall beside the library. Visitors "
    "should bring a valid badge, a copy of the agenda, and proof of their booking. "
)
CHINESE = (
    "本季度各地区办事处共处理发票一千二百余张，客户咨询与延迟发货的情况较去年同期明显减少。请在收到账单后三十日内付款，"
    "逾期将按照合同约定收取滞纳金。所有数据均经财务部门两次核对，差额超过二百元的项目在表格下方附有说明。委员会将于十一月"
    "十四日星期四在图书馆旁的大礼堂再次召开会议，来访人员须携带有效证件、议程复印件以及预约凭证。如有疑问，请与综合办公室联系，"
    "我们会在两个工作日之内答复。设备维修期间请勿触碰电源开关，注意人身安全。"
)
_WORDS: dict[Script, str] = {
    "en": ENGLISH,
    "zh": CHINESE,
    "caps": ENGLISH.upper(),
    "digits": "12,480.50  3,019.75  668.00  91,204.33  7,745.10  2026-11-14  0571-8823 4410  ",
    "mixed": "合同编号 HT-2026-0471，金额 12,480.50 元；Invoice No. 88-1203，Due date 2026-11-14，税率 13%。",
}
_CJK = Path("/usr/share/fonts/opentype/noto")


class FontMissingError(RuntimeError):
    """A font that a test page needs is not installed."""


@cache
def font(name: str, px: float) -> ImageFont.FreeTypeFont:
    """Load a font by file name, "cjk", "cjk-serif" or "default" at `px` pixels per em."""
    if name == "default":
        loaded = ImageFont.load_default(px)
        if not isinstance(loaded, ImageFont.FreeTypeFont):
            raise FontMissingError("Pillow was built without FreeType")
        return loaded
    if name.startswith("cjk"):
        file = "NotoSerifCJK-Regular.ttc" if name == "cjk-serif" else "NotoSansCJK-Regular.ttc"
        if not (_CJK / file).is_file():
            raise FontMissingError(f"{_CJK / file} is missing: apt-get install fonts-noto-cjk")
        return ImageFont.truetype(str(_CJK / file), px, index=2)  # 2 is the simplified Chinese face
    return ImageFont.truetype(name, px)


def font_for(script: Script) -> str:
    """Name a font that has the characters of `script`."""
    return "cjk" if script in ("zh", "mixed") else "default"


def words(script: Script, start: int, width: float, face: ImageFont.FreeTypeFont) -> str:
    """Take text of at most `width` pixels, from the position `start` of the endless text of a script."""
    text = _WORDS[script] * 3
    start %= len(_WORDS[script])
    piece = text[start : start + max(2, int(width / face.size * 3))].lstrip(" ，。；、")
    while len(piece) > 1 and face.getlength(piece) > width:
        piece = piece[: max(1, min(len(piece) - 1, int(len(piece) * width / face.getlength(piece))))]
    return piece


@dataclass(frozen=True)
class DrawnPage:
    """A page with what stands on it: each line's text and its box in pixels, with some paper around it."""

    image: Image.Image
    lines: tuple[tuple[str, tuple[int, int, int, int]], ...]


def draw_page(script: Script, em: float, **options: Any) -> Image.Image:
    """Draw a page of text at `em` pixels per em; see `draw_lines` for the options."""
    return draw_lines(script, em, **options).image


def draw_lines(
    script: Script,
    em: float,
    *,
    size: tuple[int, int] = (1240, 1754),
    lines: int = 24,
    face: str | None = None,
    ink: tuple[int, int, int] = (0, 0, 0),
    paper: tuple[int, int, int] = (255, 255, 255),
    leading: float = 1.4,
    seed: int = 0,
) -> DrawnPage:
    """Draw a page of up to `lines` lines of text at `em` pixels per em, as many as fit."""
    image = Image.new("RGB", size, paper)
    draw = ImageDraw.Draw(image)
    loaded = font(face or font_for(script), em)
    margin, rng = size[0] * 0.08, random.Random(seed)
    y, drawn = size[1] * 0.06, []
    for number in range(lines):
        if y + em * 1.3 > size[1] * 0.96:
            break
        width = (size[0] - 2 * margin) * (1.0 if number % 6 else rng.uniform(0.4, 0.9))
        text = words(script, rng.randrange(1000), width, loaded)
        draw.text((margin, y), text, font=loaded, fill=ink)
        drawn.append((text, _padded(draw.textbbox((margin, y), text, font=loaded), em)))
        y += em * leading * (1.6 if number % 6 == 5 else 1.0)
    return DrawnPage(image, tuple(drawn))


def _padded(box: tuple[float, float, float, float], em: float) -> tuple[int, int, int, int]:
    """Give a line the paper that a detector leaves around it: a sixth of an em."""
    left, upper, right, lower = box
    pad = em / 6
    return (round(left - pad), round(upper - pad), round(right + pad), round(lower + pad))


def grey(image: Image.Image) -> Grey:
    """Give the grey values, uint8, (height, width)."""
    return np.asarray(image.convert("L"))


def blurred(image: Image.Image, sigma: float) -> Image.Image:
    """Blur by a Gaussian of `sigma` pixels, as a lens out of focus does."""
    return Image.fromarray(cv2.GaussianBlur(np.asarray(image), (0, 0), sigma))


def moved(image: Image.Image, length: float, angle: float = 0.0) -> Image.Image:
    """Smear along a line of `length` pixels at `angle` degrees, as a hand that shakes does."""
    side = int(length) * 2 + 3
    kernel = np.zeros((side, side), np.float32)
    dx, dy = np.cos(np.radians(angle)) * length / 2, np.sin(np.radians(angle)) * length / 2
    centre = side // 2
    for t in np.linspace(-1, 1, side * 8):
        kernel[round(centre - t * dy), round(centre + t * dx)] += 1
    return Image.fromarray(cv2.filter2D(np.asarray(image), -1, kernel / kernel.sum()))


def noisy(image: Image.Image, sigma: float, seed: int = 0) -> Image.Image:
    """Add Gaussian noise of `sigma` grey levels."""
    pixels = np.asarray(image).astype(np.float32)
    pixels += np.random.default_rng(seed).normal(0, sigma, pixels.shape).astype(np.float32)
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def jpeg(image: Image.Image, quality: int) -> Image.Image:
    """Compress as JPEG and read it again."""
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return Image.open(io.BytesIO(buffer.getvalue())).convert(image.mode)


def tilted(image: Image.Image, degrees: float, fill: tuple[int, int, int] = (255, 255, 255)) -> Image.Image:
    """Turn counter-clockwise by `degrees`, growing the canvas."""
    return image.rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=fill)


def shrunk(image: Image.Image, factor: float) -> Image.Image:
    """Reduce by `factor` and enlarge back to the same size: detail is gone, the size stays."""
    small = (max(1, round(image.width / factor)), max(1, round(image.height / factor)))
    return image.resize(small, Image.Resampling.LANCZOS).resize(image.size, Image.Resampling.BICUBIC)


def faded(image: Image.Image, low: int, high: int) -> Image.Image:
    """Squeeze the grey levels into `low` to `high`."""
    pixels = np.asarray(image).astype(np.float32)
    return Image.fromarray((low + pixels * ((high - low) / 255)).round().astype(np.uint8))


def photographed(image: Image.Image, *, degrees: float, seed: int = 0) -> Image.Image:
    """Make a phone's shot of a page: on a desk, tilted, with shading, slight blur, noise and JPEG."""
    rng = np.random.default_rng(seed)
    desk = (96, 74, 58)
    page = Image.new("RGB", (int(image.width * 1.12), int(image.height * 1.1)), desk)
    page.paste(image, (int(image.width * 0.06), int(image.height * 0.05)))
    shot = np.asarray(tilted(page, degrees, desk)).astype(np.float32)
    height, width = shot.shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    angle = rng.uniform(0, 2 * np.pi)
    slope = (x / width - 0.5) * np.cos(angle) + (y / height - 0.5) * np.sin(angle)
    shot = shot * (0.8 + 0.35 * slope)[..., None]
    picture = Image.fromarray(np.clip(shot, 0, 255).astype(np.uint8))
    return jpeg(noisy(blurred(picture, 0.8), 5, seed), 85)
