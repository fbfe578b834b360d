"""The vision tower on many images of one size at once, and its first lessons as a classifier."""

from typing import Any

import torch
from torch import nn
from torch.nn.functional import cross_entropy, scaled_dot_product_attention
from transformers.models.qwen3_vl.modeling_qwen3_vl import apply_rotary_pos_emb_vision
from transformers.vision_utils import get_vision_interpolation_indices_and_weights, get_vision_position_ids

from .bank import grid
from .glyphs import CHARACTERS, Size


def encode(visual: Any, pixels: Any, size: Size) -> list[Any]:
    """Run the tower on patches (n, patches, 1536) of images of one size.

    The class itself goes from image to image in a loop; this does the same arithmetic for all at once.

    Returns:
        The pooled features and those of deepstack, each (n, tokens, width).
    """
    count, length, _ = pixels.shape
    where = torch.tensor([grid(size)])
    indices, weights = get_vision_interpolation_indices_and_weights(
        where,
        num_grid_per_side=visual.num_grid_per_side,
        mode=visual.interpolation_mode,
        align_corners=visual.interpolation_align_corners,
        spatial_merge_size=visual.spatial_merge_size,
        kwargs={},
    )
    hidden = visual.patch_embed(pixels.reshape(count * length, -1)).view(count, length, -1)
    hidden = hidden + (visual.pos_embed(indices) * weights[:, :, None]).sum(1)
    rotation = visual.rotary_pos_emb(
        hidden, get_vision_position_ids(where, visual.spatial_merge_size, kwargs={})
    )
    deep = []
    for number, block in enumerate(visual.blocks):
        hidden = hidden + _attend(block.attn, block.norm1(hidden), rotation)
        hidden = hidden + block.mlp(block.norm2(hidden))
        if number in visual.deepstack_visual_indexes:
            merger = visual.deepstack_merger_list[visual.deepstack_visual_indexes.index(number)]
            deep.append(merger(hidden.flatten(0, 1)).view(count, length // 4, -1))
    return [visual.merger(hidden.flatten(0, 1)).view(count, length // 4, -1), *deep]


def _attend(attention: Any, hidden: Any, rotation: tuple[Any, Any]) -> Any:
    count, length, width = hidden.shape
    joint = attention.qkv(hidden).view(count, length, 3, attention.num_heads, -1)
    query, key, value = joint.unbind(2)
    query, key = apply_rotary_pos_emb_vision(query, key, *rotation)
    query, key, value = (part.transpose(1, 2) for part in (query, key, value))
    mixed = scaled_dot_product_attention(query, key, value, scale=attention.scaling)
    return attention.proj(mixed.transpose(1, 2).reshape(count, length, width))


class Reader(nn.Module):  # type: ignore[misc]
    """Heads that name the character from the features; they are thrown away after training."""

    def __init__(self, width: int, kinds: int) -> None:
        super().__init__()
        self.heads = nn.ModuleList(nn.Linear(width, len(CHARACTERS)) for _ in range(kinds + 1))

    def forward(self, features: list[Any]) -> list[Any]:
        """Name the character from each kind of features (mean of the tokens) and from their sum."""
        means = [kind.mean(1) for kind in features]
        return [head(mean) for head, mean in zip(self.heads, [*means, sum(means)], strict=True)]

    def loss(self, features: list[Any], labels: Any) -> Any:
        """Cross entropy of all heads; the sum of the features counts most."""
        *single, joint = (cross_entropy(logits, labels) for logits in self(features))
        return joint + 0.3 * sum(single)
