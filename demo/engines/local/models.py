"""Which models this engine runs. Adding a family is adding a row."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ModelRow:
    """One architecture: `kind` as config.json names it, transformers' class, and the toolkit's family."""

    kind: str
    model: str
    family: str


MODELS: dict[str, ModelRow] = {
    row.kind: row
    for row in (
        ModelRow("qwen2_vl", "Qwen2VLForConditionalGeneration", "qwen2-vl"),
        ModelRow("qwen2_5_vl", "Qwen2_5_VLForConditionalGeneration", "qwen2.5-vl"),
        ModelRow("qwen3_vl", "Qwen3VLForConditionalGeneration", "qwen3-vl"),
        ModelRow("qwen3_5", "Qwen3_5ForConditionalGeneration", "qwen3.5"),
        ModelRow("qwen3_vl_moe", "Qwen3VLMoeForConditionalGeneration", "qwen3-vl"),
        ModelRow("qwen3_5_moe", "Qwen3_5MoeForConditionalGeneration", "qwen3.5"),
    )
}
DEFAULT_MODEL = "Qwen/Qwen3-VL-2B-Instruct"
"""The smallest current one: 4 GB in bfloat16, runs on a laptop's CPU."""
