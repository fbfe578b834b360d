"""Attention on a CPU where torch's own kernel is slow: a vision tower's long rows, and a step's single row.

torch's flash kernel for CPUs multiplies bfloat16 blocks slowly unless the processor has tiles (AMX); whole
matrix products are quick everywhere. And with grouped keys it takes a step's one row head by head. Both are
replaced here, everything else goes to the function that transformers itself uses.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

STEPS, PRODUCTS = "preflight_cpu_steps", "preflight_cpu_products"
"""Names in transformers: a step's row by groups, and long rows as products besides."""
LONG = 512
"""Rows from which the products beat the flash kernel; below it the difference is lost in the noise."""
_ROWS = 256  # rows a block: its scores against 3,000 keys, 1.5 MB, stay in a core's second cache


def register(*, products: bool) -> str:
    """Make the attention known to transformers, and give its name; calling again does nothing new."""
    name = PRODUCTS if products else STEPS
    AttentionInterface.register(name, attend if products else attend_steps)
    AttentionMaskInterface.register(name, sdpa_mask)
    return name


def attend(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    **options: Any,
) -> tuple[Tensor, Tensor | None]:
    """Attend as `sdpa_attention_forward` does.

    Takes (batch, heads, rows, width) each, and gives (batch, rows, heads, width).
    """
    if attention_mask is None and _long_and_free(module, query, key, options):
        return rows(query, key, value, options.get("scaling")), None
    return attend_steps(module, query, key, value, attention_mask, **options)


def attend_steps(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    **options: Any,
) -> tuple[Tensor, Tensor | None]:
    """Attend as `attend` does, long rows left to torch."""
    single = query.shape[2] == 1 and key.shape[1] < query.shape[1]
    if single and attention_mask is None and not options.get("dropout"):
        return step(query, key, value, options.get("scaling")), None
    given: tuple[Tensor, None] = sdpa_attention_forward(module, query, key, value, attention_mask, **options)
    return given


def _long_and_free(module: nn.Module, query: Tensor, key: Tensor, options: dict[str, Any]) -> bool:
    causal = options.get("is_causal")
    causal = getattr(module, "is_causal", True) if causal is None else causal
    return (
        not causal
        and not options.get("dropout")
        and query.shape[0] == 1
        and query.shape[2] >= LONG
        and query.dtype is torch.bfloat16
        and query.shape[1] == key.shape[1]
    )


def step(query: Tensor, key: Tensor, value: Tensor, scaling: float | None) -> Tensor:
    """Attend with one row a head: the heads that share keys go as rows of one head."""
    batch, heads, _, width = query.shape
    packed = query.reshape(batch, key.shape[1], heads // key.shape[1], width)
    given = functional.scaled_dot_product_attention(packed, key, value, scale=scaling)
    return given.reshape(batch, 1, heads, -1)


def rows(query: Tensor, key: Tensor, value: Tensor, scaling: float | None) -> Tensor:
    """Attend with many rows and no mask, as matrix products of one head and `_ROWS` rows at a time.

    Heads are laid out one after the other and keys turned first: a fifth faster than on strided rows.
    """
    _, heads, length, width = query.shape
    query = (query[0] * (width**-0.5 if scaling is None else scaling)).contiguous()
    across, values = key[0].transpose(1, 2).contiguous(), value[0].contiguous()
    found = query.new_empty(1, length, heads, value.shape[-1])
    room = query.new_empty(
        min(_ROWS, length), across.shape[-1]
    )  # one for all: fresh memory costs as much again
    for head in range(heads):
        for start in range(0, length, _ROWS):
            part = query[head, start : start + _ROWS]
            scores = torch.mm(part, across[head], out=room[: len(part)])
            torch.softmax(scores, -1, out=scores)
            found[0, start : start + _ROWS, head] = torch.mm(scores, values[head])
    return found
