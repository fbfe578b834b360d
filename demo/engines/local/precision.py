"""In which numbers a model computes on this machine, and why: decided on figures, then applied.

On a CPU three things are chosen: bfloat16 or float32 for the images and the prompt; int8 copies of the
decoder's weights for single-token steps, or none; and how attention is computed. Each is taken only where it
was measured to be faster on this machine; `exact` refuses them all. docs/engine-speed.md has the figures.
"""

from dataclasses import dataclass, field
from typing import Any, Literal

from demo.engines.errors import say
from demo.engines.local.openmp import Waiting, settle_openmp
from demo.engines.local.processor import Processor, Speeds
from toolkit.texts import Text

Dtype = Literal["float32", "bfloat16", "float16"]
Attention = Literal["plain", "steps", "products"]
"""As transformers has it; a step's row by groups (`cpu_attention`); and long rows as matrix products too."""
GAIN = 1.2
"""A cheaper kind of number has to be this many times as fast to be worth its error."""
ATTENTION_GAIN = 1.05
"""For the same numbers in another order a small gain will do."""


@dataclass(frozen=True)
class Precision:
    """What was chosen.

    `dtype` is that of the weights, the images and the prompt. `threads` None leaves torch's own number.
    `exact` promises what plain torch gives.
    """

    device: str
    dtype: Dtype
    int8_decode: bool
    attention: Attention
    exact: bool
    threads: int | None
    reason: Text


@dataclass
class Applied:
    """What `apply` did to a model: rows for a table of facts, bytes taken, and the way back."""

    facts: tuple[tuple[Text, Text], ...]
    bytes: int = 0
    copies: list[Any] = field(default_factory=list, repr=False)
    model: Any = field(default=None, repr=False)
    attention: dict[str, str] = field(default_factory=dict)
    shared: list[Any] = field(default_factory=list, repr=False)

    def restore(self) -> None:
        """Take everything back that `apply` did, and free its memory; calling again does nothing."""
        for changed in (*self.copies, *self.shared):
            changed.remove()
        self.copies.clear()
        self.shared.clear()
        if self.attention:
            self.model.set_attn_implementation(self.attention)
        self.attention = {}
        self.bytes = 0


def plan_precision(config: Any, device: str, *, exact: bool = False, dtype: str | None = None) -> Precision:
    """Choose for this machine: looks at the processor and takes half a second to measure it, once.

    `config` is the model's, `device` torch's name for it ("cpu", "cuda:0"), `dtype` a person's own wish,
    which is kept. Raises ValueError for a dtype that is none of `Dtype`. Imports torch.
    """
    wish = _wish(dtype)
    if not device.startswith("cpu"):
        return choose_accelerated(device, exact=exact, dtype=wish, native=_native_bf16(device))
    from demo.engines.local.int8_steps import has_kernel
    from demo.engines.local.processor import measure_speeds, this_processor

    processor = this_processor()
    int8 = not exact and has_kernel()
    speeds = None if exact else measure_speeds(processor.bf16, int8)
    return choose_on_cpu(processor, speeds, exact=exact, dtype=wish)


def choose_on_cpu(
    processor: Processor, speeds: Speeds | None, *, exact: bool = False, dtype: Dtype | None = None
) -> Precision:
    """Choose for a CPU on figures alone; `speeds` may be None only with `exact`."""
    if exact or speeds is None:
        return _exact("cpu", dtype or "float32", processor.cores)
    chosen: Dtype = dtype or ("bfloat16" if _rows_gain(speeds) >= GAIN else "float32")
    plain_step = speeds.step_bf16 if chosen == "bfloat16" else speeds.step_fp32
    step_gain = (plain_step or speeds.step_fp32) / speeds.step_int8 if speeds.step_int8 else 0.0
    int8 = step_gain >= GAIN
    reason = say(
        "engines_precision.reason",
        rows=_about_rows(processor, speeds, chosen, wished=dtype is not None),
        steps=_about_steps(speeds, step_gain, int8),
    )
    products = chosen == "bfloat16" and _products_gain(speeds) >= ATTENTION_GAIN
    attention: Attention = "products" if products else "steps"
    return Precision("cpu", chosen, int8, attention, False, processor.cores, reason)


def choose_accelerated(
    device: str, *, exact: bool = False, dtype: Dtype | None = None, native: bool = True
) -> Precision:
    """Choose for a device that is no CPU: bfloat16, in which these models were trained, if nothing is wished.

    Where a device has bfloat16 only in software (`native` False) it stays: float16 overflows in these models.
    """
    if exact:
        return _exact(device, dtype or "float32", None)
    if dtype is not None:
        return Precision(
            device, dtype, False, "plain", False, None, say("engines_precision.wished", dtype=dtype)
        )
    key = "device_bf16" if native else "device_slow_bf16"
    return Precision(device, "bfloat16", False, "plain", False, None, say(f"engines_precision.{key}"))


def apply(model: Any, precision: Precision) -> Applied:
    """Make a loaded model compute as chosen; int8 takes some seconds, and a byte for each decoder weight."""
    waiting = settle_openmp()
    if not precision.device.startswith("cpu"):
        return Applied((_row("numbers", precision.reason),))
    _use_threads(precision.threads)
    copies, left = _copies(model) if precision.int8_decode else ([], 0)
    attention = {} if precision.attention == "plain" else _attend(model, precision.attention)
    by_products = bool(attention) and precision.attention == "products"
    shared = _shared(model) if by_products else []
    taken = sum(copy.bytes for copy in copies)
    facts = _facts(precision, waiting, _about_copies(precision, len(copies), left, taken), bool(attention))
    if by_products:
        facts += (_about_vision(shared),)
    return Applied(facts, taken, copies, model, attention, shared)


def int8_bytes(config: Any) -> int:
    """Estimate the memory of the int8 copies from a model's config, before it is loaded: one byte a weight.

    Counts attention, feed-forward and head of the text part; what a config doesn't name counts as nothing.
    """
    text = getattr(config, "text_config", config)
    hidden = getattr(text, "hidden_size", 0)
    heads = getattr(text, "num_attention_heads", 0)
    width = getattr(text, "head_dim", None) or (hidden // heads if heads else 0)
    groups = getattr(text, "num_key_value_heads", None) or heads
    layer = hidden * width * (2 * heads + 2 * groups) + 3 * hidden * (
        getattr(text, "intermediate_size", 0) or 0
    )
    return int(layer * getattr(text, "num_hidden_layers", 0) + hidden * getattr(text, "vocab_size", 0))


def _wish(dtype: str | None) -> Dtype | None:
    names: dict[str, Dtype | None] = {
        "auto": None,
        "float32": "float32",
        "bfloat16": "bfloat16",
        "float16": "float16",
    }
    if dtype is not None and dtype not in names:
        raise ValueError(f"dtype {dtype!r}: allowed are {', '.join(names)}")
    return names[dtype] if dtype else None


def _exact(device: str, dtype: Dtype, threads: int | None) -> Precision:
    reason = say("engines_precision.exact", dtype=dtype)
    return Precision(device, dtype, False, "plain", True, threads, reason)


def _rows_gain(speeds: Speeds) -> float:
    return speeds.rows_fp32 / speeds.rows_bf16 if speeds.rows_bf16 else 0.0


def _products_gain(speeds: Speeds) -> float:
    given = speeds.attend_torch, speeds.attend_products
    return given[0] / given[1] if given[0] and given[1] else 0.0


def _about_rows(processor: Processor, speeds: Speeds, chosen: Dtype, *, wished: bool) -> Text:
    if wished:
        return say("engines_precision.wished", dtype=chosen)
    if not processor.bf16:
        return say("engines_precision.rows_lacking", processor=processor.name)
    key = "rows_bf16" if chosen == "bfloat16" else "rows_no_gain"
    unit = say(f"engines_precision.unit_{processor.bf16}")
    return say(f"engines_precision.{key}", unit=unit, gain=f"{_rows_gain(speeds):.1f}")


def _about_steps(speeds: Speeds, gain: float, int8: bool) -> Text:
    if not speeds.step_int8:
        return say("engines_precision.steps_lacking")
    key = "steps_int8" if int8 else "steps_no_gain"
    return say(f"engines_precision.{key}", gain=f"{gain:.1f}")


def _native_bf16(device: str) -> bool:
    import torch

    if device.startswith("cuda"):
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return True


def _use_threads(threads: int | None) -> None:
    import torch

    if threads is not None and threads != torch.get_num_threads():
        torch.set_num_threads(threads)


def _copies(model: Any) -> tuple[list[Any], int]:
    from demo.engines.local.int8_steps import copy_steps, has_kernel

    return copy_steps(model) if has_kernel() else ([], 0)


def _about_vision(shared: list[Any]) -> tuple[Text, Text]:
    import torch

    key = "vision_shared" if shared else "vision_together"
    return _row("vision", say(f"engines_precision.{key}", threads=torch.get_num_threads()))


def _shared(model: Any) -> list[Any]:
    import torch

    from demo.engines.local.cpu_vision import share_blocks

    return list(share_blocks(model, torch.get_num_threads()))


def _attend(model: Any, kind: Attention) -> dict[str, str]:
    """Let the parts that use SDPA attend by `cpu_attention`; give what they used before."""
    from demo.engines.local.cpu_attention import register

    parts = {"": model.config} | {name: getattr(model.config, name) for name in model.config.sub_configs}
    before = {
        name: part._attn_implementation for name, part in parts.items() if part._attn_implementation == "sdpa"
    }
    if before:
        name = register(products=kind == "products")
        model.set_attn_implementation(dict.fromkeys(before, name))
    return before


def _facts(
    precision: Precision, waiting: Waiting, steps: Text | None, attends: bool
) -> tuple[tuple[Text, Text], ...]:
    rows = [("numbers", precision.reason), ("steps", steps)]
    rows.append(("attention", say(f"engines_precision.attend_{precision.attention}") if attends else None))
    rows.append(("threads", say(f"engines_precision.{waiting}", threads=precision.threads or 1)))
    return tuple(_row(name, told) for name, told in rows if told is not None)


def _about_copies(precision: Precision, copies: int, left: int, taken: int) -> Text | None:
    if not precision.int8_decode:
        return None
    key = "copies_none" if not copies else "copies_some" if left else "copies"
    size = f"{taken / 1e6:,.0f} MB"
    return say(f"engines_precision.{key}", layers=copies, left=left, size=size)


def _row(name: str, value: Text) -> tuple[Text, Text]:
    return say(f"engines_precision.row_{name}"), value
