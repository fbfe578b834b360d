"""The parts of the in-process engine, each alone."""

import json
import random
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from local_models import END, TEXT, tokenizer
from transformers import Qwen3_5TextConfig, Qwen3VLTextConfig

from demo.engines import CannotDoError
from demo.engines.local.grammar import Grammar
from demo.engines.local.kv import Conversation
from demo.engines.local.memory import Footprint, Need, _left_in_group, free_memory, is_out_of_memory
from demo.engines.local.models import MODELS, ModelRow
from demo.engines.local.sampling import Sampler, Sampling
from demo.engines.local.store import Store
from demo.engines.local.stream import TextStream


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_store_stays_within_its_budget_whatever_is_put() -> None:
    dice, store = random.Random(4), Store(1000, 60)
    for _ in range(2000):
        key = ("image", str(dice.randrange(30)))
        dice.choice([store.get, store.take, store.touch, lambda k: store.put(k, k, dice.randrange(1300))])(
            key
        )
        assert 0 <= store.bytes <= 1000
        assert store.bytes == sum(entry.bytes for entry in store._entries.values())


def test_store_drops_the_least_recently_used_first() -> None:
    store = Store(30, 60)
    for name in "abc":
        store.put(("image", name), name, 10)
    store.get(("image", "a"))
    store.put(("image", "d"), "d", 10)
    assert [store.get(("image", name)) for name in "abcd"] == ["a", None, "c", "d"]
    assert store.counts["image"].evicted == 1
    assert store.counts["image"].rate == pytest.approx(4 / 5)


def test_store_drops_what_is_idle() -> None:
    clock = Clock()
    store = Store(100, 60, clock)
    store.put(("image", "a"), 1, 10)
    clock.now += 40
    store.put(("session", "s"), 2, 10)
    assert store.until_expiry == 20
    clock.now += 30
    store.expire()
    assert (store.get(("image", "a")), store.get(("session", "s")), store.bytes) == (None, 2, 10)
    clock.now += 60
    assert store.get(("session", "s")) is None
    assert store.until_expiry is None


def test_store_keeps_nothing_larger_than_itself() -> None:
    store = Store(10, 60)
    store.put(("image", "small"), 1, 5)
    assert not store.put(("image", "large"), 2, 11)
    assert store.get(("image", "small")) == 1


TEXTS = [
    "合同总额：¥1,234.50",
    "👨‍👩‍👧‍👦 family 👍🏽!",
    "naïve café — 日本語テキスト",
    "𝔘nicode 𠮷野家",
    "plain",
    "",
]


@pytest.mark.parametrize("text", TEXTS)
def test_stream_gives_whole_characters_only(text: str) -> None:
    words = tokenizer()
    stream = TextStream(words)
    pieces = [stream.push(token) for token in words(text)["input_ids"]]
    pieces.append(stream.end())
    assert "".join(pieces) == stream.text == text
    assert not any("\ufffd" in piece for piece in pieces)


def test_stream_cut_within_a_character_leaves_it_out() -> None:
    words = tokenizer()
    stream = TextStream(words)
    for token in words("总额👍")["input_ids"][:-1]:
        stream.push(token)
    stream.end()
    assert stream.text == "总额"


def _fill(conversation: Conversation, marks: list[Any], layers: int) -> None:
    with conversation.growing_by(marks) as cache:
        for layer in range(layers):
            states = torch.tensor([float(m) for m in marks]).reshape(1, 1, -1, 1).expand(1, 2, -1, 4)
            cache.update(states, -states, layer)


def test_conversation_keeps_the_common_beginning_and_no_more() -> None:
    config = Qwen3VLTextConfig(**TEXT)
    conversation = Conversation(config)
    _fill(conversation, list(range(300)), 4)
    for token in range(300, 320):
        _fill(conversation, [token], 4)
    keys, values = conversation.cache.layers[2].keys, conversation.cache.layers[2].values
    assert keys[0, 1, :, 3].tolist() == list(range(320))
    assert (values == -keys).all()
    assert conversation.keep_common([*range(290), 7, 8]) == 290
    _fill(conversation, [7, 8], 4)
    assert conversation.cache.layers[3].keys[0, 0, 285:, 0].tolist() == [285, 286, 287, 288, 289, 7, 8]
    assert conversation.keep_common(list(range(290))) == 289
    assert conversation.bytes == 4 * 2 * 2 * 512 * 4 * 4


def test_conversation_goes_back_where_a_pass_breaks_off() -> None:
    conversation = Conversation(Qwen3VLTextConfig(**TEXT))
    _fill(conversation, [1, 2, 3], 4)
    with pytest.raises(KeyError), conversation.growing_by([4, 5]) as cache:
        cache.update(torch.zeros(1, 2, 2, 4), torch.zeros(1, 2, 2, 4), 0)
        raise KeyError
    assert [layer.get_seq_length() for layer in conversation.cache.layers] == [3] * 4
    assert conversation.marks == [1, 2, 3]


def test_conversation_tells_two_images_of_one_size_apart() -> None:
    conversation = Conversation(Qwen3VLTextConfig(**TEXT))
    conversation.marks = [1, "a", "a", 2]
    for layer in conversation.cache.layers:
        layer.update(torch.zeros(1, 2, 4, 4), torch.zeros(1, 2, 4, 4))
    assert conversation.keep_common([1, "b", "b", 2, 3]) == 1


def test_conversation_with_a_running_state_goes_back_to_a_snapshot() -> None:
    config = Qwen3_5TextConfig(**TEXT, head_dim=16)
    conversation = Conversation(config)

    def step(marks: list[int]) -> None:
        with conversation.growing_by(marks) as cache:
            for index, kind in enumerate(config.layer_types):
                if kind == "full_attention":
                    cache.update(torch.ones(1, 2, len(marks), 4), torch.ones(1, 2, len(marks), 4), index)
                else:
                    state = cache.get_recurrent_state(index)
                    old = torch.zeros(1, 1, 1) if state is None else state
                    cache.update_conv_state(torch.zeros(1, 1, len(marks)), index, conv_kernel_size=4)
                    cache.update_recurrent_state(old + sum(marks), index)

    assert conversation.is_recurrent
    step([1, 2, 3])
    conversation.snapshot()
    step([4])
    assert conversation.cache.get_recurrent_state(0).item() == 10
    assert conversation.keep_common([1, 2, 3, 9, 9]) == 3
    assert conversation.cache.get_recurrent_state(0).item() == 6
    step([5])
    assert conversation.cache.get_recurrent_state(0).item() == 11
    assert conversation.keep_common([1, 2, 8]) == 0
    assert conversation.cache.get_recurrent_state(0) is None


BAD = [
    {"temperature": -0.1}, {"temperature": "hot"}, {"temperature": float("nan")}, {"top_p": 1.5},
    {"top_k": 2.5}, {"max_tokens": 0}, {"max_tokens": True}, {"seed": 2**70}, {"presence_penalty": 3},
]  # fmt: skip


@pytest.mark.parametrize("given", BAD, ids=str)
def test_sampling_out_of_bounds_is_named(given: dict[str, Any]) -> None:
    with pytest.raises(CannotDoError, match=next(iter(given))):
        Sampling.of(given, {})


def test_sampling_takes_the_question_first_then_the_model() -> None:
    model = {"do_sample": True, "temperature": 0.7, "top_p": 0.8, "top_k": 20, "repetition_penalty": 1.05}
    assert Sampling.of({}, model).temperature == 0.7
    assert Sampling.of({}, {"do_sample": True, "temperature": None, "top_k": None}).temperature == 1.0
    given = Sampling.of({"temperature": 0.1, "top_p": None, "unknown": 1, "max_completion_tokens": 9}, model)
    assert (given.temperature, given.top_p, given.top_k, given.max_tokens) == (0.1, 0.8, 20, 9)
    assert Sampling.of({}, {"do_sample": False, "temperature": 0.7}).temperature == 0


def test_sampling_grows_hotter_but_never_wild() -> None:
    greedy, warm, hot = Sampling(), Sampling(0.7, seed=5), Sampling(1.4)
    assert [round(greedy.hotter(n).temperature, 1) for n in range(4)] == [0, 0.3, 0.6, 0.9]
    assert [warm.hotter(n).temperature for n in (1, 2)] == [1.0, 1.0]
    assert hot.hotter(3).temperature == 1.4
    assert warm.hotter(2).seed == 7


def test_sampler_chooses_as_transformers_does() -> None:
    from transformers.generation import logits_process as p

    torch.manual_seed(1)
    scores, prompt = torch.randn(50), [3, 4, 4]
    given = Sampling(0.8, top_p=0.9, top_k=12, min_p=0.02, repetition_penalty=1.3, seed=11)
    chain = [p.RepetitionPenaltyLogitsProcessor(1.3), p.TemperatureLogitsWarper(0.8), p.TopKLogitsWarper(12)]
    steps = p.LogitsProcessorList([*chain, p.TopPLogitsWarper(0.9), p.MinPLogitsWarper(0.02)])
    expected = steps(torch.tensor([prompt]), scores[None].clone()).softmax(-1)
    dice = torch.Generator().manual_seed(11)
    sampler = Sampler(given, prompt, "cpu")
    assert sampler.pick(scores.clone()) == int(torch.multinomial(expected, 1, generator=dice))


def test_sampler_penalises_what_it_wrote() -> None:
    sampler = Sampler(Sampling(presence_penalty=1.0, frequency_penalty=0.5), [], "cpu")
    scores = torch.tensor([0.0, 2.0, 1.2])
    assert [sampler.pick(scores.clone()) for _ in range(4)] == [1, 2, 1, 0]


SCHEMA = {
    "type": "object",
    "properties": {"total": {"type": "number"}, "paid": {"type": "boolean"}, "to": {"enum": ["甲方", "B"]}},
    "required": ["total", "paid", "to"],
    "additionalProperties": False,
}


def _write(grammar: Grammar, seed: int) -> str:
    """Write by throwing dice among what the schema allows."""
    dice, tokens = torch.Generator().manual_seed(seed), []
    for _ in range(400):
        scores = torch.zeros(272)
        grammar.restrict(scores)
        token = int(torch.multinomial(scores.softmax(-1), 1, generator=dice))
        if token == END:
            break
        tokens.append(token)
        if grammar.accept(token):
            break
    return str(tokenizer().decode(tokens))


def test_grammar_lets_nothing_else_than_the_schema_be_written() -> None:
    grammar = Grammar(SCHEMA, tokenizer(), 272, frozenset({END}))
    assert grammar.note is None
    for seed in range(5):
        grammar.restart()
        found = json.loads(_write(grammar, seed))
        assert set(found) == {"total", "paid", "to"}
        assert isinstance(found["paid"], bool)
        assert found["to"] in ("甲方", "B")


def test_grammar_says_what_it_cannot_hold_to() -> None:
    schema = {"type": "array", "items": {"type": "integer"}, "uniqueItems": True, "maxItems": 3}
    note = Grammar(schema, tokenizer(), 272, frozenset({END})).note
    assert note is not None
    assert "uniqueItems" in note.en


@pytest.mark.parametrize(
    "schema", [{"type": "nonsense"}, {"$ref": "#/nowhere"}, {"pattern": "(", "type": "string"}, {"a": {1, 2}}]
)
def test_grammar_refuses_what_is_no_schema(schema: dict[str, Any]) -> None:
    with pytest.raises(CannotDoError):
        Grammar(schema, tokenizer(), 272, frozenset({END}))


def _full_size() -> Any:
    from transformers import Qwen3VLConfig

    text = {"hidden_size": 2048, "intermediate_size": 6144, "num_hidden_layers": 28, "head_dim": 128}
    text |= {"num_attention_heads": 16, "num_key_value_heads": 8}
    vision = {
        "depth": 24,
        "hidden_size": 1024,
        "intermediate_size": 4096,
        "deepstack_visual_indexes": [5, 11, 17],
    }
    return Qwen3VLConfig(text_config=text, vision_config=vision | {"out_hidden_size": 2048})


def test_footprint_of_a_2b_model_is_what_was_measured() -> None:
    per = Footprint.of(_full_size(), 0, 2)
    assert (per.kv, per.feature) == (112 * 1024, 16 * 1024)  # facts of the published model, bf16


@pytest.mark.parametrize("row", MODELS.values(), ids=MODELS)
def test_footprint_of_every_kind_of_model_is_counted(row: ModelRow) -> None:
    config = getattr(transformers, row.model).config_class()
    per = Footprint.of(config, 0, 2)
    assert min(per.kv, per.feature, per.patch, per.prefill) > 0


def test_temperature_next_to_nothing_takes_the_likeliest_token() -> None:
    sampler = Sampler(Sampling(temperature=1e-42), [1], "cpu")
    assert sampler.pick(torch.tensor([30.0, 50.0, -20.0])) == 1


def test_need_tells_what_would_fit() -> None:
    per = Footprint.of(_full_size(), 0, 2)
    need = Need(text=200, images=(736,) * 10, new_images=(736,) * 10, kept=0, answer=1000, chunk=1024)
    for free in (10**9, 11 * 10**8):
        count, side = need.fitting(per, free), need.shrink(per, free)
        part = Need(200, (736,) * count, (736,) * count, 0, 1000, 1024)
        assert part.bytes(per) <= free < Need(200, (736,) * 10, (736,) * 10, 0, 1000, 1024).bytes(per)
        scaled = (int(736 * side**2),) * 10
        assert Need(200, scaled, scaled, 0, 1000, 1024).bytes(per) <= free
    assert need.fitting(per, 10**7) == 0
    assert need.shrink(per, 10**7) == 0
    assert Need(200, (736,), (), 900, 100, 1024).bytes(per) < 10**8


def test_free_memory_heeds_a_containers_limit(tmp_path: Path) -> None:
    assert _left_in_group(tmp_path) is None
    (tmp_path / "memory.max").write_text("max\n")
    (tmp_path / "memory.current").write_text("500\n")
    assert _left_in_group(tmp_path) is None
    (tmp_path / "memory.max").write_text("1000\n")
    (tmp_path / "memory.stat").write_text("anon 400\ninactive_file 100\n")
    assert _left_in_group(tmp_path) == 600
    free = free_memory("cpu")
    assert free is None or 0 < free < 2**50


def test_out_of_memory_is_known_by_its_words() -> None:
    with pytest.raises(RuntimeError) as told:
        torch.empty(2**55, dtype=torch.uint8)
    assert is_out_of_memory(told.value)
    assert is_out_of_memory(torch.OutOfMemoryError("CUDA out of memory."))
    assert is_out_of_memory(MemoryError())
    assert not is_out_of_memory(RuntimeError("shapes do not match"))
