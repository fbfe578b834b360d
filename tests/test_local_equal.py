"""With every cache, an answer has the very tokens that plain `generate` gives without any."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from local_models import CONFIGS, TEMPLATE, picture, question, save_model, tokenizer
from PIL import Image

from demo.engines import Request, Result
from demo.engines.local.engine import TransformersEngine
from prompts import ImageRef
from prompts.prompt import Prompt, assistant

GREEDY = {"temperature": 0, "max_tokens": 12}


@pytest.fixture(scope="module", params=CONFIGS)
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    folder = save_model(request.param, tmp_path_factory.mktemp("model") / request.param)
    made = TransformersEngine(model=str(folder), exact=True)
    made.load()
    yield made
    made.forget()


def side(engine: Any) -> int:
    return engine._loaded.family.factor


def images(engine: Any, folder: Path) -> list[ImageRef]:
    f = side(engine)
    return [
        picture(folder, 1, (2 * f, 3 * f)),
        picture(folder, 2, (4 * f, 2 * f)),
        picture(folder, 3, (3 * f, 3 * f)),
    ]


def ask(engine: Any, prompt: Prompt, session: str = "", **options: Any) -> Result:
    return list(engine.ask(Request(prompt, GREEDY, session=session, **options)))[-1]


def plain(engine: Any, messages: Any) -> str:
    """Answer by transformers' own generate, from pixels, all images at once, no cache."""
    loaded, words = engine._loaded, tokenizer()
    refs = [part["image"] for m in messages for part in m["content"] if part["type"] == "image"]
    text = words.apply_chat_template(
        list(messages), chat_template=TEMPLATE, tokenize=False, add_generation_prompt=True
    )
    seen = loaded.pictures(images=[Image.open(ref.path) for ref in refs], return_tensors="pt")
    for grid in seen["image_grid_thw"]:
        text = text.replace("<|image_pad|>", "<x>" * int(grid.prod() // 4), 1)
    ids = words(text.replace("<x>", "<|image_pad|>"), return_tensors="pt")["input_ids"]
    kinds = (ids == loaded.config.image_token_id).long()
    made = loaded.model.generate(
        input_ids=ids,
        attention_mask=torch.ones_like(ids),
        mm_token_type_ids=kinds,
        **seen,
        do_sample=False,
        max_new_tokens=GREEDY["max_tokens"],
    )
    loaded.model.model.rope_deltas = None
    return words.decode(made[0, ids.shape[1] :], skip_special_tokens=True).rstrip("\ufffd")


def alone(engine: Any, prompt: Prompt) -> str:
    engine.forget()
    return ask(engine, prompt).text


@pytest.mark.parametrize("count", [1, 3])
def test_answer_equals_plain_generate(engine: Any, tmp_path: Path, count: int) -> None:
    prompt = question("What is it?", images(engine, tmp_path)[:count])
    answer = ask(engine, prompt)
    assert answer.text == plain(engine, prompt.messages)
    assert answer.text
    assert answer.usage.images == count
    assert answer.usage.cached_images == 0 or count == 3


def test_answer_depends_on_each_image_and_their_order(engine: Any, tmp_path: Path) -> None:
    one, two, three = images(engine, tmp_path)
    other = picture(tmp_path, 1, one.size, seed=99)
    given = [[one, two], [other, two], [one, three]]
    assert len({ask(engine, question("What is it?", part)).text for part in given}) == 3


def test_answer_to_a_second_question_reads_only_its_own_words(engine: Any, tmp_path: Path) -> None:
    prompt = question("What is it?", images(engine, tmp_path)[:2])
    first = ask(engine, prompt, "a")
    second = prompt.follow_up(first.text, "And why?")
    answer = ask(engine, second, "a")
    assert answer.usage.cached_images == 2
    assert "vision" not in answer.usage.phases
    assert answer.usage.cached_tokens >= first.usage.prompt_tokens
    assert answer.text == plain(engine, second.messages) == alone(engine, second)


def test_answer_with_an_image_added_in_a_later_turn(engine: Any, tmp_path: Path) -> None:
    one, two, three = images(engine, tmp_path)
    prompt = question("What is it?", [one, two])
    first = ask(engine, prompt, "a")
    history = (*prompt.messages, assistant(first.text))
    more = question("And this?", [three])
    answer = ask(engine, more, "a", history=history)
    turns = (*history, *more.messages[1:])
    assert answer.usage.cached_images == 2
    assert answer.usage.cached_tokens >= first.usage.prompt_tokens
    assert answer.text == plain(engine, turns)


def test_sessions_in_turn_answer_as_each_alone(engine: Any, tmp_path: Path) -> None:
    one, two, _ = images(engine, tmp_path)
    prompts = {"a": question("What is it?", [one]), "b": question("Read the text.", [two, one])}
    told: dict[str, list[str]] = {"a": [], "b": []}
    engine.forget()
    for turn in range(3):
        for name in prompts:
            text = ask(engine, prompts[name], name).text
            told[name].append(text)
            prompts[name] = prompts[name].follow_up(text, f"More, {turn}?")
    for name, first in (("a", question("What is it?", [one])), ("b", question("Read the text.", [two, one]))):
        engine.forget()
        prompt, expected = first, []
        for turn in range(3):
            expected.append(ask(engine, prompt, "only").text)
            prompt = prompt.follow_up(expected[-1], f"More, {turn}?")
        assert told[name] == expected


def test_changed_history_drops_exactly_what_no_longer_fits(engine: Any, tmp_path: Path) -> None:
    one, two, _ = images(engine, tmp_path)
    ask(engine, question("What is it?", [one, two]), "a")
    other = question("What is it?", [one, picture(tmp_path, 2, two.size, seed=77)])
    answer = ask(engine, other, "a")
    assert answer.text == plain(engine, other.messages)
    assert (
        answer.usage.cached_tokens < answer.usage.prompt_tokens - two.width * two.height // side(engine) ** 2
    )
    shorter = question("What is it?", [one])
    assert ask(engine, shorter, "a").text == plain(engine, shorter.messages)


def test_new_session_on_a_kept_image_skips_the_vision_tower(engine: Any, tmp_path: Path) -> None:
    engine.forget()
    one, *_ = images(engine, tmp_path)
    first = ask(engine, question("What is it?", [one]), "a")
    again = ask(engine, question("Read the text.", [one]), "b")
    assert first.usage.cached_images == 0
    assert "vision" in first.usage.phases
    assert again.usage.cached_images == 1
    assert again.usage.cached_tokens == 0
    assert "vision" not in again.usage.phases
    assert again.text == plain(engine, question("Read the text.", [one]).messages)


def test_image_sent_twice_is_looked_at_once(engine: Any, tmp_path: Path) -> None:
    engine.forget()
    one, *_ = images(engine, tmp_path)
    again = ImageRef(2, *one.size, path=one.path)
    prompt = question("What is it?", [one, again])
    answer = ask(engine, prompt)
    assert engine.cache_counts("image").misses >= 1
    assert answer.text == plain(engine, prompt.messages)


def test_sampling_with_a_seed_can_be_repeated(engine: Any, tmp_path: Path) -> None:
    prompt = question("What is it?", images(engine, tmp_path)[:1])
    sampling = {"temperature": 1.0, "top_p": 0.95, "top_k": 50, "max_tokens": 12, "seed": 3}
    texts = [list(engine.ask(Request(prompt, sampling)))[-1].text for _ in range(2)]
    other = list(engine.ask(Request(prompt, sampling | {"seed": 4})))[-1].text
    assert texts[0] == texts[1] != other
