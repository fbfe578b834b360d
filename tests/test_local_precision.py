"""Numbers a model computes in: chosen on figures, applied to small random models, and taken back."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import torch

from demo.engines.local.int8_steps import has_kernel
from demo.engines.local.precision import (
    Precision,
    apply,
    choose_accelerated,
    choose_on_cpu,
    int8_bytes,
    plan_precision,
)
from demo.engines.local.processor import Processor, Speeds
from toolkit.texts import Text

ZEN4 = Processor("AMD EPYC", "avx512", 2)
FAST = Speeds(30.0, 10.0, 3.0, 1.5, 0.7, attend_torch=8.0, attend_products=4.0)


def test_plan_takes_bf16_and_int8_where_both_were_measured_faster() -> None:
    plan = choose_on_cpu(ZEN4, FAST)
    assert (plan.dtype, plan.int8_decode, plan.attention, plan.threads) == ("bfloat16", True, "products", 2)
    assert (
        "AVX-512 bf16" in plan.reason.en and "3.0 times" in plan.reason.en and "2.1 times" in plan.reason.en
    )
    assert "3.0 倍" in plan.reason.zh


def test_plan_keeps_fp32_where_the_processor_has_no_bf16_and_still_takes_int8_steps() -> None:
    speeds = replace(FAST, rows_bf16=None, step_bf16=None)
    plan = choose_on_cpu(Processor("Some AVX2 CPU", "", 4), speeds)
    assert (plan.dtype, plan.int8_decode) == ("float32", True)
    assert "Some AVX2 CPU" in plan.reason.en and "4.3 times" in plan.reason.en


def test_plan_keeps_fp32_where_bf16_is_there_but_gains_nothing() -> None:
    plan = choose_on_cpu(ZEN4, replace(FAST, rows_bf16=28.0))
    assert plan.dtype == "float32"
    assert "only 1.1 times" in plan.reason.en


def test_plan_leaves_int8_out_where_it_gains_nothing_or_is_missing_and_says_which() -> None:
    slow = choose_on_cpu(ZEN4, replace(FAST, step_int8=1.4))
    missing = choose_on_cpu(ZEN4, replace(FAST, step_int8=None))
    assert not slow.int8_decode and "only 1.1 times" in slow.reason.en
    assert not missing.int8_decode and "this torch lacks" in missing.reason.en
    assert "没有 int8 乘法" in missing.reason.zh


def test_plan_leaves_long_attention_to_torch_where_products_gain_nothing_or_bf16_is_not_used() -> None:
    assert choose_on_cpu(ZEN4, replace(FAST, attend_products=7.8)).attention == "steps"
    assert choose_on_cpu(ZEN4, replace(FAST, attend_torch=None, attend_products=None)).attention == "steps"
    assert choose_on_cpu(ZEN4, FAST, dtype="float32").attention == "steps"


def test_plan_exact_is_fp32_without_any_shortcut_whatever_was_measured() -> None:
    plan = choose_on_cpu(ZEN4, FAST, exact=True)
    assert (plan.dtype, plan.int8_decode, plan.attention) == ("float32", False, "plain")


def test_plan_keeps_a_wished_dtype() -> None:
    assert choose_on_cpu(ZEN4, FAST, dtype="float32").dtype == "float32"
    assert choose_on_cpu(ZEN4, FAST, dtype="float32").reason.en.startswith("float32, as asked for.")
    with pytest.raises(ValueError, match="allowed are auto, float32, bfloat16, float16"):
        plan_precision(None, "cpu", dtype="int4")


def test_plan_on_a_gpu_is_bf16_and_says_when_it_is_slow_there() -> None:
    assert choose_accelerated("cuda:0").dtype == "bfloat16"
    old = choose_accelerated("cuda:0", native=False)
    assert old.dtype == "bfloat16" and "--dtype float16" in old.reason.en
    assert choose_accelerated("cuda:0", exact=True).dtype == "float32"
    assert not choose_accelerated("cuda:0").int8_decode


def test_plan_here_measures_once_and_gives_the_same_again() -> None:
    assert plan_precision(None, "cpu") == plan_precision(None, "cpu")


SIZES: dict[str, dict[str, Any]] = {
    "qwen3_vl": {
        "text_config": {
            "head_dim": 32,
            "rope_parameters": {
                "rope_type": "default",
                "rope_theta": 1e4,
                "mrope_section": [6, 5, 5],
                "mrope_interleaved": True,
            },
        },
        "vision_config": {
            "hidden_size": 64,
            "intermediate_size": 128,
            "patch_size": 16,
            "out_hidden_size": 128,
            "deepstack_visual_indexes": [0, 1],
        },
    },
    "qwen2_5_vl": {
        "text_config": {
            "rope_parameters": {"rope_type": "default", "rope_theta": 1e4, "mrope_section": [4, 6, 6]},
        },
        "vision_config": {
            "hidden_size": 64,
            "intermediate_size": 128,
            "patch_size": 16,
            "out_hidden_size": 128,
            "fullatt_block_indexes": [1],
            "window_size": 64,
        },
    },
}
TEXT = {
    "hidden_size": 128,
    "intermediate_size": 256,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "vocab_size": 320,
}
IMAGE, START, END, VIDEO = 300, 301, 302, 303


def _model(family: str, dtype: str = "float32") -> Any:
    from transformers import AutoConfig, AutoModelForImageTextToText

    sizes = SIZES[family]
    config = AutoConfig.for_model(
        family,
        text_config=TEXT | sizes["text_config"],
        vision_config={"depth": 2, "num_heads": 2} | sizes["vision_config"],
        image_token_id=IMAGE,
        vision_start_token_id=START,
        vision_end_token_id=END,
        video_token_id=VIDEO,
    )
    torch.manual_seed(7)
    model = AutoModelForImageTextToText.from_config(config, dtype=torch.float32).eval()
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if weight.dim() > 1 and "embed" not in name:
                weight.normal_(0, 1.2 / weight[0].numel() ** 0.5)
    return _shortened(model, getattr(torch, dtype))


def _shortened(model: Any, dtype: Any) -> Any:
    """Give the weights another dtype; the rope's frequencies stay, as `from_pretrained` leaves them."""
    for weight in model.parameters():
        weight.data = weight.data.to(dtype)
    return model


def _logits(model: Any) -> Any:
    """Answer about one image of 32 x 32 patches, enough for attention in blocks, then take three steps."""
    ids = torch.tensor([[1, 2, START, *[IMAGE] * 256, END, 5, 6, 7]])
    pixels = torch.randn(1024, 3 * 2 * 16 * 16, generator=torch.Generator().manual_seed(3))
    with torch.inference_mode():
        given = model(
            input_ids=ids,
            pixel_values=pixels.to(model.dtype),
            image_grid_thw=torch.tensor([[1, 32, 32]]),
            mm_token_type_ids=(ids == IMAGE).int(),
            use_cache=True,
            logits_to_keep=1,
        )
        found = [given.logits[0, -1].float()]
        for token in (9, 10, 11):
            given = model(input_ids=torch.tensor([[token]]), past_key_values=given.past_key_values)
            found.append(given.logits[0, -1].float())
    return torch.stack(found)


def _plan(**changes: Any) -> Precision:
    plan = Precision("cpu", "bfloat16", True, "products", False, None, Text("", ""))
    return replace(plan, **changes)


def _alike(first: Any, second: Any) -> float:
    return float(torch.cosine_similarity(first, second, dim=1).min())


@pytest.mark.parametrize("family", SIZES)
def test_answer_in_bf16_with_int8_steps_stays_close_to_fp32(family: str) -> None:
    exact = _logits(_model(family))
    model = _model(family, "bfloat16")
    applied = apply(model, _plan())
    assert applied.copies and applied.bytes > 0
    assert _alike(exact, _logits(model)) > 0.999


@pytest.mark.parametrize("family", SIZES)
def test_answer_exact_is_that_of_plain_torch_bit_for_bit(family: str) -> None:
    plain = _logits(_model(family))
    model = _model(family)
    apply(model, plan_precision(model.config, "cpu", exact=True))
    assert torch.equal(plain, _logits(model))


def test_steps_use_the_copies_and_a_prompt_does_not() -> None:
    model = _model("qwen3_vl", "bfloat16")
    applied = apply(model, _plan(attention="plain"))
    true = _logits(model)
    for copy in applied.copies:
        copy._packed.zero_()
    spoilt = _logits(model)
    assert true[1:].any() and not spoilt[1:].any()  # without weights the head says nothing
    assert not spoilt[0].any()  # a prompt's last token is one row of the head too
    hidden = [copy for copy in applied.copies if copy._layer is not model.lm_head]
    assert len(hidden) == 7 * TEXT["num_hidden_layers"]
    plain = _hidden(model)
    applied.restore()
    assert torch.equal(plain, _hidden(model))


def _hidden(model: Any) -> Any:
    """Give what the decoder makes of five words, before the head."""
    with torch.inference_mode():
        return model.model.language_model(input_ids=torch.tensor([[1, 2, 3, 4, 5]])).last_hidden_state


def test_restore_gives_the_plain_model_back_and_its_memory() -> None:
    model = _model("qwen2_5_vl", "bfloat16")
    plain = _logits(model)
    applied = apply(model, _plan())
    changed = _logits(model)
    applied.restore()
    applied.restore()
    assert not torch.equal(plain, changed)
    assert torch.equal(plain, _logits(model))
    assert applied.bytes == 0 and not applied.copies


def test_facts_name_layers_and_bytes_as_planned_from_the_config() -> None:
    model = _model("qwen3_vl", "bfloat16")
    applied = apply(model, _plan())
    facts = {label.en: value for label, value in applied.facts}
    scales = 2 * sum(copy._layer.out_features for copy in applied.copies)
    assert applied.bytes == int8_bytes(model.config) + scales
    assert facts["Single-token steps"].en.startswith(f"{len(applied.copies)} layers have int8 copies")
    assert facts["Single-token steps"].zh.startswith(f"{len(applied.copies)} 层有 int8 副本")
    shared = "shared out among" in facts.get("Vision on the CPU", Text("", "")).en
    assert shared == bool(applied.shared) == (1 < torch.get_num_threads() <= 8)
    applied.restore()
    assert not applied.shared


def test_facts_say_that_blocks_of_the_tower_are_not_shared_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("demo.engines.local.cpu_vision.share_blocks", lambda model, count: [])
    applied = apply(_model("qwen3_vl", "bfloat16"), _plan())
    facts = {label.en: value for label, value in applied.facts}
    assert "slower" in facts["Vision on the CPU"].en
    assert "速度较慢" in facts["Vision on the CPU"].zh
    applied.restore()


@pytest.fixture
def no_kernel(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Take the private product away, as another version of torch might."""
    has_kernel.cache_clear()
    monkeypatch.delattr(torch, "_weight_int8pack_mm")
    yield
    monkeypatch.undo()
    has_kernel.cache_clear()


@pytest.mark.usefixtures("no_kernel")
def test_plan_without_the_private_product_keeps_plain_steps_and_says_so() -> None:
    plan = plan_precision(None, "cpu")
    assert not plan.int8_decode
    assert "this torch lacks the int8 product" in plan.reason.en


@pytest.mark.usefixtures("no_kernel")
def test_model_planned_elsewhere_still_answers_without_the_private_product_and_says_so() -> None:
    model = _model("qwen3_vl", "bfloat16")
    plain = _logits(model)
    applied = apply(model, _plan(attention="plain"))
    assert not applied.copies
    assert any("No layer could be given an int8 copy" in value.en for _, value in applied.facts)
    assert torch.equal(plain, _logits(model))
