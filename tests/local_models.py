"""Tiny models with random weights, of each family's true architecture, as folders that the engine loads."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers
from PIL import Image
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

from prompts import ImageRef, build_prompt
from prompts.prompt import Prompt, text_part, user

MARKS = (
    "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>", "<|image_pad|>",
    "<|video_pad|>",
)  # fmt: skip
END, PAD = 258, 261
TEMPLATE = (Path(__file__).parent / "data" / "qwen_chat_template.jinja").read_text(encoding="utf-8")

TEXT = {
    "hidden_size": 48,
    "intermediate_size": 96,
    "num_hidden_layers": 4,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "vocab_size": 272,
    "max_position_embeddings": 8192,
    "bos_token_id": None,
    "eos_token_id": END,
    "initializer_range": 0.25,
}
ROPE = {"rope_type": "default", "rope_theta": 10_000.0}
TOKENS = {
    "image_token_id": PAD,
    "video_token_id": 262,
    "vision_start_token_id": 259,
    "vision_end_token_id": 260,
}


def _qwen2(kind: str, vision: dict[str, Any]) -> dict[str, Any]:
    text = TEXT | {"rope_parameters": ROPE | {"mrope_section": [2, 2, 2]}}
    return {"model_type": kind, "text_config": text, "vision_config": vision} | TOKENS


def _qwen3(kind: str, text: dict[str, Any], vision: dict[str, Any]) -> dict[str, Any]:
    seen = {"depth": 3, "hidden_size": 32, "intermediate_size": 64, "num_heads": 4, "out_hidden_size": 48}
    seen |= {"num_position_embeddings": 64, "patch_size": 16, "initializer_range": 0.25} | vision
    return {"model_type": kind, "text_config": TEXT | text, "vision_config": seen} | TOKENS


CONFIGS: dict[str, tuple[str, dict[str, Any]]] = {
    "qwen2-vl": (
        "Qwen2VL",
        _qwen2("qwen2_vl", {"depth": 2, "embed_dim": 32, "hidden_size": 48, "num_heads": 4, "mlp_ratio": 2}),
    ),
    "qwen2.5-vl": (
        "Qwen2_5_VL",
        _qwen2(
            "qwen2_5_vl",
            {"depth": 3, "hidden_size": 32, "out_hidden_size": 48, "intermediate_size": 64, "num_heads": 4}
            | {"window_size": 56, "fullatt_block_indexes": [2], "initializer_range": 0.25},
        ),
    ),
    "qwen3-vl": (
        "Qwen3VL",
        _qwen3(
            "qwen3_vl",
            {
                "head_dim": 16,
                "rope_parameters": ROPE | {"mrope_section": [4, 2, 2], "mrope_interleaved": True},
            },
            {"deepstack_visual_indexes": [0, 1, 2]},
        ),
    ),
    "qwen3.5": (
        "Qwen3_5",
        _qwen3(
            "qwen3_5",
            {
                "head_dim": 32,
                "linear_num_key_heads": 2,
                "linear_num_value_heads": 4,
                "linear_key_head_dim": 16,
            }
            | {"linear_value_head_dim": 16}
            | {"rope_parameters": ROPE | {"mrope_section": [2, 1, 1], "partial_rotary_factor": 0.25}},
            {},
        ),
    ),
}

EXPERTS = {"num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 32}
EXPERTS |= {"shared_expert_intermediate_size": 32}


def _of_experts(family: str, name: str, kind: str) -> tuple[str, dict[str, Any]]:
    settings = CONFIGS[family][1]
    text = {key: value for key, value in settings["text_config"].items() if key != "intermediate_size"}
    return name, settings | {"model_type": kind, "text_config": text | EXPERTS}


CONFIGS |= {
    "qwen3-vl-moe": _of_experts("qwen3-vl", "Qwen3VLMoe", "qwen3_vl_moe"),
    "qwen3.5-moe": _of_experts("qwen3.5", "Qwen3_5Moe", "qwen3_5_moe"),
}


def tokenizer() -> transformers.PreTrainedTokenizerFast:
    """Give a tokenizer of single bytes: every Chinese character is three tokens."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    made = Tokenizer(models.BPE(vocab={letter: i for i, letter in enumerate(alphabet)}, merges=[]))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    made.add_special_tokens([AddedToken(mark, special=True) for mark in MARKS])
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=made, eos_token=MARKS[2], pad_token=MARKS[0], chat_template=TEMPLATE
    )


def make_model(family: str, seed: int = 0) -> Any:
    """Make a model with random weights."""
    name, settings = CONFIGS[family]
    torch.manual_seed(seed)
    config = getattr(transformers, f"{name}Config")(**settings)
    model = getattr(transformers, f"{name}ForConditionalGeneration")(config).float().eval()
    model.generation_config.eos_token_id = END
    with torch.no_grad():  # attend sharply, and see clearly: else no test could tell two images apart
        for name, weight in model.named_parameters():
            if "q_norm" in name or ("merger" in name and weight.dim() == 2):
                weight *= 4
    return model


SEEDS = {"qwen3.5-moe": 3}
"""Random weights that tell images apart; elsewhere those of 0 do."""


def save_model(family: str, folder: Path, seed: int | None = None) -> Path:
    """Write a model with random weights as a folder."""
    make_model(family, SEEDS.get(family, 0) if seed is None else seed).save_pretrained(folder)
    tokenizer().save_pretrained(folder)
    patch = 14 if family.startswith("qwen2") else 16
    pictures = {"patch_size": patch, "merge_size": 2, "temporal_patch_size": 2}
    pictures |= {"image_processor_type": "Qwen2VLImageProcessor"}
    pictures |= {"size": {"shortest_edge": 784, "longest_edge": 1_048_576}}
    (folder / "preprocessor_config.json").write_text(json.dumps(pictures))
    return folder


def picture(folder: Path, label: int, size: tuple[int, int] = (64, 96), seed: int | None = None) -> ImageRef:
    """Write a picture of coloured noise as an image of a question."""
    path = folder / f"{label}-{size[0]}x{size[1]}-{seed}.png"
    dice = np.random.default_rng(label if seed is None else seed)
    noise = dice.integers(0, 64, (size[1], size[0], 3)) + dice.integers(0, 192, 3)
    Image.fromarray(noise.astype(np.uint8)).save(path)
    return ImageRef(label, *size, path=path)


def question(text: str, images: list[ImageRef]) -> Prompt:
    """Make a short prompt: each token is a byte, and long texts would drown the images."""
    parts: list[dict[str, Any]] = []
    for image in images:
        parts += [text_part(f"Image {image.label}:"), {"type": "image", "image": image}]
    prompt = build_prompt("answer", format="text", images=images, inputs={"question": text})
    turn = {"role": "system", "content": [text_part("You read pages.")]}
    return replace(prompt, messages=(turn, user([*parts, text_part(text)])))


def as_published_in_2024(folder: Path, *, tied: bool) -> Path:
    """Turn a saved Qwen2-VL or Qwen2.5-VL into the form in which their checkpoints lie on the hub.

    The text part's figures stand beside the others, weights have their old names and lie in two files,
    rope and sizes of images are given as they were then; `tied` models bring no head.
    """
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    text = config.pop("text_config")
    rope = text.pop("rope_parameters")
    text = {key: text[key] for key in text if key not in ("model_type", "dtype", "layer_types")}
    old = {"rope_theta": rope["rope_theta"], "sliding_window": 32768, "use_sliding_window": False}
    old |= {"rope_scaling": {"type": "mrope", "mrope_section": rope["mrope_section"]}}
    config.pop("dtype", None)
    config |= text | old | {"tie_word_embeddings": tied, "torch_dtype": "float32", "max_window_layers": 2}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    _split_weights(folder, tied=tied)
    pictures = {"min_pixels": 3136, "max_pixels": 12_845_056, "patch_size": 14, "temporal_patch_size": 2}
    pictures |= {"merge_size": 2, "image_processor_type": "Qwen2VLImageProcessor"}
    (folder / "preprocessor_config.json").write_text(json.dumps(pictures), encoding="utf-8")
    figures = {"do_sample": True, "eos_token_id": [END, 256], "pad_token_id": 256}
    figures |= {"repetition_penalty": 1.05, "temperature": 0.000001}
    (folder / "generation_config.json").write_text(json.dumps(figures), encoding="utf-8")
    return folder


def _split_weights(folder: Path, *, tied: bool) -> None:
    from safetensors.torch import load_file, save_file

    weights = {
        name.replace("model.language_model.", "model.").replace("model.visual.", "visual."): weight.clone()
        for name, weight in load_file(folder / "model.safetensors").items()
        if not (tied and name == "lm_head.weight")
    }
    (folder / "model.safetensors").unlink()
    names, files = sorted(weights), {}
    for number, part in enumerate((names[::2], names[1::2]), 1):
        file = f"model-{number:05}-of-00002.safetensors"
        save_file({name: weights[name] for name in part}, folder / file, metadata={"format": "pt"})
        files |= dict.fromkeys(part, file)
    index = {"metadata": {"total_size": 0}, "weight_map": files}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index), encoding="utf-8")
