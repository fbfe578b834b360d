"""The in-process engine on a model that really reads: one character in each of up to four images."""

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks.tiny_model.checkpoint import FOLDER
from benchmarks.tiny_model.glyphs import picture_of
from demo.engines import Piece, RepetitionError, Request, Restart, Result
from demo.engines.local.engine import TransformersEngine
from prompts import ImageRef, build_prompt
from prompts.prompt import Prompt, assistant, text_part, user

GREEDY = {"temperature": 0, "max_tokens": 40}


@pytest.fixture(scope="module")
def model() -> TransformersEngine:
    made = TransformersEngine(model=str(FOLDER), exact=True)
    made.load()
    return made


@pytest.fixture
def engine(model: TransformersEngine) -> Iterator[TransformersEngine]:
    yield model
    model.forget()


def images(folder: Path, text: str, first: int = 1, side: int = 64) -> list[ImageRef]:
    found = []
    for number, character in enumerate(text, first):
        path = folder / f"{number}-{character}-{side}.png"
        picture_of(character, side, seed=number).save(path)
        found.append(ImageRef(number, side, side, path=path))
    return found


def question(text: str, shown: list[ImageRef]) -> Prompt:
    parts = [p for i in shown for p in (text_part(f"Image {i.label}:"), {"type": "image", "image": i})]
    prompt = build_prompt("answer", format="text", images=shown, inputs={"question": text})
    return replace(prompt, messages=(user([*parts, text_part(text)]),))


def ask(engine: TransformersEngine, prompt: Prompt, session: str = "", **options: Any) -> Result:
    event = list(engine.ask(Request(prompt, GREEDY, session=session, **options)))[-1]
    assert isinstance(event, Result)
    return event


def test_each_image_is_read_by_its_number(engine: TransformersEngine, tmp_path: Path) -> None:
    shown = images(tmp_path, "7KA4")
    asked = [question(f"What is in image {n}?", shown) for n in (1, 2, 3, 4)]
    assert [ask(engine, prompt).text for prompt in asked] == ["7", "K", "A", "4"]


def test_order_of_sending_decides(engine: TransformersEngine, tmp_path: Path) -> None:
    a, b, c = images(tmp_path, "7KA")
    turned = [replace(image, label=n) for n, image in enumerate((c, a, b), 1)]
    asked = [question(f"What is in image {n}?", turned) for n in (1, 2, 3)]
    assert [ask(engine, prompt, "a").text for prompt in asked] == ["A", "7", "K"]


def test_follow_up_reads_another_image_from_the_cache(engine: TransformersEngine, tmp_path: Path) -> None:
    prompt = question("What is in image 3?", images(tmp_path, "4XH"))
    first = ask(engine, prompt, "a")
    second = ask(engine, prompt.follow_up(first.text, "and image 2?"), "a")
    assert (first.text, second.text) == ("H", "X")
    assert second.usage.cached_images == 3
    assert second.usage.cached_tokens >= first.usage.prompt_tokens
    assert "vision" not in second.usage.phases


def test_sessions_in_turn_keep_their_own_images(engine: TransformersEngine, tmp_path: Path) -> None:
    prompts = {
        "a": question("What is in image 1?", images(tmp_path, "3M")),
        "b": question("What is in image 1?", images(tmp_path, "WY")),
    }
    told = {name: [ask(engine, prompt, name).text] for name, prompt in prompts.items()}
    for name, prompt in prompts.items():
        told[name].append(ask(engine, prompt.follow_up(told[name][0], "and image 2?"), name).text)
    assert told == {"a": ["3", "M"], "b": ["W", "Y"]}


def test_image_added_in_a_later_turn_is_read(engine: TransformersEngine, tmp_path: Path) -> None:
    prompt = question("What is in image 1?", images(tmp_path, "5R"))
    first = ask(engine, prompt, "a")
    history = (*prompt.messages, assistant(first.text))
    later = ask(engine, question("What is in image 3?", images(tmp_path, "Y", first=3)), "a", history=history)
    assert (first.text, later.text) == ("5", "Y")
    assert later.usage.cached_images == 2


def test_stream_gives_the_answer_in_pieces(engine: TransformersEngine, tmp_path: Path) -> None:
    prompt = question("Repeat the character in image 2 five times.", images(tmp_path, "3M"))
    *pieces, result = engine.ask(Request(prompt, GREEDY))
    assert isinstance(result, Result)
    texts = [piece.text for piece in pieces if isinstance(piece, Piece)]
    assert len(texts) >= 5
    assert "".join(texts) == result.text == "M M M M M"
    assert result.stop_reason == "done"


def test_stop_ends_an_endless_answer(engine: TransformersEngine, tmp_path: Path) -> None:
    stop = threading.Event()
    prompt = question("Repeat the character in image 1 without end.", images(tmp_path, "3M"))
    text = ""
    for event in engine.ask(Request(prompt, {"temperature": 0, "max_tokens": 4000}, session="a"), stop):
        text += event.text if isinstance(event, Piece) else ""
        if len(text) > 10:
            stop.set()
    assert isinstance(event, Result)
    assert event.stop_reason == "cancelled"
    assert event.text.startswith("3 3 3")
    assert ask(engine, question("What is in image 2?", images(tmp_path, "3M")), "a").text == "M"


def test_endless_answer_is_seen_and_tried_again(engine: TransformersEngine, tmp_path: Path) -> None:
    prompt = question("Repeat the character in image 1 without end.", images(tmp_path, "3M"))
    restarts = 0
    result = None
    try:
        for event in engine.ask(Request(prompt, {"temperature": 0, "max_tokens": 4000, "seed": 1})):
            restarts += isinstance(event, Restart)
            result = event
    except RepetitionError:
        assert restarts == 3
    else:
        assert restarts >= 1
        assert isinstance(result, Result)
        assert result.notes


def test_schema_gives_the_character_as_json(engine: TransformersEngine, tmp_path: Path) -> None:
    schema = {
        "type": "object",
        "properties": {"text": {"type": "string", "maxLength": 3}},
        "required": ["text"],
        "additionalProperties": False,
    }
    prompt = question("What is in image 2? Answer as JSON.", images(tmp_path, "3M"))
    made = ask(engine, prompt, "a", schema=schema)
    assert json.loads(made.text) == {"text": "M"}
    assert made.stop_reason == "done"
    plain = ask(engine, question("What is in image 2?", images(tmp_path, "3M")), schema=schema)
    assert set(json.loads(plain.text)) == {"text"}


def test_larger_images_are_read_too(engine: TransformersEngine, tmp_path: Path) -> None:
    made = ask(engine, question("What is in image 2?", images(tmp_path, "TK", side=256)))
    assert made.text == "K"
    assert made.usage.visual_tokens == 128
