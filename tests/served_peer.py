"""Starts `transformers serve` for a test: loads everything once, then serves in a child each time it is told.

A line on stdin begins a server, whose process id is printed.

    python tests/served_peer.py MODEL PORT

The command line would also load a video processor, which needs torchvision, and place the model by
accelerate; both are left out where they are not installed. Everything else, the HTTP server above all, is
transformers' own.
"""

import os
import sys
from importlib.util import find_spec
from typing import Any

import torch
from transformers import Qwen3VLProcessor
from transformers.cli.serve import Serve
from transformers.cli.serving.model_manager import ModelManager
from transformers.models.auto.tokenization_auto import AutoTokenizer
from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil


class ImagesOnly(Qwen3VLProcessor):  # type: ignore[misc]
    """The processor without its part for videos."""

    def __init__(self, image_processor: Any, tokenizer: Any, chat_template: Any = None) -> None:
        super().__init__(image_processor, tokenizer, chat_template=chat_template)

    @classmethod
    def get_attributes(cls) -> list[str]:
        return ["image_processor", "tokenizer"]


def _load_processor(_: ModelManager, name: str, gguf_file: Any = None) -> ImagesOnly:
    folder = name.split("@")[0]
    tokenizer = AutoTokenizer.from_pretrained(folder)
    pictures = Qwen2VLImageProcessorPil.from_pretrained(folder)
    return ImagesOnly(pictures, tokenizer, chat_template=tokenizer.chat_template)


def _on_the_cpu(load: Any) -> Any:
    def load_model(manager: ModelManager, *args: Any, **kwargs: Any) -> Any:
        manager.device = None
        return load(manager, *args, **kwargs)

    return load_model


def main(model: str, port: int) -> None:
    if find_spec("torchvision") is None:
        ModelManager._load_processor = _load_processor
    if find_spec("accelerate") is None:
        ModelManager._load_model = _on_the_cpu(ModelManager._load_model)
    torch.set_num_threads(1)
    import uvicorn  # noqa: F401 - loaded before the signal, as everything else that takes long
    from transformers.cli.serving import server  # noqa: F401

    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            os.dup2(2, 1)  # its log belongs elsewhere than the ids
            try:
                Serve(force_model=model, port=port, host="127.0.0.1", device="cpu", dtype="float32")
            finally:
                os._exit(1)
        print(child, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
