"""The state of a course on disk, so that training goes on where it was stopped."""

from pathlib import Path
from typing import Any

import torch


def keep(path: Path, step: int, parts: dict[str, Any]) -> None:
    """Save the state of a course, whole or not at all."""
    state = {"step": step} | {name: part.state_dict() for name, part in parts.items()}
    torch.save(state, path.with_suffix(".new"))
    path.with_suffix(".new").replace(path)


def resume(path: Path, parts: dict[str, Any]) -> int:
    """Load the state of a course if there is one, and give the number of steps done."""
    if not path.exists():
        return 0
    saved = torch.load(path)
    for name, part in parts.items():
        part.load_state_dict(saved[name])
    return int(saved["step"])
