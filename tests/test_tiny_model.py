"""The tiny Qwen3-VL checkpoint, through the standard classes of transformers alone."""

import json
from functools import cache
from random import Random
from typing import Any

import pytest
from PIL import Image

from benchmarks.tiny_model.checkpoint import FOLDER
from benchmarks.tiny_model.glyphs import CHARACTERS, PILLOW, any_colours, picture_of
from benchmarks.tiny_model.measuring import MAKERS, canonical, score
from benchmarks.tiny_model.reading import Tiny


@cache
def tiny() -> Tiny:
    return Tiny()


def ask(pictures: list[Image.Image], *turns: str, limit: int = 40) -> str:
    """Show pictures behind their labels, then go through question, answer, question."""
    shown: list[Any] = []
    for number, picture in enumerate(pictures, 1):
        shown += [{"type": "text", "text": f"Image {number}:"}, {"type": "image", "image": picture}]
    messages = [{"role": "user", "content": [*shown, {"type": "text", "text": turns[0]}]}]
    for number, turn in enumerate(turns[1:]):
        role = "user" if number % 2 else "assistant"
        messages.append({"role": role, "content": [{"type": "text", "text": turn}]})
    return tiny().answer(messages, limit=limit)


def pictures(text: str, side: int = 64) -> list[Image.Image]:
    return [picture_of(char, side, seed=number) for number, char in enumerate(text)]


def test_folder_is_small_and_safe() -> None:
    files = [path for path in FOLDER.iterdir() if path.is_file()]
    assert sum(path.stat().st_size for path in files) <= 3_000_000
    assert {path.suffix for path in files} <= {".json", ".jinja", ".safetensors", ".md"}
    config = json.loads((FOLDER / "config.json").read_text(encoding="utf-8"))
    assert config["architectures"] == ["Qwen3VLForConditionalGeneration"]
    assert config["vision_config"]["deepstack_visual_indexes"]


@pytest.mark.parametrize("side", [64, 256])
def test_reads_characters_of_a_font_never_trained(side: int) -> None:
    """Every character once, four to a question; what it can't tell apart stands in docs/tiny-model.md."""
    shown = Random(5).sample(CHARACTERS, len(CHARACTERS))
    right = 0
    for first in range(0, len(shown), 4):
        four = shown[first : first + 4]
        drawn = pictures("".join(four), side)
        right += sum(
            ask(drawn, f"What is in image {number}?", limit=4) == char for number, char in enumerate(four, 1)
        )
    assert right >= 31, f"{right} of {len(shown)}"


def test_order_of_images_decides() -> None:
    a, b, c = pictures("7KT")
    assert [ask([a, b, c], f"What is in image {n}?") for n in (1, 2, 3)] == ["7", "K", "T"]
    assert [ask([c, a, b], f"What is in image {n}?") for n in (1, 2, 3)] == ["T", "7", "K"]


def test_copies_of_an_image_read_alike() -> None:
    seven, k = pictures("7K")
    shown = [seven, k, seven, k]
    assert [ask(shown, f"图{n}里是什么？") for n in (1, 2, 3, 4)] == ["7", "K", "7", "K"]


def test_follow_up_asks_for_another_image() -> None:
    assert ask(pictures("4XH"), "What is in image 3?", "H", "and image 2?") == "X"


@pytest.mark.parametrize("name", ["JSON", "JSON with number"])
def test_json_answers_hold_the_right_value(name: str) -> None:
    result = score(tiny(), MAKERS[name], 2, 64, 8, [PILLOW], seed=3)
    assert result.right >= 6, str(result)


def test_repetition_stops_where_it_was_told_to_and_else_never() -> None:
    shown = pictures("3M")
    assert ask(shown, "Repeat the character in image 2 five times.") == "M M M M M"
    endless = ask(shown, "Repeat the character in image 1 without end.", limit=200)
    assert set(endless) == {"3", " "}
    assert endless.count("3") >= 100


def test_deepstack_features_are_needed() -> None:
    visual = tiny().model.model.visual

    def without(_module: Any, _inputs: Any, output: Any) -> Any:
        output.deepstack_features = [part * 0 for part in output.deepstack_features]
        return output

    seeing = score(tiny(), canonical, 1, 64, 24, [PILLOW], seed=5)
    hook = visual.register_forward_hook(without)
    try:
        blind = score(tiny(), canonical, 1, 64, 24, [PILLOW], seed=5)
    finally:
        hook.remove()
    assert blind.right < seeing.right, f"{blind} against {seeing}"


def test_training_sees_the_tokens_of_the_processor() -> None:
    from transformers import AutoProcessor

    from benchmarks.tiny_model.conversations import Course, converse
    from benchmarks.tiny_model.encoding import Encoder
    from benchmarks.tiny_model.reading import with_pictures

    processor, rng = AutoProcessor.from_pretrained(FOLDER), Random(1)
    encoder = Encoder(processor.tokenizer)
    for _ in range(20):
        talk = converse(rng, Course())
        sizes = [rng.choice(((64, 64), (128, 96), (256, 256))) for _ in talk.images]
        shown = with_pictures(talk.messages, [Image.new("RGB", size) for size in sizes])
        inputs = processor.apply_chat_template(shown, tokenize=True, return_dict=True, return_tensors="pt")
        trained = encoder(talk, sizes)
        tokens = inputs["input_ids"][0].tolist()
        assert trained.tokens == (tokens[:-2] if talk.endless else tokens)
        positions, _ = tiny().model.model.get_rope_index(
            inputs["input_ids"],
            mm_token_type_ids=inputs["mm_token_type_ids"],
            image_grid_thw=inputs["image_grid_thw"],
        )
        assert [axis[: len(trained.tokens)] for axis in positions[:, 0].tolist()] == list(trained.positions)


def test_pictures_in_training_equal_those_of_the_processor() -> None:
    import torch
    from transformers import AutoImageProcessor

    from benchmarks.tiny_model.bank import coloured, grid, patches
    from benchmarks.tiny_model.tower import encode

    generator = torch.Generator().manual_seed(0)
    images = coloured(torch.randint(0, 256, (2, 96, 64), generator=generator).byte(), generator)
    stored = ((images * 0.5 + 0.5) * 255).round().byte().permute(0, 2, 3, 1).numpy()
    processor = AutoImageProcessor.from_pretrained(FOLDER)
    given = processor([Image.fromarray(one) for one in stored], return_tensors="pt")
    ours = patches(images)
    assert torch.allclose(ours.flatten(0, 1), given["pixel_values"], atol=0.005)
    visual = tiny().model.model.visual
    with torch.no_grad():
        fast = encode(visual, ours, (64, 96))
        slow = visual(ours.flatten(0, 1), torch.tensor([grid((64, 96))] * 2))
    wanted = [slow.pooler_output, *slow.deepstack_features]
    for one, other in zip(fast, wanted, strict=True):
        assert torch.allclose(one.flatten(0, 1), other, atol=1e-5)


def test_pictures_differ_from_seed_to_seed_and_stay_the_same() -> None:
    ink, paper = any_colours(Random(0))
    first = picture_of("7", 64, seed=1, ink=ink, paper=paper, noise=8)
    assert first.tobytes() == picture_of("7", 64, seed=1, ink=ink, paper=paper, noise=8).tobytes()
    assert first.tobytes() != picture_of("7", 64, seed=2, ink=ink, paper=paper, noise=8).tobytes()
    assert len(CHARACTERS) == len(set(CHARACTERS)) == 34
