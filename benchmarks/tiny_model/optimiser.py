"""Muon for the matrices inside the layers, AdamW for the rest: fewer steps than AdamW alone."""

from collections.abc import Iterable
from typing import Any

import torch
from torch import nn


class Optimiser:
    """Both optimisers as one."""

    def __init__(self, modules: Iterable[nn.Module], rate: float) -> None:
        matrices, rest = _sorted(modules)
        self.learning = [*matrices, *rest]
        self._both: list[Any] = [
            torch.optim.Muon(matrices, lr=rate, weight_decay=0.02, adjust_lr_fn="match_rms_adamw"),
            torch.optim.AdamW(rest, lr=rate, betas=(0.9, 0.98), weight_decay=0.01),
        ]

    def step(self, loss: Any, rate: float) -> None:
        """Take one step down `loss` at a learning rate."""
        for optimiser in self._both:
            optimiser.zero_grad()
            for group in optimiser.param_groups:
                group["lr"] = rate
        loss.backward()
        nn.utils.clip_grad_norm_(self.learning, 1.0)
        for optimiser in self._both:
            optimiser.step()

    def state_dict(self) -> dict[str, Any]:
        """Give the state of both."""
        return {str(number): optimiser.state_dict() for number, optimiser in enumerate(self._both)}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take up the state of both again."""
        for number, optimiser in enumerate(self._both):
            optimiser.load_state_dict(state[str(number)])


def _sorted(modules: Iterable[nn.Module]) -> tuple[list[Any], list[Any]]:
    """Tell matrices that map features to features from embeddings, heads, convolutions, norms and biases."""
    matrices: dict[int, Any] = {}
    rest: dict[int, Any] = {}
    for module in modules:
        for name, value in module.named_parameters():
            inner = value.ndim == 2 and not any(part in name for part in ("embed", "head", "char", "label"))
            (matrices if inner else rest)[id(value)] = value
    return list(matrices.values()), list(rest.values())
