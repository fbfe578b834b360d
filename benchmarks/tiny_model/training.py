"""All lessons in their order, on one thread; what is done is kept in a folder and not done again."""

from collections.abc import Sequence
from pathlib import Path

import torch

from .bank import Bank
from .checkpoint import build_model, save
from .courses import learn_together, learn_words
from .encoding import Encoder
from .keeping import resume
from .language import build_tokenizer
from .lessons import Helper
from .tower_lessons import Plan, build_reader, teach_tower


def train(fonts: Sequence[Path], steps: tuple[int, int, int], *, work: Path, folder: Path) -> None:
    """Train the model and write the checkpoint after each course.

    Args:
        fonts: Files of the fonts to draw with.
        steps: Steps of the tower's lessons, of the words, and of both together.
        work: Folder for what is saved on the way.
        folder: Where the checkpoint goes.
    """
    torch.set_num_threads(1)
    torch.manual_seed(0)
    work.mkdir(parents=True, exist_ok=True)
    tokenizer = build_tokenizer()
    encoder, model = Encoder(tokenizer), build_model(tokenizer)
    visual = model.model.visual
    reader, bank = build_reader(visual), _bank(fonts, work / "bank.pt")
    teach_tower(visual, reader, bank, Plan(steps[0]), work / "tower.pt")
    helper = Helper(model.config.text_config.hidden_size)
    learn_words(model, encoder, helper, reader, bank, Plan(steps[1], rate=1.5e-3), work / "words.pt")
    save(model, tokenizer, folder)
    learn_together(model, encoder, helper, reader, bank, Plan(steps[2], rate=1e-3), work / "together.pt")
    save(model, tokenizer, folder)


def export(work: Path, name: str, folder: Path) -> None:
    """Write the checkpoint from what course `name` has saved so far."""
    tokenizer = build_tokenizer()
    model = build_model(tokenizer)
    resume(work / f"{name}.pt", {"model": model})
    save(model, tokenizer, folder)


def _bank(fonts: Sequence[Path], path: Path) -> Bank:
    if path.exists():
        bank: Bank = torch.load(path, weights_only=False)
        return bank
    bank = Bank(fonts, seed=0)
    torch.save(bank, path)
    return bank
