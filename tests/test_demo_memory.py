"""Memory that is free goes back: to the system, and out of Gradio's own books when a session has ended."""

import ctypes
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from demo_client import Visitor, open_page
from documents import Page, Words, write_pdf

from demo.memory import LARGE_BYTES, give_back

SECRET = "Total 97.65"


@pytest.fixture(scope="module")
def page() -> Iterator[tuple[Any, Any]]:
    with open_page() as opened:
        yield opened


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only glibc can be told to give back")
def test_free_memory_goes_back_to_the_system() -> None:
    libc = ctypes.CDLL(None)
    libc.malloc.restype = ctypes.c_void_p
    libc.free.argtypes = [ctypes.c_void_p]
    # Blocks below the size from which each has a mapping of its own; every 400th stays, so none can shrink.
    blocks = [libc.malloc(64_000) for _ in range(2000)]
    for block in blocks:
        ctypes.memset(block, 1, 64_000)
    kept = blocks[::400]
    full = resident()
    for block in set(blocks) - set(kept):
        libc.free(block)
    assert give_back()
    assert full - resident() > 100
    for block in kept:
        libc.free(block)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only glibc has mappings to set")
def test_a_large_block_is_gone_when_it_is_freed_also_after_many_larger_ones() -> None:
    # In a process of its own: how glibc maps blocks holds for a whole process.
    code = f"""
import ctypes
from demo.memory import keep_large_apart
assert keep_large_apart()
libc = ctypes.CDLL(None)
libc.malloc.restype, libc.free.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
def resident():
    return int(open("/proc/self/statm").read().split()[1]) * 4096 / 1e6
for size in (30_000_000, {LARGE_BYTES}):
    blocks = [libc.malloc(size) for _ in range(120_000_000 // size)]
    for block in blocks:
        ctypes.memset(block, 1, size)
    full = resident()
    for block in blocks[:-1]:
        libc.free(block)
    assert full - resident() > 80, (size, full, resident())
"""
    root = Path(__file__).parents[1]
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60, cwd=root)


def resident() -> float:
    """Give what of this process is in memory, in MB."""
    return float(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6


def test_gradio_keeps_nothing_of_a_session_that_has_ended(page: tuple[Any, Any], tmp_path: Path) -> None:
    visitor = Visitor(*page, {"accept-language": "en"})
    file = write_pdf(tmp_path / "a bill.pdf", Page(content=(Words(SECRET, x=72, y=700, size=24),)))
    visitor.call("prepare", visitor.upload(file), "auto", "qwen3-vl", 300, "never", "")
    holder, store = visitor.blocks.state_holder, visitor.blocks.context.store
    assert "a bill.pdf" in str(holder.session_data[visitor.tab].config_values)
    store.end(store.of_tab(visitor.tab, "en"))
    assert visitor.tab not in holder.session_data
    assert visitor.tab not in holder.time_last_used
