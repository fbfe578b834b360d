"""First lessons: the vision tower learns to name characters before it meets the language model."""

import math
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import torch

from .bank import Bank, coloured, patches
from .glyphs import Size
from .keeping import keep, resume
from .optimiser import Optimiser
from .tower import Reader, encode

BATCHES: dict[Size, int] = {
    (64, 64): 128,
    (96, 96): 64,
    (128, 128): 40,
    (192, 192): 20,
    (256, 256): 16,
    (320, 256): 10,
    (224, 320): 10,
}
"""How many pictures of a size make a step: about the same work for each."""
SHARES: dict[Size, tuple[float, float]] = {
    (64, 64): (8, 2),
    (96, 96): (1, 0.5),
    (128, 128): (3, 3),
    (192, 192): (0.3, 0.7),
    (256, 256): (1, 6),
    (320, 256): (0.1, 0.5),
    (224, 320): (0.1, 0.5),
}
"""How often a size is taken, at the beginning and at the end."""


@dataclass(frozen=True)
class Plan:
    """Steps in all, and the highest learning rate. Steps, not time, decide: the work may be paused."""

    steps: int
    rate: float = 2e-3
    warm_up: int = 100

    def rate_at(self, step: int) -> float:
        """Give the learning rate of a step: up in a line, down along a cosine to a fiftieth."""
        rise = min(1.0, (step + 1) / self.warm_up)
        fall = 0.5 * (1 + math.cos(math.pi * step / self.steps))
        return self.rate * rise * (0.02 + 0.98 * fall)


def build_reader(visual: Any) -> Reader:
    """Build the heads that name characters from the tower's features."""
    return Reader(visual.config.out_hidden_size, 1 + len(visual.deepstack_visual_indexes))


def teach_tower(visual: Any, reader: Reader, bank: Bank, plan: Plan, save_to: Path) -> None:
    """Teach the tower to tell characters apart, going on from `save_to` when it is there."""
    optimiser = Optimiser([visual, reader], plan.rate)
    parts = {"visual": visual, "reader": reader, "optimiser": optimiser}
    for step in range(resume(save_to, parts), plan.steps):
        loss, right = _look(visual, reader, bank, step, step / plan.steps)
        optimiser.step(loss, plan.rate_at(step))
        if step % 20 == 0:
            print(f"tower {step}/{plan.steps} loss {float(loss.detach()):.3f} right {right:.3f}", flush=True)
        if (step + 1) % 100 == 0 or step + 1 == plan.steps:
            keep(save_to, step + 1, parts)


def _look(visual: Any, reader: Reader, bank: Bank, step: int, progress: float) -> tuple[Any, float]:
    generator = torch.Generator().manual_seed(step)
    size = _size(Random(step), progress)
    masks, labels = bank.pick(size, BATCHES[size], generator)
    features = encode(visual, patches(coloured(masks, generator)), size)
    right = (reader(features)[-1].argmax(-1) == labels).float().mean()
    return reader.loss(features, labels), float(right)


def _size(rng: Random, progress: float) -> Size:
    weights = [(1 - progress) * early + progress * late for early, late in SHARES.values()]
    return rng.choices(list(SHARES), weights)[0]


def accuracy(visual: Any, reader: Any, bank: Bank, size: Size, count: int) -> float:
    """Measure how many of `count` pictures the tower's own heads name rightly."""
    generator = torch.Generator().manual_seed(7)
    masks, labels = bank.pick(size, count, generator)
    with torch.no_grad():
        features = encode(visual, patches(coloured(masks, generator)), size)
        return float((reader(features)[-1].argmax(-1) == labels).float().mean())
