"""A model with Qwen3-VL-2B-Instruct's true geometry and random weights, and one page as it would see it.

Sizes from the config.json of Qwen/Qwen3-VL-2B-Instruct. Random weights tell how long a model takes and how
far rounding moves its output, not whether it reads.
"""

from pathlib import Path
from typing import Any

import torch
from PIL import Image
from transformers import Qwen3VLConfig, Qwen3VLForConditionalGeneration
from transformers.initialization import no_init_weights
from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

SAMPLE = Path(__file__).parents[1] / "demo" / "samples" / "invoice.pdf"
PAGE = (736, 1024)
"""An A4 page at long side 1024: 46 x 64 patches, 736 visual tokens."""
IMAGE_TOKEN, VISION_START, VISION_END = 151655, 151652, 151653
QUESTION = 24
"""Tokens of words beside the image: a short question with its chat marks."""


def geometry(layers: int = 28, depth: int = 24) -> Qwen3VLConfig:
    """Give the config; fewer decoder `layers` or a lower `depth` of the vision tower make a quick trial."""
    text = {
        "hidden_size": 2048,
        "intermediate_size": 6144,
        "num_hidden_layers": layers,
        "num_attention_heads": 16,
        "num_key_value_heads": 8,
        "head_dim": 128,
        "vocab_size": 151936,
        "max_position_embeddings": 262144,
        "rope_parameters": {
            "rope_type": "default",
            "rope_theta": 5e6,
            "mrope_section": [24, 20, 20],
            "mrope_interleaved": True,
        },
        "tie_word_embeddings": True,
    }
    vision = {
        "depth": depth,
        "hidden_size": 1024,
        "intermediate_size": 4096,
        "num_heads": 16,
        "patch_size": 16,
        "out_hidden_size": 2048,
        "deepstack_visual_indexes": [5, 11, 17] if depth > 17 else [0, 1, 2],
    }
    return Qwen3VLConfig(text_config=text, vision_config=vision, tie_word_embeddings=True)


def random_model(config: Qwen3VLConfig, dtype: torch.dtype) -> Any:
    """Make the model; any `dtype` gets the same weights, rounded. All of it takes 8.5 GB in float32."""
    with no_init_weights(), torch.device("cpu"):
        model = Qwen3VLForConditionalGeneration._from_config(config, dtype=dtype)
    model.tie_weights()
    source = torch.Generator().manual_seed(0)
    for name, weight in model.named_parameters():
        _fill(name, weight.data, source)
    return model.eval()


def _fill(name: str, weight: torch.Tensor, source: torch.Generator) -> None:
    """Fill as training begins: norms of one, no biases, and normal numbers of 0.02 for the rest."""
    if weight.dim() == 1:
        weight.fill_(1.0 if "norm" in name and name.endswith("weight") else 0.0)
        return
    flat = weight.view(-1)
    for start in range(0, flat.numel(), 1 << 24):
        part = flat[start : start + (1 << 24)]
        part.copy_(torch.randn(part.shape, generator=source) * 0.02)


def page_pixels() -> tuple[torch.Tensor, torch.Tensor]:
    """Give the bundled invoice at `PAGE` as the processor does: patches (2944, 1536) and grid (1, 3)."""
    import pypdfium2

    with pypdfium2.PdfDocument(SAMPLE) as document:
        page = document[0].render(scale=2).to_pil().convert("RGB").resize(PAGE, Image.Resampling.LANCZOS)
    processor = Qwen2VLImageProcessorPil(
        patch_size=16, merge_size=2, image_mean=[0.5] * 3, image_std=[0.5] * 3, do_resize=False
    )
    given = processor(images=[page], return_tensors="pt")
    return given["pixel_values"], given["image_grid_thw"]


def prompt_tokens(visual: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Give token ids (1, n) of a short question after one image, and the kind of each: 1 for the image's."""
    words = torch.arange(1000, 1000 + QUESTION - 2).tolist()
    ids = [*words[:4], VISION_START, *[IMAGE_TOKEN] * visual, VISION_END, *words[4:]]
    tokens = torch.tensor([ids])
    return tokens, (tokens == IMAGE_TOKEN).int()
