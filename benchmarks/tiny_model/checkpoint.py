"""The folder that is committed: weights, configuration, tokenizer, template and processor."""

import json
from pathlib import Path
from typing import Any

from .language import SPECIAL
from .shape import MERGE, PATCH, TEMPORAL, build_config

FOLDER = Path(__file__).parents[2] / "tests" / "data" / "tiny-qwen3-vl"
PROCESSOR = "PaddleOCRVLProcessor"
"""Does for images what Qwen3VLProcessor does, but asks for no video processor and so for no torchvision."""
MIN_PIXELS, MAX_PIXELS = 64 * 64, 16_777_216
"""The least area that the model reads, and Qwen3-VL's own greatest."""


def build_model(tokenizer: Any) -> Any:
    """Build the model with random weights."""
    from transformers import Qwen3VLForConditionalGeneration

    ids = {name: int(tokenizer.convert_tokens_to_ids(name)) for name in SPECIAL}
    return Qwen3VLForConditionalGeneration(build_config(len(tokenizer), ids))


def build_image_processor() -> Any:
    """Build Qwen's image processor with the least area that this model reads."""
    from transformers import Qwen2VLImageProcessorPil

    return Qwen2VLImageProcessorPil(
        patch_size=PATCH,
        temporal_patch_size=TEMPORAL,
        merge_size=MERGE,
        image_mean=[0.5] * 3,
        image_std=[0.5] * 3,
        size={"shortest_edge": MIN_PIXELS, "longest_edge": MAX_PIXELS},
    )


def save(model: Any, tokenizer: Any, folder: Path) -> None:
    """Write the checkpoint in bfloat16, as Qwen's own are; `model` keeps its own numbers."""
    import torch

    rounded = build_model(tokenizer)
    rounded.load_state_dict(model.state_dict())
    rounded = rounded.to(torch.bfloat16)
    rounded.generation_config.do_sample = False
    rounded.generation_config.max_new_tokens = 256
    rounded.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    build_image_processor().save_pretrained(folder)
    named = json.dumps({"processor_class": PROCESSOR}, indent=2)
    (folder / "processor_config.json").write_text(named + "\n", encoding="utf-8")
