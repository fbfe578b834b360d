"""The model's tokenizer: byte-level BPE in Qwen's manner, learned from the project's own prompts."""

from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from tomllib import loads
from typing import Any

from prompts import ImageRef, build_prompt
from prompts.tasks import TASKS

from .shape import MAX_POSITIONS

VOCABULARY = 1280
SPECIAL = (
    "<|endoftext|>",
    "<|im_start|>",
    "<|im_end|>",
    "<|vision_start|>",
    "<|vision_end|>",
    "<|vision_pad|>",
    "<|image_pad|>",
    "<|video_pad|>",
)
"""Qwen's control tokens that this model needs; they come first, so their numbers are theirs for good."""
NAMED = {
    "image_token": "<|image_pad|>",
    "video_token": "<|video_pad|>",
    "vision_bos_token": "<|vision_start|>",
    "vision_eos_token": "<|vision_end|>",
}
"""The names under which processors ask a tokenizer for them."""
HERE = Path(__file__).parent


@cache
def questions() -> dict[str, dict[str, list[str]]]:
    """Read the questions: kind -> language -> wordings."""
    found: dict[str, dict[str, list[str]]] = loads((HERE / "questions.toml").read_text(encoding="utf-8"))
    return found


def corpus() -> Iterator[str]:
    """Give the texts from which the vocabulary is learned."""
    images = [ImageRef(number, 256, 256) for number in (1, 2)]
    for task, lang, count in ((t, lang, n) for t in TASKS for lang in ("en", "zh") for n in (1, 2)):
        if TASKS[task].min_images <= count:
            filled = {name: _FILLED[lang][name] for name in TASKS[task].inputs}
            prompt = build_prompt(task, images=images[:count], lang=lang, inputs=filled)
            yield from (
                part["text"] for turn in prompt.messages for part in turn["content"] if "text" in part
            )
    for kind in questions().values():
        for wordings in kind.values():
            yield from wordings
    yield from ('{"text": "', '{"image": ', '", "image": ', '"}\n', "system\n", "user\n", "assistant\n") * 20


_FILLED = {
    "en": {"question": "What is in image 2?", "objects": "letters", "target_language": "French"},
    "zh": {"question": "图2里是什么？", "objects": "字母", "target_language": "英语"},
}


def build_tokenizer() -> Any:
    """Learn the vocabulary and give it to the class that Qwen3-VL's own checkpoints use."""
    from transformers import Qwen2Tokenizer

    vocabulary, merges = _learn(corpus())
    return Qwen2Tokenizer(
        vocab=vocabulary,
        merges=merges,
        unk_token=None,
        eos_token="<|im_end|>",
        pad_token="<|endoftext|>",
        extra_special_tokens=list(SPECIAL[1:]),
        model_specific_special_tokens=NAMED,
        model_max_length=MAX_POSITIONS,
        chat_template=(HERE / "template.jinja").read_text(encoding="utf-8"),
    )


def _learn(texts: Iterable[str]) -> tuple[dict[str, int], list[tuple[str, str]]]:
    import json

    from tokenizers import Regex, Tokenizer, models, pre_tokenizers, trainers
    from transformers.models.qwen2.tokenization_qwen2 import PRETOKENIZE_REGEX

    # A capital after another sign stays a token of its own, so "A" is the same token in " A" and in "A".
    alone = pre_tokenizers.Split(Regex(r"(?<=^.)[A-Z]"), "merged_with_next")
    learner = Tokenizer(models.BPE())
    learner.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(PRETOKENIZE_REGEX), "isolated"),
            alone,
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=list(SPECIAL),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    learner.train_from_iterator(texts, trainer)
    model = json.loads(learner.to_str())["model"]
    return model["vocab"], [tuple(pair) for pair in model["merges"]]
