"""What a phone and a scanner do to a page, further than tests do: perspective, shadow, warm light, JPEG."""

import random

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from benchmarks.drawn_pages import blurred, jpeg, noisy, tilted

Floats = npt.NDArray[np.float32]


def scanned(image: Image.Image, rng: random.Random) -> Image.Image:
    """Scan it: a little askew and soft, with grain."""
    page = tilted(image, rng.uniform(-1.5, 1.5))
    return jpeg(noisy(blurred(page, rng.uniform(0.5, 0.9)), rng.uniform(3, 8), rng.randrange(99)), 78)


def taken(image: Image.Image, rng: random.Random) -> Image.Image:
    """Take it with a phone held by hand: seen from aside on a desk, half in shadow, in warm light."""
    page = np.asarray(_on_a_desk(image, rng)).astype(np.float32)
    page = _in_perspective(page, rng) * _light(page.shape[:2], rng)[..., None]
    page *= np.array([1.0, rng.uniform(0.93, 0.99), rng.uniform(0.8, 0.95)], np.float32)
    shot = Image.fromarray(np.clip(page, 0, 255).astype(np.uint8))
    soft = blurred(shot, rng.uniform(0.6, 1.0))
    return jpeg(noisy(soft, rng.uniform(3, 7), rng.randrange(99)), rng.choice((70, 80, 90)))


def _on_a_desk(image: Image.Image, rng: random.Random) -> Image.Image:
    desk = (rng.randrange(60, 120), rng.randrange(50, 100), rng.randrange(40, 90))
    page = Image.new("RGB", (round(image.width * 1.1), round(image.height * 1.08)), desk)
    page.paste(image, (round(image.width * 0.05), round(image.height * 0.04)))
    return tilted(page, rng.uniform(-4, 4), desk)


def _in_perspective(page: Floats, rng: random.Random) -> Floats:
    height, width = page.shape[:2]
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    moved = corners + np.array([[rng.uniform(-0.025, 0.025) * width for _ in range(2)] for _ in range(4)])
    matrix = cv2.getPerspectiveTransform(corners, moved.astype(np.float32))
    return np.asarray(
        cv2.warpPerspective(page, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE), np.float32
    )


def _light(shape: tuple[int, int], rng: random.Random) -> Floats:
    """Give how bright each place is: light from one side, and the soft edge of a shadow."""
    height, width = shape
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    angle = rng.uniform(0, 2 * np.pi)
    along = (x / width - 0.5) * np.cos(angle) + (y / height - 0.5) * np.sin(angle)
    shadow = 1 / (1 + np.exp((along - rng.uniform(-0.2, 0.4)) * 30))
    return np.asarray((0.9 + 0.2 * along) * (1 - rng.uniform(0.1, 0.35) * shadow), np.float32)
