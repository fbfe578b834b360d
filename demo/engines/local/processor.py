"""What the processor is, and how fast the two ways to compute are on it. Deciding is `precision`'s."""

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

Bf16 = Literal["", "amx", "avx512", "arm"]
"""How a processor multiplies bfloat16 numbers: not at all, by tiles, by AVX-512 instructions, or on ARM."""


@dataclass(frozen=True)
class Processor:
    """A processor as far as it matters here; `cores` are those this process may use, its quota counted in."""

    name: str
    bf16: Bf16
    cores: int


@dataclass(frozen=True)
class Speeds:
    """CPU seconds measured here: many rows at once (a prefill), one row (a step), and attention.

    `attend_torch` is torch's own attention in bfloat16, `attend_products` that of `cpu_attention`. None where
    there is nothing to measure, because the processor or torch lacks it.
    """

    rows_fp32: float
    rows_bf16: float | None
    step_fp32: float
    step_bf16: float | None
    step_int8: float | None
    attend_torch: float | None = None
    attend_products: float | None = None


def processor_from(capabilities: Mapping[str, Any], cores: int) -> Processor:
    """Read a processor out of `torch.cpu.get_capabilities()`; a key that is missing counts as "no"."""
    name = str(capabilities.get("cpu_name") or capabilities.get("architecture") or "CPU").strip()
    return Processor(name, _bf16(capabilities), cores)


def _bf16(capabilities: Mapping[str, Any]) -> Bf16:
    if capabilities.get("amx_bf16"):
        return "amx"
    if capabilities.get("avx512_bf16"):
        return "avx512"
    arm = str(capabilities.get("architecture", "")).lower() in ("aarch64", "arm64")
    return "arm" if arm and (capabilities.get("bf16") or capabilities.get("sve_bf16")) else ""


def usable_cores(allowed: int, quota: str) -> int:
    """Give the cores to use of those `allowed`, under a container's `quota` ("200000 100000", "max 1000")."""
    numbers = quota.split()
    if len(numbers) != 2 or not all(number.isdigit() and int(number) for number in numbers):
        return max(1, allowed)
    return max(1, min(allowed, round(int(numbers[0]) / int(numbers[1]))))


@cache
def this_processor() -> Processor:
    """Look at the processor this runs on. Imports torch."""
    import torch

    capabilities = getattr(torch.cpu, "get_capabilities", _from_linux)()
    return processor_from(capabilities, usable_cores(torch.get_num_threads(), _quota()))


def _from_linux() -> Mapping[str, Any]:
    """Read the flags that Linux names; for a torch before 2.10, which has no list of its own."""
    path = Path("/proc/cpuinfo")
    said = path.read_text(encoding="utf-8", errors="replace").split() if path.is_file() else []
    return {"architecture": os.uname().machine if hasattr(os, "uname") else ""} | {
        flag: flag in said for flag in ("amx_bf16", "avx512_bf16", "bf16")
    }


def _quota() -> str:
    path = Path("/sys/fs/cgroup/cpu.max")
    return path.read_text(encoding="utf-8") if path.is_file() else ""


@cache
def measure_speeds(bf16: Bf16, int8: bool) -> Speeds:
    """Time small products on this machine, half a second in all; bf16 only where the processor has it.

    The shapes are those of a 2B model's feed-forward part: 128 rows, and one row, by 2,048 x 6,144 weights.
    """
    import torch

    source = torch.Generator().manual_seed(0)
    weight = torch.randn(6144, 2048, generator=source)
    rows = torch.randn(128, 2048, generator=source)
    linear = torch.nn.functional.linear
    with torch.inference_mode():
        times = _times_of("fp32", linear, rows, weight)
        weight, rows = weight.bfloat16(), rows.bfloat16()
        if bf16:
            times |= _times_of("bf16", linear, rows, weight) | _times_of_attention()
        if int8:
            packed, scales = (weight * 20).to(torch.int8), torch.ones(6144, dtype=torch.bfloat16)
            times["step_int8"] = _best(torch._weight_int8pack_mm, rows[:1], packed, scales)
    missing: dict[str, Any] = dict.fromkeys(("rows_bf16", "step_bf16", "step_int8"))
    return Speeds(**missing | times)


def _times_of(name: str, linear: Callable[..., object], rows: Any, weight: Any) -> dict[str, float]:
    return {f"rows_{name}": _best(linear, rows, weight), f"step_{name}": _best(linear, rows[:1], weight)}


def _times_of_attention() -> dict[str, float]:
    """Time two heads of 64 numbers over the patches of a page; with fewer the two ways differ less."""
    import torch

    from demo.engines.local.cpu_attention import rows

    query, key, value = (torch.randn(1, 2, 2560, 64, dtype=torch.bfloat16) for _ in range(3))
    plain = torch.nn.functional.scaled_dot_product_attention
    return {
        "attend_torch": _best(plain, query, key, value),
        "attend_products": _best(rows, query, key, value, None),
    }


def _best(action: Callable[..., object], *given: object) -> float:
    """Give the least CPU seconds of seven times; the first call prepares, uncounted.

    CPU seconds and not the clock's: what else runs on the machine must not decide how a model computes.
    """
    action(*given)
    taken = []
    for _ in range(7):
        began = time.process_time()
        action(*given)
        taken.append(time.process_time() - began)
    return min(taken)
