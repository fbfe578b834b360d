"""A second device for machines that have none: its tensors say they lie there, and compute on the CPU."""

from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten, tree_map

NAME = "meta"
"""The only other device that every build of torch can name; its own tensors hold nothing, these hold data."""


class Elsewhere(torch.Tensor):
    """A tensor on the other device. Only `.to` (and what computes with it) brings it there and back."""

    inner: torch.Tensor

    @staticmethod
    def __new__(cls, inner: torch.Tensor) -> "Elsewhere":
        made = torch.Tensor._make_wrapper_subclass(
            cls,
            inner.shape,
            strides=inner.stride(),
            storage_offset=inner.storage_offset(),
            dtype=inner.dtype,
            device=torch.device(NAME),
        )
        made.inner = inner
        return made

    def tolist(self) -> Any:  # torch's own refuses every class but its own
        return self.inner.tolist()

    @classmethod
    def __torch_dispatch__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return _run(func, args, kwargs or {})


class ComputingElsewhere(TorchDispatchMode):
    """Within it, tensors can be made on the other device; operands on the CPU are taken along."""

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return _run(func, args, kwargs or {})


def _run(func: Any, args: Any, kwargs: dict[str, Any]) -> Any:
    operands = tree_flatten((args, kwargs))[0]
    targets = [operand for operand in operands if isinstance(operand, torch.device)]
    away = targets[0].type == NAME if targets else any(isinstance(one, Elsewhere) for one in operands)
    made = func(*tree_map(_plain, args), **tree_map(_plain, kwargs))
    first = func._schema.arguments[0].alias_info if func._schema.arguments else None
    if first is not None and first.is_write:
        return args[0]
    return tree_map(lambda t: Elsewhere(t) if isinstance(t, torch.Tensor) else t, made) if away else made


def _plain(value: Any) -> Any:
    if isinstance(value, torch.device):
        return torch.device("cpu")
    return value.inner if isinstance(value, Elsewhere) else value
