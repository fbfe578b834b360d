"""What the tower makes of pictures: looked up while it is frozen, worked out while it learns."""

from collections.abc import Sequence
from random import Random
from typing import Any, Protocol

import torch

from .bank import Bank, coloured, patches
from .glyphs import CHARACTERS, Size
from .tower import encode

Wanted = Sequence[tuple[int, Size]]
"""Images of a batch, in order: the number of the character, and the size."""


class Views(Protocol):
    """Gives features of images: pooled, and of each deepstack layer, each (tokens of all images, width)."""

    def features(self, wanted: Wanted, rng: Random) -> list[Any]:
        """Choose a picture for each image that is wanted, and give its features."""
        ...


class Remembered:
    """Features of pictures coloured once, for a tower that does not learn."""

    def __init__(self, visual: Any, bank: Bank, limits: dict[Size, int]) -> None:
        self._store: dict[Size, Any] = {}
        self._rows: dict[tuple[Size, int], list[int]] = {}
        generator = torch.Generator().manual_seed(1)
        for size, limit in limits.items():
            masks, labels = bank.masks[size][:limit], bank.labels[size][:limit]
            self._store[size] = torch.cat(
                [self._one(visual, masks[n : n + 64], size, generator) for n in range(0, len(masks), 64)]
            )
            for label in range(len(CHARACTERS)):
                self._rows[size, label] = (labels == label).nonzero()[:, 0].tolist()

    @staticmethod
    def _one(visual: Any, masks: Any, size: Size, generator: torch.Generator) -> Any:
        with torch.no_grad():
            return torch.stack(encode(visual, patches(coloured(masks, generator)), size), 2).half()

    def features(self, wanted: Wanted, rng: Random) -> list[Any]:
        """Look up a picture for each image that is wanted."""
        found = [self._store[size][rng.choice(self._rows[size, char])] for char, size in wanted]
        return list(torch.cat(found).float().unbind(1))


class Live:
    """Features worked out anew, so that the tower can learn from them."""

    def __init__(self, visual: Any, bank: Bank) -> None:
        self._visual, self._bank = visual, bank
        self._rows = {
            (size, label): (labels == label).nonzero()[:, 0].tolist()
            for size, labels in bank.labels.items()
            for label in range(len(CHARACTERS))
        }

    def features(self, wanted: Wanted, rng: Random) -> list[Any]:
        """Colour a picture for each image that is wanted, and run the tower, size by size."""
        generator = torch.Generator().manual_seed(rng.getrandbits(32))
        found: list[list[Any]] = [[] for _ in wanted]
        for size in {size for _, size in wanted}:
            places = [place for place, (_, its) in enumerate(wanted) if its == size]
            rows = [rng.choice(self._rows[size, wanted[place][0]]) for place in places]
            pixels = patches(coloured(self._bank.masks[size][rows], generator))
            kinds = encode(self._visual, pixels, size)
            for number, place in enumerate(places):
                found[place] = [kind[number] for kind in kinds]
        return [torch.cat(kind) for kind in zip(*found, strict=True)]
