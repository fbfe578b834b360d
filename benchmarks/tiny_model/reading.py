"""Asking the model through the standard classes of transformers alone."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .checkpoint import FOLDER


class Tiny:
    """The model with its processor; greedy answers."""

    def __init__(self, folder: Path = FOLDER) -> None:
        import torch
        from transformers import AutoModelForImageTextToText, AutoProcessor

        self._processor = AutoProcessor.from_pretrained(folder)
        self.model: Any = AutoModelForImageTextToText.from_pretrained(folder, dtype=torch.float32).eval()

    def answer(self, messages: Sequence[dict[str, Any]], *, limit: int = 40) -> str:
        """Answer the last turn of a conversation, at most `limit` tokens long."""
        import torch

        inputs = self._processor.apply_chat_template(
            messages, tokenize=True, return_dict=True, return_tensors="pt", add_generation_prompt=True
        )
        with torch.inference_mode():
            tokens = self.model.generate(**inputs, max_new_tokens=limit, do_sample=False)
        return str(
            self._processor.decode(tokens[0, inputs["input_ids"].shape[1] :], skip_special_tokens=True)
        )


def with_pictures(messages: Sequence[dict[str, Any]], pictures: Sequence[Any]) -> list[dict[str, Any]]:
    """Put pictures in their order into the places that messages keep for images."""
    waiting = iter(pictures)

    def part(given: dict[str, Any]) -> dict[str, Any]:
        return {"type": "image", "image": next(waiting)} if given["type"] == "image" else given

    return [{**turn, "content": [part(given) for given in turn["content"]]} for turn in messages]
