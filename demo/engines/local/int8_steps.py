"""Single-token steps by int8 copies of the decoder's weights: a step is bound by the bytes it reads.

Each row of a weight becomes integers of -127 to 127 and one scale. torch multiplies them by
`_weight_int8pack_mm`, which is private and may go: `has_kernel` tries it before it is used. Its bfloat16 form
reads the columns in blocks of 16 and runs past the end of any other number (measured on torch 2.13: wrong
figures, or a crash), hence `fits`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor, nn

COLUMNS = 32
"""Columns have to be a multiple of this: two blocks of the kernel, so that a wider one still fits."""
SMALLEST = 1 << 12
"""Weights with fewer numbers stay as they are: nothing is gained."""
LARGEST_ERROR = 0.04
"""Rounding may move a typical weight by 4 %: normal numbers move by 1 %, with outliers of 14 sigma by 4 %."""
_CHUNK = 1 << 23  # numbers rounded at a time: 32 MB of float32


@cache
def has_kernel() -> bool:
    """Tell whether torch has the product and gets it right, on a small product with a known answer."""
    if not hasattr(torch, "_weight_int8pack_mm"):
        return False
    packed = torch.arange(-96, 96, dtype=torch.int8).reshape(3, 64)
    scales = torch.tensor([0.5, 1.0, 2.0], dtype=torch.bfloat16)
    row = torch.linspace(-1, 1, 64, dtype=torch.bfloat16).reshape(1, 64)
    try:
        given = torch._weight_int8pack_mm(row, packed, scales).float()
    except (RuntimeError, TypeError, NotImplementedError):
        return False
    wanted = (row.float() @ packed.float().T) * scales.float()
    return bool(torch.allclose(given, wanted, rtol=0.02, atol=0.5))


def fits(module: nn.Module) -> bool:
    """Tell whether a module is a plain linear layer that the kernel takes and that is worth a copy."""
    return (
        type(module) is nn.Linear
        and module.in_features % COLUMNS == 0
        and module.weight.numel() >= SMALLEST
        and module.weight.dtype in (torch.float32, torch.bfloat16, torch.float16)
        and module.weight.device.type == "cpu"
    )


@dataclass(frozen=True)
class Rounded:
    """A weight as int8 `packed` (rows, columns), its bfloat16 `scales` (rows), how far rounding moved it."""

    packed: Tensor
    scales: Tensor
    error: float


def round_rows(weight: Tensor) -> Rounded:
    """Round a weight (rows, columns), some rows at a time.

    A scale is rounded to bfloat16 before it divides, so that no error of its own is left.
    """
    packed = torch.empty(weight.shape, dtype=torch.int8)
    scales = torch.empty(weight.shape[0], dtype=torch.bfloat16)
    sizes = 0.0
    step = max(1, _CHUNK // weight.shape[1])
    for start in range(0, weight.shape[0], step):
        part = weight[start : start + step].float()
        size = part.abs()
        sizes += size.sum().item()
        scale = _upward((size.amax(dim=1) / 127).clamp_min(1e-12))
        scales[start : start + step] = scale
        packed[start : start + step] = (part / scale.float()[:, None]).round_().clamp_(-127, 127)
    return Rounded(packed, scales, _moved(scales, sizes / weight.numel()))


def _moved(scales: Tensor, size: float) -> float:
    """Give how far rounding moves a typical weight, as a share of the mean `size` of all.

    An even error within one step of width s has the mean square s * s / 12. Sizes are averaged and not
    squared: a few outliers would hide in their own squares what they do to the rest of their row.
    """
    return scales.float().mean().item() / 12**0.5 / size if size else 0.0


def _upward(scale: Tensor) -> Tensor:
    """Round to bfloat16, up: a scale that is too small would cut off the largest weight."""
    short = scale.bfloat16()
    return torch.where(
        short.float() < scale, torch.nextafter(short, torch.full_like(short, torch.inf)), short
    )


def linears(model: nn.Module) -> Iterator[nn.Linear]:
    """Yield the linear layers of the decoder and its head, those of the vision tower left out."""
    for name, module in model.named_modules():
        if isinstance(module, nn.Linear) and not _of_vision(name):
            yield module


def _of_vision(name: str) -> bool:
    return any(part in ("visual", "vision_tower", "vision_model") for part in name.split("."))


class StepCopy:
    """A linear layer's int8 copy, taken for one row and put aside for more; `remove` puts the layer back."""

    def __init__(self, layer: nn.Linear, rounded: Rounded) -> None:
        self._layer = layer
        self._packed = rounded.packed
        self._scales = rounded.scales
        self._own: Callable[[Tensor], Tensor] | None = layer.__dict__.get("forward")
        self._plain: Callable[[Tensor], Tensor] = layer.forward
        layer.forward = self._forward

    @property
    def bytes(self) -> int:
        """The memory that the copy takes."""
        return int(self._packed.nbytes + self._scales.nbytes)

    def remove(self) -> None:
        """Let the layer compute as before; calling again does nothing."""
        if self._layer.__dict__.get("forward") == self._forward:
            del self._layer.forward
            if self._own is not None:
                self._layer.forward = self._own

    def _forward(self, rows: Tensor) -> Tensor:
        columns = rows.shape[-1]
        if rows.numel() != columns:
            return self._plain(rows)
        row = rows.reshape(1, columns).bfloat16()
        product = torch._weight_int8pack_mm(row, self._packed, self._scales).to(rows.dtype)
        if self._layer.bias is not None:
            product += self._layer.bias
        return product.reshape(*rows.shape[:-1], -1)


def copy_steps(model: nn.Module) -> tuple[list[StepCopy], int]:
    """Give the decoder's layers int8 copies; also count the layers that rounding would change too much."""
    copies: list[StepCopy] = []
    left = 0
    for layer in linears(model):
        if not fits(layer):
            continue
        rounded = round_rows(layer.weight.detach())
        if rounded.error > LARGEST_ERROR:
            left += 1
        else:
            copies.append(StepCopy(layer, rounded))
    return copies, left
