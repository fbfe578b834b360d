"""What the caches of the in-process engine save, and that they stay within their bounds.

    python -m benchmarks.engine_cache follow-up [--dtype D] [--exact] [--layers 28] [--depth 24] [--rounds 2]
        [--stops]
    python -m benchmarks.engine_cache soak [--requests 500] [--budget-mb 64]

`follow-up` asks a random-weight model of Qwen3-VL-2B's true geometry about one A4 page of 736 visual tokens:
a first question, a second one in the same conversation, and another in a new conversation. Times to the first
token, the least of the rounds. Needs 5 GB in bfloat16, 9 GB in float32.

`soak` puts 20 conversations in rotation over 10 images to a small model: the caches never pass their budget,
resident memory stays flat, the share of look-ups that find something is shown.
"""

import argparse
import json
import os
import random
import tempfile
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

SOAK: dict[str, Any] = {
    "hidden_size": 256,
    "intermediate_size": 512,
    "num_hidden_layers": 6,
    "num_attention_heads": 8,
}
"""Large enough for 20 conversations and 10 images to take several times the budget."""


def main() -> None:
    options = _options()
    found = follow_up(options) if options.what == "follow-up" else soak(options)
    print(json.dumps(found, indent=1) if options.json else "\n".join(f"{k:34} {v}" for k, v in found.items()))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.engine_cache")
    parser.add_argument("what", choices=("follow-up", "soak"))
    parser.add_argument("--dtype", help="float32 or bfloat16; chosen for the machine if left out")
    parser.add_argument("--exact", action="store_true", help="compute as plain torch does")
    parser.add_argument("--layers", type=int, default=28)
    parser.add_argument("--depth", type=int, default=24)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--stops", action="store_true", help="also stop six first questions half-way")
    parser.add_argument("--requests", type=int, default=500)
    parser.add_argument("--budget-mb", type=float, default=64)
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def follow_up(options: argparse.Namespace) -> dict[str, Any]:
    """Time the first and the second question on a page, and one in a new conversation."""
    from demo.engines.local.openmp import settle_openmp

    settle_openmp()
    import torch

    from benchmarks.qwen_geometry import geometry, random_model
    from demo.engines.local.precision import plan_precision

    config = geometry(options.layers, options.depth)
    for name, value in MARKS.items():
        setattr(config, name, value)
    plan = plan_precision(config, "cpu", exact=options.exact, dtype=options.dtype)
    engine = _engine(random_model(config, getattr(torch, plan.dtype)), plan, budget=1024)
    best: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        image = _page(Path(folder))
        for _ in range(options.rounds):
            for name, seconds in _round(engine, image).items():
                best[name] = min(best.get(name, seconds), seconds)
        if options.stops:
            best["longest wait for a stop"] = _longest_stop(engine, image, best["first question"])
    first = best["first question"]
    shares = {f"{name}, share of the first": f"{best[name] / first:.1%}" for name in list(best)[1:3]}
    return {"numbers": plan.dtype, **{k: f"{v:.2f} s" for k, v in best.items()}, **shares}


def _round(engine: Any, image: Any) -> dict[str, float]:
    engine.forget()
    prompt = _prompt("What is the total?", [image])
    first = _ask(engine, prompt, "a")
    second = _ask(engine, prompt.follow_up(first.text, "And who has to pay it?"), "a")
    other = _ask(engine, _prompt("Who sent it?", [image]), "b")
    phases = first.usage.phases
    return {
        "first question": first.usage.seconds_to_first_piece,
        "second question": second.usage.seconds_to_first_piece,
        "new conversation, image kept": other.usage.seconds_to_first_piece,
        "vision of the first": phases["vision"],
        "prefill of the first": phases["prefill"],
        "prefill of the second": second.usage.phases["prefill"],
    }


def _longest_stop(engine: Any, image: Any, first: float) -> float:
    """Stop a first question at six moments between its start and its first token; give the longest wait."""
    from demo.engines import Request

    waits = []
    for share in (0.1, 0.25, 0.4, 0.55, 0.7, 0.9):
        engine.forget()
        stop, at = threading.Event(), [0.0]

        def now(stop: threading.Event = stop, at: list[float] = at) -> None:
            at[0] = time.perf_counter()
            stop.set()

        threading.Timer(share * first, now).start()
        list(engine.ask(Request(_prompt("What is the total?", [image]), {"max_tokens": 200}), stop))
        waits.append(time.perf_counter() - at[0])
    return max(waits)


def soak(options: argparse.Namespace) -> dict[str, Any]:
    """Rotate conversations over images, and watch the budget and the process's memory."""
    from demo.engines.local.openmp import settle_openmp

    settle_openmp()
    import torch

    from benchmarks.qwen_geometry import random_model
    from demo.engines.local.precision import plan_precision

    config = _small()
    engine = _engine(
        random_model(config, torch.float32), plan_precision(config, "cpu", exact=True), options.budget_mb
    )
    dice, most = random.Random(0), 0
    resident: list[int] = []
    with tempfile.TemporaryDirectory() as folder:
        images = [_noise(Path(folder), n) for n in range(10)]
        talks: dict[int, Any] = {}
        for number in range(options.requests):
            session = number % 20
            old = talks.get(session)
            if old is None or len(old.messages) > 6:
                old = _prompt("What is it?", [images[dice.randrange(10)]])
            prompt = old
            result = _ask(engine, prompt, str(session), tokens=8)
            talks[session] = prompt.follow_up(result.text, f"And part {number}?")
            most = max(most, engine.kept_bytes)
            resident.append(_resident())
    warm = resident[len(resident) // 5 :]
    change = (max(warm) - min(warm)) / warm[0]
    evicted = sum(engine.cache_counts(kind).evicted for kind in ("image", "session"))
    return {
        "requests": options.requests,
        "most kept": f"{most / 2**20:.1f} of {options.budget_mb:g} MB",
        "images found": f"{engine.cache_counts('image').rate:.0%}",
        "conversations found": f"{engine.cache_counts('session').rate:.0%}",
        "evicted": evicted,
        "resident after a fifth": f"{warm[0] / 2**20:.0f} MB",
        "resident at the end": f"{warm[-1] / 2**20:.0f} MB",
        "largest change since": f"{change:.1%}",
    }


MARKS = {
    "image_token_id": 261,
    "video_token_id": 262,
    "vision_start_token_id": 259,
    "vision_end_token_id": 260,
}
NAMES = ("endoftext", "im_start", "im_end", "vision_start", "vision_end", "image_pad", "video_pad")
TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{% if m.content is string %}{{ m.content }}{% else %}"
    "{% for p in m.content %}{% if p.type == 'image' %}<|vision_start|><|image_pad|><|vision_end|>"
    "{% else %}{{ p.text }}{% endif %}{% endfor %}{% endif %}<|im_end|>\n{% endfor %}<|im_start|>assistant\n"
)


def _small() -> Any:
    from transformers import Qwen3VLConfig

    rope = {"rope_type": "default", "rope_theta": 1e4, "mrope_section": [8, 4, 4], "mrope_interleaved": True}
    text = SOAK | {"num_key_value_heads": 4, "head_dim": 32, "vocab_size": 320, "rope_parameters": rope}
    vision: dict[str, Any] = {"depth": 3, "hidden_size": 64, "intermediate_size": 128, "num_heads": 4}
    vision |= {"patch_size": 16, "out_hidden_size": 256, "deepstack_visual_indexes": [0, 1, 2]}
    return Qwen3VLConfig(text_config=text, vision_config=vision, **MARKS)


def _engine(model: Any, plan: Any, budget: float) -> Any:
    """Put an engine around a model in memory; its tokens are single bytes."""
    from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

    from demo.engines.local.engine import TransformersEngine
    from demo.engines.local.loading import assemble

    pictures = Qwen2VLImageProcessorPil(
        patch_size=16, merge_size=2, size={"shortest_edge": 65_536, "longest_edge": 16_777_216}
    )
    engine = TransformersEngine(model="random weights", cache_mb=budget, idle_minutes=60)
    engine._loaded = assemble("random weights", model, _bytes(), pictures, "qwen3-vl", plan=plan)
    engine._loaded = replace(engine._loaded, ends=frozenset())  # random weights end anywhere
    return engine


def _bytes() -> Any:
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    made = Tokenizer(models.BPE(vocab={letter: i for i, letter in enumerate(letters)}, merges=[]))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    made.add_special_tokens([AddedToken(f"<|{name}|>", special=True) for name in NAMES])
    return PreTrainedTokenizerFast(tokenizer_object=made, eos_token="<|im_end|>", chat_template=TEMPLATE)


def _ask(engine: Any, prompt: Any, session: str, tokens: int = 6) -> Any:
    from demo.engines import Request

    sampling = {"temperature": 0, "max_tokens": tokens}
    result = list(engine.ask(Request(prompt, sampling, session=session)))[-1]
    if result.usage.seconds_to_first_piece is None:
        # A token without text: random weights choose any. The phases before decoding are what is asked for.
        before = sum(seconds for name, seconds in result.usage.phases.items() if name != "decode")
        result = replace(result, usage=replace(result.usage, seconds_to_first_piece=before))
    return result


def _prompt(text: str, images: list[Any]) -> Any:
    from prompts import build_prompt
    from prompts.prompt import text_part, user

    parts = [part for i in images for part in (text_part("Image 1:"), {"type": "image", "image": i})]
    prompt = build_prompt("answer", format="text", images=images, inputs={"question": text})
    return replace(prompt, messages=(user([*parts, text_part(text)]),))


def _page(folder: Path) -> Any:
    """Give the bundled invoice at 736 x 1024."""
    import pypdfium2
    from PIL import Image

    from benchmarks.qwen_geometry import PAGE, SAMPLE
    from prompts import ImageRef

    with pypdfium2.PdfDocument(SAMPLE) as document:
        drawn = document[0].render(scale=2).to_pil().convert("RGB").resize(PAGE, Image.Resampling.LANCZOS)
    drawn.save(folder / "page.png")
    return ImageRef(1, *PAGE, path=folder / "page.png")


def _noise(folder: Path, number: int) -> Any:
    import numpy as np
    from PIL import Image

    from prompts import ImageRef

    path = folder / f"{number}.png"
    pixels = np.random.default_rng(number).integers(0, 255, (512, 384, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path)
    return ImageRef(1, 384, 512, path=path)


def _resident() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    main()
