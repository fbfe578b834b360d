"""Pictures without text that look a little like text: foliage, walls, fences, windows, waves, clouds."""

import math
import random
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from benchmarks.drawn_pages import blurred, jpeg, noisy, tilted

WIDTH, HEIGHT = 1200, 900
Field = npt.NDArray[np.float64]


def scenes(seed: int) -> Iterator[tuple[str, Image.Image]]:
    """Draw one picture of each sort; another seed gives other pictures, finer or coarser."""
    scale = 1 + seed % 3
    clouds = fractal(1.2, seed)
    yield "white noise", picture(fractal(0.0, seed))
    yield "texture", picture(fractal(1.0, seed))
    yield "clouds", noisy(picture(fractal(2.0, seed)), 8, seed)
    yield "blots", picture((clouds > 0.5) * 0.7 + 0.1)
    yield "contour lines", picture((np.sin(clouds * 60) > 0) * 0.6 + 0.2)
    yield "stripes", picture((np.sin(columns() / (3 + 2 * scale)) > 0) * 0.8 + 0.1)
    yield "grid", picture(((columns() % (12 * scale) < 2) | (rows() % (12 * scale) < 2)) * 0.7 + 0.2)
    yield "gradient", picture(columns() / WIDTH)
    yield "leaves", leaves(4000 // scale, 60, seed)
    yield "small leaves", leaves(9000, 18, seed)
    yield "leaves, photographed", shot(leaves(3000, 40, seed))
    yield "branches", branches(seed)
    yield "branches, photographed", shot(branches(seed + 5))
    yield "bricks", bricks(16 * scale, seed)
    yield "bricks, tilted", jpeg(tilted(bricks(20 * scale, seed), 3 * scale - 4), 80)
    yield "fence", fence(14 * scale, seed)
    yield "windows", windows(30 * scale, seed)
    yield "windows, photographed", shot(windows(24 * scale, seed))
    yield "shapes", shapes(200 * scale, seed)


def shot(image: Image.Image) -> Image.Image:
    """Make it a photo: soft, grainy, compressed."""
    return jpeg(noisy(blurred(image, 1.1), 6), 70)


def picture(field: npt.NDArray[np.floating]) -> Image.Image:
    """Turn values of 0 to 1 into a picture."""
    whole = np.broadcast_to(np.clip(field, 0, 1), (HEIGHT, WIDTH))
    return Image.fromarray((whole * 255).astype(np.uint8)).convert("RGB")


def columns() -> Field:
    """Give each column's number."""
    return np.arange(WIDTH, dtype=np.float64)[None]


def rows() -> Field:
    """Give each row's number."""
    return np.arange(HEIGHT, dtype=np.float64)[:, None]


def fractal(beta: float, seed: int) -> Field:
    """Make noise whose amplitude falls with the frequency to the power `beta`: 0 is white, 1 to 2 natural."""
    spectrum = np.fft.fft2(np.random.default_rng(seed).normal(size=(HEIGHT, WIDTH)))
    frequency = np.hypot(np.fft.fftfreq(HEIGHT)[:, None], np.fft.fftfreq(WIDTH)[None])
    frequency[0, 0] = 1
    field = np.real(np.fft.ifft2(spectrum / frequency**beta))
    return np.asarray((field - field.min()) / np.ptp(field), np.float64)


def leaves(count: int, largest: float, seed: int) -> Image.Image:
    """Scatter leaves of many greens."""
    rng, image = random.Random(seed), Image.new("RGB", (WIDTH, HEIGHT), (40, 70, 30))
    draw = ImageDraw.Draw(image)
    for _ in range(count):
        x, y, size, turn = (
            rng.uniform(0, WIDTH),
            rng.uniform(0, HEIGHT),
            rng.uniform(3, largest),
            rng.uniform(0, 7),
        )
        tips = [(turn + k * math.pi / 2, size * (0.3 if k % 2 else 1)) for k in range(4)]
        colour = (rng.randrange(20, 120), rng.randrange(60, 220), rng.randrange(10, 80))
        draw.polygon([(x + r * math.cos(a), y + r * math.sin(a)) for a, r in tips], fill=colour)
    return image


def branches(seed: int) -> Image.Image:
    """Grow three bare trees against the sky."""
    rng, image = random.Random(seed), Image.new("RGB", (WIDTH, HEIGHT), (200, 215, 235))
    draw = ImageDraw.Draw(image)

    def grow(x: float, y: float, angle: float, length: float, thick: float) -> None:
        if length < 5:
            return
        end = (x + length * math.cos(angle), y + length * math.sin(angle))
        draw.line((x, y, *end), fill=(40, 30, 20), width=max(1, int(thick)))
        for _ in range(rng.randrange(2, 4)):
            grow(*end, angle + rng.uniform(-0.7, 0.7), length * rng.uniform(0.6, 0.85), thick * 0.7)

    for tree in range(3):
        grow(WIDTH * (tree + 1) / 4, HEIGHT, -math.pi / 2, HEIGHT * 0.2, 14)
    return image


def bricks(side: int, seed: int) -> Image.Image:
    """Lay a wall."""
    rng, image = random.Random(seed), Image.new("RGB", (WIDTH, HEIGHT), (190, 180, 170))
    draw = ImageDraw.Draw(image)
    for row, y in enumerate(range(0, HEIGHT, side)):
        for x in range(-3 * side if row % 2 else 0, WIDTH, 3 * side):
            red = rng.randrange(90, 160)
            draw.rectangle((x + 2, y + 2, x + 3 * side - 3, y + side - 3), fill=(red, red // 2, red // 3))
    return image


def fence(step: int, seed: int) -> Image.Image:
    """Put up white posts of uneven heights."""
    rng, image = random.Random(seed), Image.new("RGB", (WIDTH, HEIGHT), (120, 160, 90))
    draw = ImageDraw.Draw(image)
    for x in range(0, WIDTH, step):
        draw.rectangle((x, HEIGHT * 0.3 + rng.randrange(6), x + step * 0.6, HEIGHT * 0.8), fill=(240,) * 3)
    return image


def windows(step: int, seed: int) -> Image.Image:
    """Build a front of windows with crossbars, which look like the character 田."""
    rng, image = random.Random(seed), Image.new("RGB", (WIDTH, HEIGHT), (170, 160, 150))
    draw = ImageDraw.Draw(image)
    for y in range(step // 2, HEIGHT, step):
        for x in range(step // 2, WIDTH, int(step * 0.8)):
            dark = rng.randrange(20, 90)
            draw.rectangle((x, y, x + step * 0.4, y + step * 0.6), fill=(dark, dark, dark + 20))
            draw.line((x + step * 0.2, y, x + step * 0.2, y + step * 0.6), fill=(200,) * 3)
            draw.line((x, y + step * 0.3, x + step * 0.4, y + step * 0.3), fill=(200,) * 3)
    return image


def shapes(count: int, seed: int) -> Image.Image:
    """Throw discs and boxes of all colours on light ground."""
    rng, image = random.Random(seed), Image.new("RGB", (WIDTH, HEIGHT), (240,) * 3)
    draw = ImageDraw.Draw(image)
    for number in range(count):
        x, y = rng.randrange(WIDTH), rng.randrange(HEIGHT)
        box = (x, y, x + rng.randrange(8, 120), y + rng.randrange(8, 120))
        colour = (rng.randrange(256), rng.randrange(256), rng.randrange(256))
        (draw.ellipse if number % 2 else draw.rectangle)(box, fill=colour)
    return image
