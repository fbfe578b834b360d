"""What the processor has, how many cores are to be used, and how threads wait."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from demo.engines.local.openmp import SETTINGS, settle_openmp
from demo.engines.local.processor import processor_from, this_processor, usable_cores

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize(
    ("flags", "unit"),
    [
        ({"architecture": "x86_64", "avx2": True, "avx512_f": True}, ""),
        ({"architecture": "x86_64", "avx512_bf16": True}, "avx512"),
        ({"architecture": "x86_64", "avx512_bf16": True, "amx_bf16": True, "amx_tile": True}, "amx"),
        ({"architecture": "x86_64", "amx_tile": True, "amx_int8": True, "amx_bf16": False}, ""),
        ({"architecture": "aarch64", "bf16": True}, "arm"),
        ({"architecture": "aarch64", "neon": True, "bf16": False}, ""),
        ({}, ""),
    ],
)
def test_processor_is_told_by_what_it_multiplies_bf16_with(flags: dict[str, Any], unit: str) -> None:
    assert processor_from(flags, 2).bf16 == unit


def test_processor_here_agrees_with_what_linux_says() -> None:
    said = set(Path("/proc/cpuinfo").read_text(encoding="utf-8").split())
    expected = {"amx": "amx_bf16", "avx512": "avx512_bf16", "arm": "bf16"}.get(this_processor().bf16)
    assert expected in said if expected else not said & {"amx_bf16", "avx512_bf16"}


@pytest.mark.parametrize(
    ("allowed", "quota", "cores"),
    [
        (8, "max 100000\n", 8),
        (64, "200000 100000", 2),
        (2, "400000 100000", 2),
        (4, "50000 100000", 1),
        (4, "", 4),
        (4, "nonsense", 4),
        (4, "1 0", 4),
        (0, "", 1),
    ],
)
def test_cores_respect_a_containers_quota(allowed: int, quota: str, cores: int) -> None:
    assert usable_cores(allowed, quota) == cores


def test_openmp_is_settled_before_torch_and_a_persons_wish_stays() -> None:
    empty: dict[str, str] = {}
    assert settle_openmp(empty, ()) == "asleep" and empty.items() >= SETTINGS.items()
    assert settle_openmp(empty, {"torch"}) == "asleep"  # called again, torch loaded since
    wished = {"OMP_WAIT_POLICY": "ACTIVE"}
    assert settle_openmp(wished, ()) == "chosen" and wished == {"OMP_WAIT_POLICY": "ACTIVE"}
    late: dict[str, str] = {}
    assert settle_openmp(late, {"torch": None}) == "too-late" and not late


def test_modules_that_decide_import_neither_torch_nor_transformers() -> None:
    code = (
        "import sys; import demo.engines.local.precision, demo.engines.local.processor;"
        "sys.exit(bool({'torch', 'transformers'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
