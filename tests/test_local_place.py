"""What is kept lies where it was asked for: with the model, or in RAM; it answers alike from either place."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from elsewhere import NAME, ComputingElsewhere
from local_models import TEXT, picture, question, save_model
from transformers import Qwen3_5TextConfig, Qwen3VLTextConfig

from demo.engines import CannotDoError, Request, Result
from demo.engines.local import answer
from demo.engines.local.answer import Answer
from demo.engines.local.engine import TransformersEngine
from demo.engines.local.forward import Features
from demo.engines.local.kv import Conversation
from demo.engines.local.place import place_of, same_memory
from demo.engines.local.sampling import Sampler

GREEDY = {"temperature": 0, "max_tokens": 8}
FAMILIES = ("qwen3-vl", "qwen3.5")


@pytest.fixture(scope="module", params=FAMILIES)
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_model(request.param, tmp_path_factory.mktemp("models") / "m")


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let answers be computed with the other device at hand."""
    run, tensor = Answer.run, torch.tensor

    def made(data: Any, *, device: Any = None, **options: Any) -> torch.Tensor:
        return tensor(data, **options).to(device)  # torch's own asks the device behind the mode's back

    def beside(one: Answer) -> None:
        with ComputingElsewhere(), pytest.MonkeyPatch.context() as patch:
            patch.setattr(torch, "tensor", made)
            run(one)

    monkeypatch.setattr(Answer, "run", beside)
    monkeypatch.setattr(answer, "Sampler", lambda sampling, prompt, _: Sampler(sampling, prompt, "cpu"))
    yield


def on_other_device(folder: Path, cache_in: Any) -> TransformersEngine:
    made = TransformersEngine(model=str(folder), exact=True, cache_in=cache_in)
    made.load()
    assert made._loaded is not None
    made._loaded = replace(made._loaded, device=NAME)
    return made


def ask(engine: TransformersEngine, prompt: Any) -> Result:
    event = list(engine.ask(Request(prompt, GREEDY, session="a")))[-1]
    assert isinstance(event, Result)
    return event


def tensors(state: Any) -> Iterator[torch.Tensor]:
    if isinstance(state, torch.Tensor):
        yield state
    elif isinstance(state, dict):
        for value in state.values():
            yield from tensors(value)
    elif isinstance(state, list | tuple):
        for value in state:
            yield from tensors(value)


def devices(value: Features | Conversation) -> set[str]:
    if isinstance(value, Features):
        return {tensor.device.type for tensor in tensors((value.tokens, value.deep))}
    states = [vars(layer) for layer in value.cache.layers]
    return {tensor.device.type for tensor in tensors([*states, value._snapshots])}


@pytest.mark.usefixtures("elsewhere")
@pytest.mark.parametrize(("cache_in", "place"), [("device", NAME), ("ram", "cpu")])
def test_everything_kept_lies_where_it_was_asked_for(
    folder: Path, tmp_path: Path, cache_in: Any, place: str
) -> None:
    engine = on_other_device(folder, cache_in)
    prompt = question("What is it?", [picture(tmp_path, 1), picture(tmp_path, 2, (128, 64))])
    first = ask(engine, prompt)
    kept = [entry.value for entry in engine._store._entries.values()]
    assert sorted(type(value).__name__ for value in kept) == ["Conversation", "Features", "Features"]
    assert [devices(value) for value in kept] == [{place}] * 3
    assert engine.kept_bytes == sum(value.bytes for value in kept)
    second = ask(engine, prompt.follow_up(first.text, "And why?"))
    assert second.usage.cached_images == 2
    assert second.usage.cached_tokens is not None
    assert second.usage.prompt_tokens is not None
    assert second.usage.cached_tokens > second.usage.prompt_tokens / 2
    plain = TransformersEngine(model=str(folder), exact=True)
    plain.load()
    alone = ask(plain, prompt.follow_up(first.text, "And why?"))
    assert [first.text, second.text] == [ask(plain, prompt).text, alone.text]


@pytest.mark.usefixtures("elsewhere")
def test_image_kept_in_ram_is_used_in_another_conversation(folder: Path, tmp_path: Path) -> None:
    engine = on_other_device(folder, "ram")
    prompt = question("What is it?", [picture(tmp_path, 1)])
    first = ask(engine, prompt)
    engine.forget("a")
    again = ask(engine, prompt)
    assert (again.text, again.usage.cached_images) == (first.text, 1)
    assert "vision" not in again.usage.phases


def test_conversation_that_moved_keeps_one_buffer_for_states_and_room() -> None:
    conversation = Conversation(Qwen3VLTextConfig(**TEXT))
    with conversation.growing_by([1, 2, 3]) as cache:
        for layer in range(4):
            cache.update(torch.ones(1, 2, 3, 4), torch.ones(1, 2, 3, 4), layer)
    before = conversation.bytes
    conversation.move("meta")
    assert devices(conversation) == {"meta"}
    assert conversation.bytes == before
    layer = conversation.cache.layers[0]
    assert layer.keys._base is layer.room[0]
    assert layer.get_seq_length() == 3


def test_conversation_without_a_token_can_be_moved() -> None:
    for conversation in (Conversation(Qwen3VLTextConfig(**TEXT)), Conversation(Qwen3_5TextConfig(**TEXT))):
        conversation.move("meta")
        assert devices(conversation) == set()


@pytest.mark.parametrize(
    ("cache_in", "device", "place"),
    [
        ("device", "cuda:1", "cuda:1"),
        ("ram", "cuda:1", "cpu"),
        ("device", "cpu", "cpu"),
        ("ram", "cpu", "cpu"),
    ],
)
def test_place_follows_from_the_option_and_the_device(cache_in: Any, device: str, place: str) -> None:
    assert place_of(cache_in, device) == place


def test_same_memory_knows_the_first_of_several_devices() -> None:
    assert same_memory("cuda", "cuda:0")
    assert not same_memory("cuda", "cuda:1")
    assert not same_memory("cpu", "cuda")


@pytest.mark.parametrize(
    ("device", "cache_in", "said"),
    [
        ("cpu", "ram", "the same"),
        ("cuda", "ram", "copied to cuda"),
        ("cuda", "device", "on the device (cuda)"),
    ],
)
def test_description_says_where_things_are_kept(folder: Path, device: str, cache_in: Any, said: str) -> None:
    engine = TransformersEngine(model=str(folder), exact=True, cache_in=cache_in)
    engine.load()
    assert engine._loaded is not None
    engine._loaded = replace(engine._loaded, device=device)
    assert said in dict(engine.describe("en").facts)["Cache"]
    assert "缓存" in dict(engine.describe("zh").facts)


def test_cache_in_anywhere_else_is_refused() -> None:
    with pytest.raises(CannotDoError, match=r"cache_in.*device, ram"):
        TransformersEngine(cache_in="disk")  # type: ignore[arg-type]
