"""The two courses after the tower's first lessons: words with a frozen tower, then all parts together."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from .bank import Bank
from .conversations import Course
from .encoding import Encoder
from .glyphs import Size
from .keeping import keep, resume
from .lessons import Batch, Helper, Outcome, batches, study
from .optimiser import Optimiser
from .tower import Reader
from .tower_lessons import Plan
from .views import Live, Remembered, Views

BLOCK = 100
"""Steps between two saves; each block draws its conversations from its own number, so work can be resumed."""
REMEMBERED: dict[Size, int] = {(64, 64): 4000, (96, 96): 600, (128, 128): 900, (256, 256): 500}
"""How many pictures of a size are looked at once and remembered, while the tower is frozen."""
WORDS_SIZES: dict[Size, float] = {(64, 64): 14, (96, 96): 1, (128, 128): 3, (256, 256): 2}
ALL_SIZES: dict[Size, float] = {
    (64, 64): 5,
    (96, 96): 2,
    (128, 128): 3,
    (192, 192): 1.5,
    (256, 256): 4,
    (320, 256): 1,
    (224, 320): 1,
}


@dataclass
class Class:
    """A course under way: what learns, from what, by which plan."""

    model: Any
    encoder: Encoder
    helper: Helper
    reader: Reader
    plan: Plan
    views: Views
    sizes: dict[Size, float]
    tokens: int
    gentle: bool = False

    def course(self, progress: float) -> Course:
        """Begin with plain questions of few images; go on to everything."""
        if self.gentle and progress < 0.8:
            return Course(images=(1, 2, 2, 3), built=0.0, turns=8, all_kinds=progress > 0.7, padded=False)
        return Course(built=0.25)

    def lessons(self, first: int) -> Iterator[tuple[int, Batch]]:
        """Number the steps from `first`, a multiple of `BLOCK`, and give each its batch."""
        for block in range(first // BLOCK, -(-self.plan.steps // BLOCK)):
            course = self.course(block * BLOCK / self.plan.steps)
            source = batches(self.encoder, course, self._size, block, self.tokens)
            for step in range(block * BLOCK, min(self.plan.steps, (block + 1) * BLOCK)):
                yield step, next(source)

    def _size(self, rng: Random) -> Size:
        return rng.choices(list(self.sizes), list(self.sizes.values()))[0]


def learn_words(
    model: Any, encoder: Encoder, helper: Helper, reader: Reader, bank: Bank, plan: Plan, save_to: Path
) -> None:
    """Teach the language model; the tower is frozen and its features are remembered."""
    views = Remembered(model.model.visual, bank, REMEMBERED)
    group = Class(model, encoder, helper, reader, plan, views, WORDS_SIZES, 3000, gentle=True)
    _learn(group, [model.model.language_model, group.helper], save_to)


def learn_together(
    model: Any, encoder: Encoder, helper: Helper, reader: Reader, bank: Bank, plan: Plan, save_to: Path
) -> None:
    """Teach tower and language model together on pictures coloured anew each time."""
    views = Live(model.model.visual, bank)
    group = Class(model, encoder, helper, reader, plan, views, ALL_SIZES, 4500)
    _learn(group, [model.model, reader, group.helper], save_to)


def _learn(group: Class, learning: list[Any], save_to: Path) -> None:
    optimiser = Optimiser(learning, group.plan.rate)
    parts = {"model": group.model, "helper": group.helper, "reader": group.reader, "optimiser": optimiser}
    first = resume(save_to, parts)
    seen: list[float] = []
    for step, batch in group.lessons(first):
        features = group.views.features(batch.wanted, Random(step))
        outcome = study(group.model, group.helper, batch, features, group.encoder.image)
        optimiser.step(outcome.loss + 0.3 * sum(outcome.helped), group.plan.rate_at(step))
        seen = [*seen[-19:], outcome.right]
        if step % 10 == 9:
            mean = sum(seen) / len(seen)
            print(
                f"{save_to.stem} {step + 1}/{group.plan.steps} {_figures(outcome)} right {mean:.3f}",
                flush=True,
            )
        if (step + 1) % BLOCK == 0 or step + 1 == group.plan.steps:
            keep(save_to, step + 1, parts)


def _figures(outcome: Outcome) -> str:
    helped = " ".join(f"{float(one.detach()):.2f}" for one in outcome.helped)
    return f"loss {float(outcome.loss.detach()):.3f} helped {helped}"
