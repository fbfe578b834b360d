"""A store of drawn characters, coloured anew each time they are used."""

from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import torch
from PIL import Image

from .glyphs import CHARACTERS, Size, draw_mask
from .shape import MERGE, PATCH, TEMPORAL

SIZES: dict[Size, int] = {
    (64, 64): 24000,
    (96, 96): 8000,
    (128, 128): 12000,
    (192, 192): 3000,
    (256, 256): 8000,
    (320, 256): 1500,
    (224, 320): 1500,
}
"""Width and height of the pictures, multiples of 32 as the processor wants them, and how many of each."""


class Bank:
    """Masks of characters by size, and the numbers of the characters in `CHARACTERS`."""

    def __init__(self, fonts: Sequence[Path], seed: int, share: float = 1.0) -> None:
        rng = Random(seed)
        names = [str(font) for font in fonts]
        self.masks: dict[Size, Any] = {}
        self.labels: dict[Size, Any] = {}
        for size, count in SIZES.items():
            self.masks[size], self.labels[size] = _draw(size, int(count * share), names, rng)

    def pick(self, size: Size, count: int, generator: torch.Generator) -> tuple[Any, Any]:
        """Draw `count` masks of `size` by lot, with their labels."""
        rows = torch.randint(len(self.labels[size]), (count,), generator=generator)
        return self.masks[size][rows], self.labels[size][rows]


def _draw(size: Size, count: int, fonts: Sequence[str], rng: Random) -> tuple[Any, Any]:
    masks = np.empty((count, size[1], size[0]), np.uint8)
    labels = [rng.randrange(len(CHARACTERS)) for _ in range(count)]
    for row, label in enumerate(labels):
        masks[row] = np.asarray(_one(CHARACTERS[label], rng.choice(fonts), size, rng))
    return torch.from_numpy(masks), torch.tensor(labels)


def _one(char: str, font: str, size: Size, rng: Random) -> Image.Image:
    fill = (0.3, 0.9) if min(size) > 96 else (0.42, 0.9)
    if min(size) > 96 and rng.random() < 0.3:  # a small picture that was enlarged
        divisor = rng.choice((2, 4)) if min(size) >= 192 else 2
        small = draw_mask(char, font, (size[0] // divisor, size[1] // divisor), rng, fill=(0.42, 0.9))
        return small.resize(size, rng.choice((Image.Resampling.LANCZOS, Image.Resampling.BICUBIC)))
    return draw_mask(char, font, size, rng, fill=fill)


def coloured(masks: Any, generator: torch.Generator) -> Any:
    """Give masks (n, height, width) ink, paper and noise: (n, 3, height, width), normalised to -1..1."""
    count = len(masks)
    paper = torch.rand((count, 3, 1, 1), generator=generator) * 0.38 + 0.62
    ink = torch.rand((count, 3, 1, 1), generator=generator) * 0.3
    plain = torch.rand((count, 1, 1, 1), generator=generator) < 0.3
    paper, ink = torch.where(plain, 1.0, paper), torch.where(plain, 0.0, ink)
    swapped = torch.rand((count, 1, 1, 1), generator=generator) < 0.2
    paper, ink = torch.where(swapped, ink, paper), torch.where(swapped, paper, ink)
    alpha = masks[:, None].float() / 255
    sigma = torch.rand((count, 1, 1, 1), generator=generator).square() * 0.08
    noise = torch.randn((count, 3, *masks.shape[1:]), generator=generator) * sigma
    return ((paper + (ink - paper) * alpha + noise).clamp(0, 1) - 0.5) / 0.5


def patches(images: Any) -> Any:
    """Cut normalised images (n, 3, height, width) into patches as the processor does: (n, patches, 1536)."""
    count, channels, height, width = images.shape
    rows, columns = height // (PATCH * MERGE), width // (PATCH * MERGE)
    cut = images.reshape(count, channels, rows, MERGE, PATCH, columns, MERGE, PATCH)
    cut = cut.permute(0, 2, 5, 3, 6, 1, 4, 7).unsqueeze(6)
    cut = cut.expand(-1, -1, -1, -1, -1, -1, TEMPORAL, -1, -1)
    return cut.reshape(count, rows * columns * MERGE * MERGE, channels * TEMPORAL * PATCH * PATCH)


def grid(size: Size) -> tuple[int, int, int]:
    """Give frames, rows and columns of patches of an image of `size`."""
    return 1, size[1] // PATCH, size[0] // PATCH
