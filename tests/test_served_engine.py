"""Good servers of every kind: recognised by what they answer, asked only for what they take."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from served_asking import QUICK, ask, picture, pieces, question
from served_server import Behaviour, ModelServer, Seen, Wire, chunk, event, gives, lists, says, usage

from demo.engines import errors
from demo.engines.protocol import Restart
from demo.engines.served.engine import OpenAIEngine
from prompts import Server, build_prompt, export, json_schema
from prompts.prompt import Prompt

CHAT = "/v1/chat/completions"
SAMPLING = {
    "temperature": 0.1, "top_p": 0.8, "max_tokens": 512, "seed": 7,
    "presence_penalty": 1.5, "top_k": 20, "repetition_penalty": 1.05,
}  # fmt: skip
BASE = {"temperature": 0.1, "top_p": 0.8, "max_tokens": 512, "seed": 7, "presence_penalty": 1.5}

NO_LIST = gives({"error": "no cache folder"}, 500)
PROPS = {
    "default_generation_settings": {"n_ctx": 8192},
    "modalities": {"vision": True},
    "build_info": "b6789-abc",
}
OPENAPI = {"openapi": "3.1.0", "paths": {"/v1/chat/completions": {}, "/load_model": {}, "/reset": {}}}
LM_MODELS = {
    "data": [{"id": "qwen", "type": "vlm", "loaded_context_length": 4096, "max_context_length": 99999}]
}

ROUTES: dict[str, dict[str, Behaviour]] = {
    "vllm": {
        "/v1/models": lists("qwen", owner="vllm", max_model_len=32768),
        "/version": gives({"version": "0.33.0"}),
    },
    "sglang": {"/v1/models": lists("qwen", owner="sglang", max_model_len=32768)},
    "llama.cpp": {
        "/v1/models": lists("qwen", owner="llamacpp", meta={"n_ctx_train": 262144}),
        "/props": gives(PROPS),
    },
    "ollama": {
        "/v1/models": lists("qwen", owner="library"),
        "/api/version": gives({"version": "0.40.1"}),
        "/api/ps": gives({"models": [{"name": "qwen", "context_length": 16384}]}),
        "/api/show": gives({"capabilities": ["completion", "vision"]}),
    },
    "lm-studio": {
        "/v1/models": lists("qwen", owner="organization_owner"),
        "/api/v0/models": gives(LM_MODELS),
    },
    "transformers": {"/v1/models": NO_LIST, "/openapi.json": gives(OPENAPI)},
    "unknown": {"/v1/models": lists("qwen", owner="somebody")},
}
TAKEN: dict[str, dict[str, Any]] = {
    "vllm": BASE | {"top_k": 20, "repetition_penalty": 1.05},
    "sglang": BASE | {"top_k": 20, "repetition_penalty": 1.05},
    "llama.cpp": BASE | {"top_k": 20, "repeat_penalty": 1.05},
    "ollama": BASE,
    "lm-studio": BASE | {"top_k": 20, "repeat_penalty": 1.05},
    "transformers": {k: v for k, v in BASE.items() if k != "presence_penalty"},
    "unknown": BASE,
}
COUNTED = {"vllm", "sglang", "llama.cpp", "ollama", "lm-studio", "unknown"}
CONSTRAINED = COUNTED
WINDOWS = {
    "vllm": "32,768",
    "sglang": "32,768",
    "llama.cpp": "8,192",
    "ollama": "16,384",
    "lm-studio": "4,096",
}
TITLES = {
    "vllm": "vLLM 0.33.0", "sglang": "SGLang", "llama.cpp": "llama.cpp b6789-abc", "ollama": "Ollama 0.40.1",
    "lm-studio": "LM Studio", "transformers": "transformers serve", "unknown": "of an unknown kind",
}  # fmt: skip


def _server(kind: str, *chats: Behaviour) -> ModelServer:
    return ModelServer({**ROUTES[kind], CHAT: list(chats) or [says("fine")]})


@pytest.mark.parametrize("kind", list(ROUTES))
def test_kind_is_recognised_and_only_what_it_takes_is_sent(kind: str) -> None:
    prompt = build_prompt("extract-fields", format="json:total:number")
    with _server(kind) as server:
        engine = OpenAIEngine(server.url, model="qwen", timeout=QUICK)
        _, result = ask(engine, prompt, sampling=SAMPLING, schema=json_schema(prompt.format))
        body = server.chats()[0].json
    facts = dict(engine.describe("en").facts)
    assert facts["Server"].startswith(TITLES[kind])
    assert facts.get("Context window", "").removesuffix(" tokens") == WINDOWS.get(kind, "")
    told = {
        k: v
        for k, v in body.items()
        if k not in ("model", "messages", "stream", "stream_options", "response_format")
    }
    assert told == TAKEN[kind]
    assert (body.get("stream_options") == {"include_usage": True}) == (kind in COUNTED)
    notes = " ".join(note.en for note in result.notes)
    if kind in CONSTRAINED:
        assert body["response_format"]["json_schema"]["schema"] == json_schema(prompt.format)
    else:
        assert "response_format" not in body
        assert "only checked afterwards" in notes
    left_out = (
        SAMPLING.keys()
        - TAKEN[kind].keys()
        - ({"repetition_penalty"} if "repeat_penalty" in TAKEN[kind] else set())
    )
    assert all(name in notes for name in left_out)
    assert bool(left_out) == ("were left out" in notes)


def test_unknown_kind_without_wishes_has_no_notes() -> None:
    with _server("unknown") as server:
        _, result = ask(OpenAIEngine(server.url, timeout=QUICK), question(), sampling={"temperature": 0.0})
    assert result.notes == ()


def test_facts_are_looked_up_once_for_many_questions() -> None:
    with _server("vllm") as server:
        engine = OpenAIEngine(server.url, timeout=QUICK)
        assert not engine.describe("en").loaded
        for _ in range(3):
            ask(engine, question())
        assert [seen.path for seen in server.seen].count("/v1/models") == 1
        assert engine.describe("zh").loaded


@pytest.mark.parametrize("kind", list(ROUTES))
def test_server_is_recognised_by_four_looks_at_most_each_at_another_place(kind: str) -> None:
    with _server(kind) as server:
        OpenAIEngine(server.url, model="qwen", timeout=QUICK).load()
        paths = [seen.path for seen in server.seen]
    assert len(paths) == len(set(paths)) <= 4


def test_address_without_a_path_gets_v1_and_one_with_a_route_loses_it() -> None:
    with _server("vllm") as server:
        for url in (server.url[:-3], server.url + "/", server.url + "/chat/completions"):
            assert ask(OpenAIEngine(url, timeout=QUICK), question())[1].text == "fine"


def test_answer_comes_in_pieces_with_its_figures() -> None:
    with _server("vllm", says("Total", ": ", "12", more=[usage(900, 3, cached=880)])) as server:
        events, result = ask(OpenAIEngine(server.url, timeout=QUICK), question())
    assert pieces(events) == result.text == "Total: 12"
    used = result.usage
    assert (used.prompt_tokens, used.cached_tokens, used.output_tokens) == (900, 880, 3)
    assert used.seconds_to_first_piece is not None
    assert 0 < used.seconds_to_first_piece <= used.seconds
    assert set(used.phases) == {"wait", "stream"}
    assert result.stop_reason == "done"


def test_timings_of_llama_cpp_tell_where_the_time_went() -> None:
    last = usage(50, 2) | {"timings": {"cache_n": 40, "prompt_ms": 1500.0, "predicted_ms": 250.0}}
    with _server("llama.cpp", says("ok", more=[last])) as server:
        _, result = ask(OpenAIEngine(server.url, timeout=QUICK), question())
    assert result.usage.phases == {"prefill": 1.5, "decode": 0.25}
    assert result.usage.cached_tokens == 40


@pytest.mark.parametrize("cut", [1, 2, 3, 7, 64])
def test_chinese_and_emoji_survive_any_cut(cut: int) -> None:
    """Cut between bytes on the wire, and between the halves of a pair in JSON escapes."""
    text = "合计：¥1,234 👨‍👩‍👧 🇨🇳 完"
    halves = [json.dumps(text)[1:-1]]
    units = text.encode("utf-16-le")
    escaped = ["".join(f"\\u{units[i] + units[i + 1] * 256:04x}") for i in range(0, len(units), 2)]

    async def behave(_: Seen, wire: Wire) -> None:
        await wire.head()
        plain = json.dumps(chunk(text), ensure_ascii=False).encode()
        data = event(plain)
        for unit in escaped:
            data += event(json.dumps(chunk("X")).replace('"X"', f'"{unit}"').encode())
        data += event(chunk("", finish="stop"))
        for start in range(0, len(data), cut * 16):
            for inner in range(start, min(start + cut * 16, len(data)), cut):
                wire.writer.write(data[inner : min(inner + cut, start + cut * 16)])
            await wire.writer.drain()

    assert halves
    with _server("vllm", behave) as server:
        events, result = ask(OpenAIEngine(server.url, timeout=QUICK), question())
    assert result.text == pieces(events) == text * 2


def test_half_of_an_emoji_alone_becomes_the_replacement_sign() -> None:
    async def behave(_: Seen, wire: Wire) -> None:
        await wire.head()
        await wire.send(
            event(b'{"choices":[{"index":0,"delta":{"content":"a\\ud83d"},"finish_reason":"stop"}]}')
        )

    with _server("vllm", behave) as server:
        assert ask(OpenAIEngine(server.url, timeout=QUICK), question())[1].text == "a\ufffd"


@pytest.mark.parametrize(
    "chunks",
    [
        [chunk(None, reasoning_content="Let me see"), chunk("12")],
        [chunk(None, reasoning="Let me see"), chunk("12")],
        [chunk("<th"), chunk("ink>Let me see</thi"), chunk("nk>\n\n1"), chunk("2")],
        [chunk("\n<think>Let me see</think>12")],
    ],
)
def test_thought_is_kept_out_of_the_answer_and_told(chunks: Sequence[Any]) -> None:
    async def behave(_: Seen, wire: Wire) -> None:
        await wire.head()
        await wire.events(*chunks, chunk("", finish="stop"))

    with _server("vllm", behave) as server:
        events, result = ask(OpenAIEngine(server.url, timeout=QUICK), question())
    assert pieces(events) == result.text == "12"
    assert "thought first (10 characters)" in result.notes[-1].en


def test_thought_whose_beginning_was_not_sent_is_taken_back() -> None:
    with _server("vllm", says("Let me ", "see.\n</thi", "nk>\n\n", "12")) as server:
        events, result = ask(OpenAIEngine(server.url, timeout=QUICK), question())
    restart = next(i for i, item in enumerate(events) if isinstance(item, Restart))
    assert pieces(events[restart:]) == result.text == "12"
    assert "thought first (11 characters)" in result.notes[-1].en


def test_html_that_quotes_a_mark_of_thought_stays() -> None:
    text = "The tag </think> ends it, <think> begins it, a < b"
    with _server("vllm", says(*text)) as server:
        assert ask(OpenAIEngine(server.url, timeout=QUICK), question())[1].text == text


def test_only_a_thought_is_no_answer_and_said_so() -> None:
    async def behave(_: Seen, wire: Wire) -> None:
        await wire.head()
        await wire.events(chunk(None, reasoning_content="hm"), chunk("", finish="length"))

    with _server("vllm", behave) as server:
        _, result = ask(OpenAIEngine(server.url, timeout=QUICK), question())
    assert (result.text, result.stop_reason) == ("", "length")
    assert "only thought (2 characters)" in result.notes[-1].en


@pytest.mark.parametrize(
    ("model", "texts", "finish", "answer"),
    [
        ("Qwen3-VL-8B-Thinking", ("Let me see, the to",), "length", ""),
        ("Qwen3-VL-8B-Thinking", ("Let me see.\n</think>\n\n", "12 and"), "length", "12 and"),
        ("Qwen3-VL-8B-Thinking", ('{"total": 1',), "length", '{"total": 1'),
        ("Qwen3-VL-8B-Thinking", ("12",), "stop", "12"),
        ("Qwen3-VL-8B-Instruct", ("A long ans",), "length", "A long ans"),
    ],
)
def test_thought_cut_off_by_the_limit_is_no_answer(
    model: str, texts: tuple[str, ...], finish: str, answer: str
) -> None:
    with _server("vllm", says(*texts, finish=finish)) as server:
        events, result = ask(OpenAIEngine(server.url, model=model, timeout=QUICK), question())
    last = max((i for i, item in enumerate(events) if isinstance(item, Restart)), default=0)
    assert pieces(events[last:]) == result.text == answer
    told = any("only thought (18 characters)" in note.en for note in result.notes)
    assert told == (not answer)


@pytest.mark.parametrize(
    ("thought", "schema", "finish", "taken"),
    [
        ('{"total": 12}', True, "stop", True),
        ("Let me see", True, "stop", False),
        ("12", True, "stop", False),
        ('{"total": 12}', False, "stop", False),
        ('{"total": 12}', True, "length", False),
    ],
)
def test_json_marked_as_thought_is_the_answer_where_json_was_asked_for(
    thought: str, schema: bool, finish: str, taken: bool
) -> None:
    async def behave(_: Seen, wire: Wire) -> None:
        await wire.head()
        halves = (thought[:3], thought[3:])
        await wire.events(*(chunk(None, reasoning=half) for half in halves), chunk("", finish=finish))

    wanted = {"type": "object", "properties": {"total": {"type": "number"}}} if schema else None
    with _server("vllm", behave) as server:
        events, result = ask(OpenAIEngine(server.url, timeout=QUICK), question(), schema=wanted)
    assert pieces(events) == result.text == (thought if taken else "")
    assert any("marked the whole answer as thought" in note.en for note in result.notes) == taken
    assert any("only thought" in note.en for note in result.notes) != taken


def test_model_of_a_server_with_one_is_found_and_one_of_many_must_be_named() -> None:
    with _server("vllm") as server:
        engine = OpenAIEngine(server.url, timeout=QUICK)
        assert engine.models() == ("qwen",)
        ask(engine, question())
        assert server.chats()[0].json["model"] == "qwen"
    with ModelServer({"/v1/models": lists("qwen-a", "qwen-b")}) as server:
        with pytest.raises(errors.ModelNotFoundError, match=r"with --model: qwen-a, qwen-b\."):
            ask(OpenAIEngine(server.url, timeout=QUICK), question())
        assert server.chats() == []
    empty = ModelServer({"/v1/models": lists()})
    with empty as server, pytest.raises(errors.ModelNotFoundError, match="offers no model"):
        ask(OpenAIEngine(server.url, timeout=QUICK), question())
    with ModelServer({}) as server, pytest.raises(errors.ServerRefusedError, match="lists no models"):
        ask(OpenAIEngine(server.url, timeout=QUICK), question())


def test_messages_are_those_of_the_export(tmp_path: Path) -> None:
    images = [picture(tmp_path, "first"), picture(tmp_path, "second", label=2)]
    prompt = question(*images)
    with _server("sglang") as server:
        ask(OpenAIEngine(server.url, timeout=QUICK), prompt)
        body = server.chats()[0].json
    exported = json.loads(export(prompt, "openai", server=Server(model="qwen", base_url=server.url)))
    assert body["messages"] == exported["messages"]
    assert {k: body[k] for k in exported} == exported
    kinds = [part["type"] for part in body["messages"][1]["content"]]
    assert kinds == ["text", "image_url", "text", "image_url", "text"]


def _follow(prompt: Prompt) -> Prompt:
    return prompt.follow_up("12", "And the date?")


def test_follow_up_repeats_the_first_question_byte_for_byte(tmp_path: Path) -> None:
    prompt = question(picture(tmp_path, "page"))
    with _server("sglang") as server:
        engine = OpenAIEngine(server.url, timeout=QUICK)
        ask(engine, prompt)
        ask(engine, _follow(prompt))
        ask(engine, _follow(prompt), history=prompt.messages)
        bodies = [seen.body for seen in server.chats()]
    first = bodies[0].split(b'"messages":')[1]
    until = first.rindex(b"}]}]") + 3
    assert bodies[1].split(b'"messages":')[1][:until] == first[:until]
    assert bodies[1] == bodies[2], "a history that the prompt already holds is not sent twice"


def test_new_prompt_after_a_history_keeps_what_was_sent_first(tmp_path: Path) -> None:
    prompt, other = question(picture(tmp_path, "page")), question(text="And the date?")
    history = (*prompt.messages, {"role": "assistant", "content": [{"type": "text", "text": "12"}]})
    with _server("sglang") as server:
        ask(OpenAIEngine(server.url, timeout=QUICK), other, history=history)
        sent = server.chats()[0].json["messages"]
    assert [m["role"] for m in sent] == ["system", "user", "assistant", "user"]


def test_images_go_by_their_hash_once_vllm_has_them(tmp_path: Path) -> None:
    image = picture(tmp_path, "page")
    prompt = question(image)
    with _server("vllm") as server:
        engine = OpenAIEngine(server.url, timeout=QUICK)
        ask(engine, prompt, session="a")
        ask(engine, _follow(prompt), session="a")
        ask(engine, prompt, session="b")
        engine.forget("a")
        ask(engine, _follow(prompt), session="a")
        parts = [seen.json["messages"][1]["content"][1] for seen in server.chats()]
    assert all(part["uuid"] == image.sha256 for part in parts)
    assert [bool(part["image_url"]) for part in parts] == [True, False, True, True]


@pytest.mark.parametrize("status", [400, 500, 200])
def test_image_that_vllm_dropped_is_sent_again(tmp_path: Path, status: int) -> None:
    prompt = question(picture(tmp_path, "page"))
    words = {"error": {"message": "Cache miss for image at index 0 but data is not provided."}}

    async def misses(_: Seen, wire: Wire) -> None:
        if status == 200:
            await wire.head()
            await wire.send(event(words))
        else:
            await wire.json(words, status)

    with _server("vllm", says("one"), misses, says("two")) as server:
        engine = OpenAIEngine(server.url, timeout=QUICK)
        ask(engine, prompt, session="a")
        assert ask(engine, _follow(prompt), session="a")[1].text == "two"
        sent = [bool(seen.json["messages"][1]["content"][1]["image_url"]) for seen in server.chats()]
    assert sent == [True, False, True]


def test_overload_is_no_missing_image(tmp_path: Path) -> None:
    prompt = question(picture(tmp_path, "page"))
    with _server("vllm", says("one"), gives({"error": "busy"}, 503), says("two"), says("three")) as server:
        engine = OpenAIEngine(server.url, timeout=QUICK)
        ask(engine, prompt, session="a")
        assert ask(engine, _follow(prompt), session="a")[1].usage.cached_images == 1
        sent = [bool(seen.json["messages"][1]["content"][1]["image_url"]) for seen in server.chats()]
    assert sent == [True, False, False]


def test_old_vllm_gets_whole_images_without_a_hash(tmp_path: Path) -> None:
    prompt = question(picture(tmp_path, "page"))
    with _server("vllm") as server:
        server.routes["/version"] = gives({"version": "0.10.1.1"})
        engine = OpenAIEngine(server.url, timeout=QUICK)
        ask(engine, prompt, session="a")
        ask(engine, prompt, session="a")
        assert all("uuid" not in seen.json["messages"][1]["content"][1] for seen in server.chats())


def test_openai_s_own_api_gets_its_own_names() -> None:
    from demo.engines.protocol import Request
    from demo.engines.served.body import make_plan
    from demo.engines.served.images import ImageStore
    from demo.engines.served.kinds import KINDS
    from demo.engines.served.probe import ServerFacts

    prompt = build_prompt("locate-objects", inputs={"objects": ["seal"]})
    request = Request(prompt, SAMPLING, json_schema(prompt.format))
    plan = make_plan(request, ServerFacts(KINDS["openai"]), "gpt", ImageStore())
    assert plan.body["max_completion_tokens"] == 512
    assert "max_tokens" not in plan.body
    assert "extra_body" not in plan.body
    assert plan.body["response_format"]["json_schema"]["schema"]["type"] == "object"


LOOP = [f"{'ja ' * 20}" for _ in range(200)]


def test_endless_repetition_is_stopped_and_asked_again_hotter() -> None:
    with _server("vllm", says(*LOOP), says("Total: 12")) as server:
        events, result = ask(
            OpenAIEngine(server.url, timeout=QUICK), question(), sampling={"temperature": 0.1}
        )
        temperatures = [seen.json["temperature"] for seen in server.chats()]
    assert temperatures == [0.1, 0.4]
    assert result.text == "Total: 12"
    restart = next(i for i, item in enumerate(events) if isinstance(item, Restart))
    assert pieces(events[restart:]) == "Total: 12"
    assert "repeated itself" in result.notes[-1].en


def test_repetition_that_no_temperature_mends_is_an_error_after_four_tries() -> None:
    with _server("vllm", says(*LOOP)) as server:
        with pytest.raises(errors.RepetitionError, match="4 times over"):
            ask(OpenAIEngine(server.url, timeout=QUICK), question(), sampling={"seed": 5})
        sent = [seen.json for seen in server.chats()]
    assert [body.get("temperature") for body in sent] == [None, 0.4, 0.7, 1.0]
    assert [body["seed"] for body in sent] == [5, 6, 7, 8]


def test_server_that_stumbles_after_a_loop_is_tried_again() -> None:
    with _server("vllm", says(*LOOP), gives({"error": "busy"}, 503), says("12")) as server:
        assert ask(OpenAIEngine(server.url, timeout=QUICK), question())[1].text == "12"


def test_what_stood_before_a_repetition_is_kept() -> None:
    with _server("vllm", says("Name: Li Wei\nAddress: ", *LOOP)) as server:
        _, result = ask(OpenAIEngine(server.url, timeout=QUICK), question())
    assert result.stop_reason == "repetition"
    assert result.text == "Name: Li Wei\nAddress: ja"
    assert "may be incomplete" in result.notes[-1].en


def test_thought_in_circles_is_stopped_too() -> None:
    async def circles(_: Seen, wire: Wire) -> None:
        await wire.head()
        await wire.events(*(chunk(None, reasoning_content=text) for text in LOOP))

    with _server("vllm", circles, says("12")) as server:
        assert ask(OpenAIEngine(server.url, timeout=QUICK), question())[1].text == "12"


def test_table_with_equal_rows_passes() -> None:
    rows = ["| 2026-01-01 | 0.00 | 0.00 |\n"] * 30
    with _server("vllm", says(*rows)) as server:
        assert ask(OpenAIEngine(server.url, timeout=QUICK), question())[1].text.count("\n") == 30


def test_model_without_eyes_is_refused_before_the_images_leave(tmp_path: Path) -> None:
    prompt = question(picture(tmp_path, "page"))
    with _server("llama.cpp") as server:
        server.routes["/props"] = gives(PROPS | {"modalities": {"vision": False}})
        engine = OpenAIEngine(server.url, timeout=QUICK)
        assert engine.refusal(prompt) is None, "nothing is known yet, and nothing is sent to find out"
        assert server.seen == []
        with pytest.raises(errors.CannotDoError, match="takes no images"):
            ask(engine, prompt)
        assert server.chats() == []
        reason = engine.refusal(prompt)
        assert reason is not None
        assert "不支持图片" in reason.zh


def test_question_over_the_window_is_refused_with_counts_before_it_is_sent(tmp_path: Path) -> None:
    images = [picture(tmp_path, f"p{n}", (1024, 1024), label=n) for n in range(1, 9)]
    with _server("llama.cpp") as server:
        engine = OpenAIEngine(server.url, timeout=QUICK)
        with pytest.raises(errors.ContextTooLongError) as caught:
            ask(engine, question(*images))
        assert server.chats() == []
    words = caught.value.text.en
    assert "8 images take 8208 tokens" in words, "eight of 1,024 tokens, with two marks each"
    assert "the window is 8192" in words
    assert "--ctx-size" in words


def test_limit_of_an_answer_gives_way_to_the_window_and_says_so(tmp_path: Path) -> None:
    images = [picture(tmp_path, f"p{n}", (1024, 1024), label=n) for n in range(1, 8)]
    with _server("llama.cpp") as server:
        _, result = ask(
            OpenAIEngine(server.url, timeout=QUICK), question(*images), sampling={"max_tokens": 4096}
        )
        limit = server.chats()[0].json["max_tokens"]
    assert 64 <= limit < 8192 - 7 * 1026
    assert any(f"limited to {limit} tokens" in note.en for note in result.notes)


def test_what_llama_cpp_does_to_a_large_image_is_told_before_and_after(tmp_path: Path) -> None:
    prompt = question(picture(tmp_path, "page", (2496, 3520)))
    with _server("llama.cpp") as server:
        server.routes["/props"] = gives(PROPS | {"default_generation_settings": {"n_ctx": 32768}})
        engine = OpenAIEngine(server.url, timeout=QUICK)
        told = engine.effects(prompt)
        assert server.chats() == []
        _, result = ask(engine, prompt)
    assert "from 8580 to" in told[0].en
    assert told[0] in result.notes
    assert result.usage.visual_tokens is not None
    assert result.usage.visual_tokens <= 4096


def test_default_window_of_ollama_is_warned_of_where_it_tells_none(tmp_path: Path) -> None:
    prompt = question(*[picture(tmp_path, f"p{n}", (1024, 1024), label=n) for n in range(1, 6)])
    with _server("ollama") as server:
        server.routes["/api/ps"] = gives({"models": []})
        told = OpenAIEngine(server.url, timeout=QUICK).effects(prompt)
    assert "OLLAMA_CONTEXT_LENGTH" in told[0].en


def test_model_of_another_family_is_warned_of(tmp_path: Path) -> None:
    prompt = question(picture(tmp_path, "page"))
    with ModelServer({"/v1/models": lists("Qwen/Qwen2.5-VL-7B-Instruct")}) as server:
        told = OpenAIEngine(server.url, timeout=QUICK).effects(prompt)
    assert "looks like qwen2.5-vl" in told[0].en


def test_strip_that_no_processor_takes_is_named(tmp_path: Path) -> None:
    prompt = question(picture(tmp_path, "strip", (8, 2400)))
    with _server("llama.cpp") as server:
        engine = OpenAIEngine(server.url, timeout=QUICK)
        assert "200" in engine.effects(prompt)[0].en
        with pytest.raises(errors.ImageUnreadableError, match="200"):
            ask(engine, prompt)
        assert server.chats() == []


def test_effects_of_a_server_that_is_not_there_are_none_and_quick(tmp_path: Path) -> None:
    with ModelServer({}) as server:
        url = server.url
    engine = OpenAIEngine(url, timeout=QUICK)
    assert engine.effects(question(picture(tmp_path, "page"))) == ()
    with pytest.raises(errors.ServerUnreachableError):
        engine.load()
