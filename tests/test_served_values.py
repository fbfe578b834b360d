"""The parts of the engine that need no server: halves of characters, thoughts, waits, windows, images."""

import hashlib
import os
import time
from dataclasses import replace
from email.utils import formatdate
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from served_asking import picture, question

from demo.engines import Engine, errors
from demo.engines.protocol import Request
from demo.engines.served import timing
from demo.engines.served.address import parse_address
from demo.engines.served.arrival import arrives
from demo.engines.served.body import make_plan
from demo.engines.served.describe import describe
from demo.engines.served.effects import Room, check_room, guess_family, image_notes
from demo.engines.served.engine import OpenAIEngine
from demo.engines.served.images import ImageStore
from demo.engines.served.kinds import KINDS, takes_uuids, version_of
from demo.engines.served.memory import MAX_SESSIONS, Memory
from demo.engines.served.pieces import Joiner, ThoughtFilter
from demo.engines.served.probe import Model, ServerFacts
from demo.engines.served.timing import Timeouts, pause, seconds_of
from prompts.exports import data_url
from prompts.images import ImageRef
from toolkit.families import FAMILIES, visual_tokens

TEXTS = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("<>/think\n😀漢"), max_size=80)


def _cut(text: str, data: Any) -> list[str]:
    places = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6)))
    return [text[a:b] for a, b in zip([0, *places], [*places, len(text)], strict=True)]


@given(st.data(), TEXTS)
def test_text_in_surrogates_is_joined_wherever_it_is_cut(data: st.DataObject, text: str) -> None:
    units = text.encode("utf-16-le")
    halves = "".join(chr(units[i] + 256 * units[i + 1]) for i in range(0, len(units), 2))
    joiner = Joiner()
    assert "".join(joiner.feed(piece) for piece in _cut(halves, data)) + joiner.end() == text


@given(st.data(), TEXTS, TEXTS)
def test_thought_is_parted_wherever_it_is_cut(data: st.DataObject, thought: str, answer: str) -> None:
    thought = thought.replace("</think>", "")
    parts = ThoughtFilter()
    pieces = _cut(f"<think>{thought}</think>\n\n{answer}", data)
    found = [part for piece in pieces for part in parts.feed(piece)] + list(parts.end())
    assert "".join(text for kind, text in found if kind == "thought") == thought
    assert "".join(text for kind, text in found if kind == "answer") == answer.lstrip()


@given(st.data(), TEXTS)
def test_answer_without_a_thought_passes_unchanged(data: st.DataObject, answer: str) -> None:
    parts = ThoughtFilter()
    found = [part for piece in _cut("A" + answer, data) for part in parts.feed(piece)] + list(parts.end())
    if "\n</think>\n\n" not in answer:
        assert found == [("answer", text) for _, text in found]
        assert "".join(text for _, text in found) == "A" + answer


def test_retry_after_is_read_as_seconds_or_date() -> None:
    assert seconds_of("7") == 7
    assert seconds_of(formatdate(time.time() + 30, usegmt=True)) == pytest.approx(30, abs=2)
    assert seconds_of(formatdate(time.time() - 30, usegmt=True)) == 0
    assert [seconds_of(bad) for bad in (None, "", "soon", "-5", "١٢", 5)] == [None] * 6


def test_pauses_grow_and_end() -> None:
    assert 0.4 <= (pause(1) or 0) <= 0.6
    assert 1.2 <= (pause(2) or 0) <= 1.8
    assert pause(3) is None
    assert pause(1, "20") == 20
    assert pause(1, "21") is None, "a person decides about longer waits"


def test_waits_grow_with_the_question_and_with_loading() -> None:
    assert Timeouts().first_text(0, loads=False) == 60
    assert Timeouts().first_text(1000, loads=False) == 110
    assert Timeouts().first_text(0, loads=True) == 300
    assert Timeouts.of(5).first_text(10**6, loads=True) == 5


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("0.11.2rc1", (0, 11, 2)),
        ("0.33.0", (0, 33, 0)),
        ("dev", ()),
        ("", ()),
        ("0.10.post1", (0, 10)),
        ("9" * 99, None),
    ],
)
def test_version_is_read_by_its_leading_numbers(text: str, numbers: tuple[int, ...] | None) -> None:
    assert version_of(text) == ((999_999,) if numbers is None else numbers)


def test_hashes_are_for_new_vllm_alone() -> None:
    assert [takes_uuids(KINDS["vllm"], v) for v in ("0.10.2", "0.11.0", "1.0", "")] == [
        False,
        True,
        True,
        False,
    ]
    assert not takes_uuids(KINDS["sglang"], "0.33.0")


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("Qwen/Qwen2.5-VL-7B-Instruct", "qwen2.5-vl"),
        ("qwen2.5vl:7b", "qwen2.5-vl"),
        ("qwen3-vl-plus", "qwen3-vl"),
        ("Qwen2-VL-2B", "qwen2-vl"),
        ("qwen3.5-9b", "qwen3.5"),
        ("llava", None),
    ],
)
def test_family_is_guessed_from_a_name(name: str, family: str | None) -> None:
    assert guess_family(name) == family


@given(st.integers(20, 4000), st.integers(20, 4000), st.sampled_from(list(FAMILIES)))
def test_server_never_makes_an_image_cost_more(width: int, height: int, family: str) -> None:
    if max(width, height) > 200 * min(width, height):
        return
    whole = visual_tokens((width, height), family)
    for server in KINDS:
        # llama.cpp's least, 8 tokens, is above that of the older families, 4.
        assert 0 < arrives((width, height), server, family) <= max(whole, 16)
    assert arrives((width, height), "llama.cpp", family) <= 4096
    assert arrives((width, height), "vllm", family) == whole


COUNTED = {
    (256, 256): (64, 64), (64, 64): (64, 9), (100, 200): (72, 18), (32, 300): (75, 9),
    (200, 1500): (282, 282),
    (736, 1024): (736, 736), (1000, 777): (744, 744), (896, 1280): (1120, 1120), (1500, 1500): (2209, 2209),
    (2060, 2060): (4096, 4096), (2560, 2560): (6400, 4096), (300, 6000): (1692, 1692), (40, 4000): (125, 125),
}  # fmt: skip
"""Visual tokens by size, as vLLM 0.32.0 and llama.cpp's server (b11549) counted them for Qwen3-VL."""


@pytest.mark.parametrize(("size", "tokens"), COUNTED.items())
def test_tokens_that_arrive_are_those_the_servers_count(
    size: tuple[int, int], tokens: tuple[int, int]
) -> None:
    assert (arrives(size, "vllm", "qwen3-vl"), arrives(size, "llama.cpp", "qwen3-vl")) == tokens


def test_small_image_that_llama_cpp_does_not_enlarge_is_told() -> None:
    images = [ImageRef(1, 736, 1024), ImageRef(2, 100, 200), ImageRef(3, 64, 64)]
    notes = image_notes(images, ServerFacts(KINDS["llama.cpp"]), "m", "qwen3-vl")
    assert len(notes) == 1
    assert "of images 2, 3 the smallest gets 9 visual tokens instead of 64" in notes[0].en
    assert image_notes(images, ServerFacts(KINDS["vllm"]), "m", "qwen3-vl") == []


def test_page_whose_size_is_only_rounded_up_counts_as_shrunk_by_llama_cpp() -> None:
    (note,) = image_notes([ImageRef(1, 2480, 3508)], ServerFacts(KINDS["llama.cpp"]), "m", "qwen3-vl")
    assert "shrinks" in note.en
    assert "enlarge" not in note.en


@pytest.mark.parametrize(
    ("version", "family", "tokens"),
    [
        ("0.40.1", "qwen3-vl", 1064),
        ("0.30.0", "qwen2.5-vl", 1064),
        ("0.40.1", "qwen3.5", 736),
        ("0.29.9", "qwen3-vl", 736),
        ("", "qwen3-vl", 736),
    ],
)
def test_ollama_on_llama_cpp_makes_pages_large(version: str, family: str, tokens: int) -> None:
    """llm/llama_server.go of Ollama: --image-min-tokens 1024 for Qwen2-VL to Qwen3-VL, and no others.

    llama.cpp's server (b11549) counted 1,064 for the first with that option.
    """
    size = (736, 1024) if family != "qwen2.5-vl" else (728, 1008)
    assert arrives(size, "ollama", family, version) == tokens
    facts = ServerFacts(KINDS["ollama"], version, (Model("m", 32_768),), listed=True)
    notes = [note.en for note in image_notes([ImageRef(1, *size)], facts, "m", family)]
    assert any(f"to {tokens} visual tokens" in note for note in notes) == (tokens > 1000)
    assert any("pixels of the changed image" in note for note in notes) == (family == "qwen2.5-vl")
    assert arrives((3000, 3000), "ollama", "qwen3-vl", version) == (4096 if version >= "0.30" else 8836)


def test_default_window_of_ollama_counts_images_as_it_makes_them() -> None:
    pages = [ImageRef(n, 736, 1024) for n in range(1, 5)]
    told = {
        version: any(
            "OLLAMA_CONTEXT_LENGTH" in note.en
            for note in image_notes(pages, ServerFacts(KINDS["ollama"], version), "m", "qwen3-vl")
        )
        for version in ("0.29.0", "0.30.0")
    }
    assert told == {"0.29.0": False, "0.30.0": True}, "4 x 738 fit into 4,096, 4 x 1,066 don't"


def test_room_names_what_would_fit() -> None:
    room = Room(window=4096, visual=10_260, text=100, images=10)
    with pytest.raises(errors.ContextTooLongError) as caught:
        check_room(room, server="Ollama", option="OLLAMA_CONTEXT_LENGTH")
    words = caught.value.text.en
    assert "10 images take 10260 tokens" in words
    fit = int(words.split("It fits with about ")[1].split()[0])
    assert fit == 3, "3 of 1,026 fit into 4,096 with the text, 4 don't"
    each = int(words.split("at most ")[1].split()[0])
    assert 10 * (each + 2) + 120 <= 4096
    check_room(Room(4096, 3078, 100, 3), server="x", option="")


def test_dashscope_is_asked_not_to_shrink_and_says_so(tmp_path: Path) -> None:
    small, large = picture(tmp_path, "small"), picture(tmp_path, "large", (2048, 2048), label=2)
    facts = ServerFacts(KINDS["dashscope"], models=(Model("qwen3-vl-plus"),), listed=True)
    for images, told in (((small,), False), ((small, large), True)):
        plan = make_plan(Request(question(*images)), facts, "qwen3-vl-plus", ImageStore())
        assert ("vl_high_resolution_images" in plan.body.get("extra_body", {})) == told
        assert any("vl_high_resolution_images" in note.en for note in plan.notes) == told


def test_small_cache_of_sglang_is_warned_of_only_where_it_overflows() -> None:
    facts = ServerFacts(KINDS["sglang"])
    few = [ImageRef(n, 1024, 1024) for n in (1, 2, 3)]
    many = [ImageRef(n, 1024, 1024) for n in range(1, 5)]
    assert image_notes(few, facts, "m", "qwen3-vl") == []
    assert "SGLANG_VLM_CACHE_SIZE_MB" in image_notes(many, facts, "m", "qwen3-vl")[0].zh


def test_lm_studio_shrinks_to_its_long_side() -> None:
    notes = image_notes([ImageRef(1, 2048, 1024)], ServerFacts(KINDS["lm-studio"]), "m", "qwen3-vl")
    assert "from 2048 to 512 visual tokens" in notes[0].en


def test_image_is_encoded_once_and_equals_the_export(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    image, store = picture(tmp_path, "page"), ImageStore()
    first = store.url(image)
    assert first == data_url(image)
    assert first.sha256 == image.sha256
    monkeypatch.setattr(Path, "read_bytes", lambda _: pytest.fail("read again"))
    assert store.url(image) is first
    assert store.bytes == len(first)
    store.clear()
    assert store.bytes == 0


def test_store_keeps_within_its_limit_and_drops_the_oldest(tmp_path: Path) -> None:
    images = [picture(tmp_path, f"p{n}") for n in range(4)]
    store = ImageStore(limit=len(data_url(images[0])) * 2 + 50)
    for image in images:
        store.url(image)
        assert store.bytes <= len(data_url(images[0])) * 2 + 50
    kept = store.url(images[3])
    assert store.url(images[3]) is kept


def test_image_that_changed_or_went_is_named(tmp_path: Path) -> None:
    image, store = picture(tmp_path, "page"), ImageStore()
    store.url(image)
    assert image.path is not None
    Image.new("RGB", image.size, "black").save(image.path)
    os.utime(image.path, (1, 1))
    with pytest.raises(errors.ImageUnreadableError, match=r"Image 1 \(page\.png\) is not the file"):
        store.url(image)
    image = picture(tmp_path, "page")
    store.url(image)
    with pytest.raises(errors.ImageUnreadableError, match="is not the file"):
        store.url(replace(image, sha256="0" * 64))
    assert image.path is not None
    image.path.unlink()
    with pytest.raises(errors.ImageUnreadableError, match="no longer there"):
        store.url(image)
    with pytest.raises(errors.ImageUnreadableError, match="no longer there"):
        store.url(ImageRef(1, 8, 8))


@pytest.mark.parametrize("content", [b"", b"not a picture", b"\x89PNG\r\n\x1a\n" + b"\0" * 50])
def test_file_that_is_no_picture_is_named(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x.png"
    path.write_bytes(content)
    with pytest.raises(errors.ImageUnreadableError, match="can't be read"):
        ImageStore().url(ImageRef(1, 8, 8, path=path))


@pytest.mark.parametrize("mode", ["RGBA", "LA", "I;16"])
def test_picture_of_another_mode_goes_flat_on_white(mode: str, tmp_path: Path) -> None:
    import base64
    from io import BytesIO

    path = tmp_path / "clear.png"
    if mode == "I;16":
        Image.fromarray(np.full((64, 64), 65535, np.uint16)).save(path)
    else:
        Image.new(mode, (64, 64), (0,) * len(mode)).save(path)
    store = ImageStore()
    image = ImageRef(1, 64, 64, path=path, sha256=hashlib.sha256(path.read_bytes()).hexdigest())
    url = store.url(image)
    assert store.url(image) is url
    assert url.sha256 != image.sha256
    sent = Image.open(BytesIO(base64.b64decode(url.split(",")[1])))
    assert sent.mode in ("L", "RGB", "1")
    assert sent.convert("L").getextrema() == (255, 255)


def test_memory_of_sessions_is_bounded_and_kept_apart() -> None:
    memory = Memory(parse_address("http://h/v1"))
    for number in range(MAX_SESSIONS + 5):
        memory.sent(f"s{number}", ["hash"])
    assert memory.known("s0") == set()
    assert memory.known(f"s{MAX_SESSIONS}") == {"hash"}
    memory.sent("", ["secret"])
    assert memory.known("") == set()
    memory.missed("s100")
    memory.missed("s101")
    assert memory.known("s200") == set(), "a server that drops images gets them all"


def test_engine_keeps_the_protocol_and_loads_nothing_by_being_made() -> None:
    engine = OpenAIEngine()
    assert isinstance(engine, Engine)
    assert engine.name == "openai"
    assert dict(engine.describe("en").facts)["Address"] == "http://127.0.0.1:8000/v1"


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://127.0.0.1:8000/v1", ["nothing leaves it"]),
        ("https://host.example/v1", ["sent to host.example"]),
        ("http://host.example/v1", ["sent to host.example", "not encrypted"]),
    ],
)
def test_description_says_where_documents_go(url: str, words: list[str]) -> None:
    limits = describe(parse_address(url), None, None, None, "en").limits
    assert len(limits) == len(words)
    assert all(word in limit for word, limit in zip(words, limits, strict=True))


@pytest.mark.parametrize(("given", "sent"), [({}, 8192), ({"max_tokens": 50}, 50)])
def test_answer_of_transformers_serve_does_not_end_at_its_own_short_limit(
    given: dict[str, int], sent: int
) -> None:
    request = Request(question(), {"temperature": 0} | given)
    for kind in KINDS.values():
        body = make_plan(request, ServerFacts(kind), "m", ImageStore()).body
        told = body.get("max_tokens", body.get("max_completion_tokens"))
        assert told == (sent if given or kind.name == "transformers" else None)


THINKERS = {
    "vllm": {"chat_template_kwargs": {"enable_thinking": False}},
    "sglang": {"chat_template_kwargs": {"enable_thinking": False}},
    "llama.cpp": {"chat_template_kwargs": {"enable_thinking": False}},
    "ollama": {"reasoning_effort": "none"},
    "dashscope": {"enable_thinking": False},
}


@pytest.mark.parametrize("name", KINDS)
def test_model_that_thinks_unless_told_is_told_where_the_server_has_a_way(name: str) -> None:
    request, facts = Request(question(), {"temperature": 0}), ServerFacts(KINDS[name])
    for model in ("Qwen/Qwen3.5-9B", "qwen3.5:9b", "qwen3.8-27b"):
        assert make_plan(request, facts, model, ImageStore()).body.get("extra_body", {}) == THINKERS.get(
            name, {}
        )
    for model in ("Qwen/Qwen3-VL-8B-Instruct", "qwen2.5vl:7b", "Qwen3-VL-8B-Thinking", "my-model"):
        assert "extra_body" not in make_plan(request, facts, model, ImageStore()).body


def test_description_tells_the_window_of_the_model_asked() -> None:
    facts = ServerFacts(models=(Model("a", 8192), Model("b")), listed=True)
    address = parse_address("http://127.0.0.1:8000/v1")
    windows = [describe(address, name, facts, None, "en").window for name in ("a", "b", None)]
    assert windows == [8192, None, None]
    assert describe(address, None, None, None, "en").window is None


def test_timing_waits_are_those_of_the_docs() -> None:
    text = (Path(__file__).parents[1] / "docs" / "engines.md").read_text(encoding="utf-8")
    section = " ".join(text.split("## Servers")[1].split("\n## ")[0].split())
    waits = Timeouts()
    assert f"{waits.connect:.0f} s for a connection" in section
    assert f"first text {waits.first:.0f} s and {waits.a_token} s a token" in section
    assert f"{waits.loading:.0f} s more" in section
    assert f"{waits.between:.0f} s between two texts" in section
    assert f"that is {timing.MOST_PATIENCE:.0f} s at most" in section
    assert f"after {timing.BACK_OFF[0]} and {timing.BACK_OFF[1]} s" in section
