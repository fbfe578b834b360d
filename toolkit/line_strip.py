"""One candidate row cut out of its picture, level, with its paper and its ink told apart."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from toolkit.text_lines import Candidate, Canvas, Grey, quantile

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Strip:
    """A levelled cut-out of one row: `cover` is 0 on the paper and 1 in full ink, (height, width).

    `scale` leads back to the full picture: one pixel here is `scale` pixels there.
    """

    cover: Floats
    paper: float
    ink: float
    scale: float


def cut_strip(canvas: Canvas, row: Candidate) -> Strip | None:
    """Cut the row out, level, with half its height to spare above and below."""
    fine = canvas.scale > 1 and row.height < 14 and canvas.full is not canvas.work
    grey, zoom = (canvas.full, canvas.scale) if fine else (canvas.work, 1.0)
    left = max(0, int(row.left * zoom) - 2)
    width = min(grey.shape[1], int(row.right * zoom) + 3) - left
    half = max(4, round(row.height * zoom * 1.25))
    middle = row.middle * zoom + row.slope * (left + width / 2 - (row.left + row.right) * zoom / 2)
    matrix = np.array([[1, 0, left], [row.slope, 1, middle - half - row.slope * width / 2]], np.float32)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    size = (width, 2 * half + 1)
    part = cv2.warpAffine(grey, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return _levelled(np.asarray(part, np.uint8), row.light, canvas.scale / zoom)


def _levelled(part: Grey, light: bool, scale: float) -> Strip | None:
    paper = quantile(part, 0.5)
    core = part[part.shape[0] // 4 : -part.shape[0] // 4]
    ink = quantile(core, 0.97 if light else 0.03)
    if (ink - paper if light else paper - ink) < 16:
        return None
    cover = np.clip((part.astype(np.float32) - paper) / (ink - paper), 0, 1)
    return Strip(cover, paper, ink, scale)
