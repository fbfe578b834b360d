"""The geometry of the model: every part that Qwen3-VL has, at the least width that still learns."""

from typing import Any

PATCH, MERGE, TEMPORAL = 16, 2, 2
"""Qwen3-VL's own: patches of 16 pixels, four of which make a token; a still image counts as two frames."""
MAX_IMAGES = 4
MAX_POSITIONS = 8192


def build_config(vocabulary: int, ids: dict[str, int]) -> Any:
    """Give the configuration for a tokenizer of `vocabulary` tokens with the special tokens `ids`."""
    from transformers import Qwen3VLConfig

    return Qwen3VLConfig(
        text_config=_text(vocabulary, ids),
        vision_config=_vision(),
        image_token_id=ids["<|image_pad|>"],
        video_token_id=ids["<|video_pad|>"],
        vision_start_token_id=ids["<|vision_start|>"],
        vision_end_token_id=ids["<|vision_end|>"],
        tie_word_embeddings=True,
    )


def _text(vocabulary: int, ids: dict[str, int]) -> dict[str, Any]:
    return {
        "vocab_size": vocabulary,
        "hidden_size": 96,
        "intermediate_size": 256,
        "num_hidden_layers": 5,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": 32,
        "max_position_embeddings": MAX_POSITIONS,
        "tie_word_embeddings": True,
        "pad_token_id": ids["<|endoftext|>"],
        "bos_token_id": None,
        "eos_token_id": ids["<|im_end|>"],
        "rope_parameters": {
            "rope_type": "default",
            "rope_theta": 10000.0,
            "mrope_section": [6, 5, 5],
            "mrope_interleaved": True,
        },
    }


def _vision() -> dict[str, Any]:
    return {
        "depth": 4,
        "hidden_size": 64,
        "intermediate_size": 192,
        "num_heads": 2,
        "patch_size": PATCH,
        "spatial_merge_size": MERGE,
        "temporal_patch_size": TEMPORAL,
        "out_hidden_size": 96,
        "num_position_embeddings": 256,
        "deepstack_visual_indexes": [1, 2],
    }
