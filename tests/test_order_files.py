"""What an order needs to know of files, measured in workers."""

import subprocess
import sys
from pathlib import Path

import pytest

from toolkit.text_sample import READER_BYTES, _reader
from toolkit.work import guard

ROOT = Path(__file__).parents[1]
CODE = """
import numpy as np
from toolkit.work import guard
guard.arm()
if {keep}:
    guard.keep(2**29)
guard.guard_memory(2**29)
models = np.ones(2**29, np.uint8)
guard.guard_memory()
page = np.ones(2**27, np.uint8)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the guard holds on Linux only")
@pytest.mark.parametrize("keep", [True, False])
def test_page_may_take_its_share_beside_what_a_worker_keeps(keep: bool) -> None:
    """A worker that had read pictures refused ordinary PDF pages: the reader's buffers counted as theirs."""
    done = subprocess.run(
        [sys.executable, "-c", CODE.format(keep=keep)], cwd=ROOT, capture_output=True, text=True
    )
    assert (done.returncode == 0) is keep, done.stderr
    assert keep or "MemoryError" in done.stderr or "allocate" in done.stderr


def test_reader_counts_as_kept_once_it_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "_kept", 0)
    _reader.cache_clear()
    _reader()
    assert guard._kept == READER_BYTES
