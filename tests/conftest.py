"""Shared by all tests: what is optional says so by name, and in CI a skipped test is a failed one."""

import faulthandler
import os
import shutil
import signal
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

SHARED_DATA = Path(__file__).parents[2] / "shared" / "data"
NO_SKIP = os.environ.get("VL_PREFLIGHT_NO_SKIP") == "1"

_NEEDS = {
    "curl": (("curl",), "curl (Debian: apt install curl)"),
    "browser": (("chromium", "chromium-browser", "google-chrome"), "Chromium (Debian: apt install chromium)"),
    "poppler": (("pdftoppm",), "poppler (Debian: apt install poppler-utils)"),
}

# How long an example takes says more of the machine than of the code: benchmarks measure, tests don't.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the tests on the real documents where there are none; the header says so."""
    if SHARED_DATA.is_dir():
        return
    left_out = [item for item in items if item.get_closest_marker("shared")]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if not item.get_closest_marker("shared")]


def pytest_report_header() -> list[str]:
    """Say what is there of the optional things."""
    rule = "count as failures" if NO_SKIP else "are allowed (VL_PREFLIGHT_NO_SKIP=1 forbids them)"
    lines = [f"skips: {rule}"]
    if not SHARED_DATA.is_dir():
        lines.append(f"real documents: none at {SHARED_DATA}, their tests are left out")
    return lines


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test whose program is missing, and name the program."""
    for marker, (programs, name) in _NEEDS.items():
        if item.get_closest_marker(marker) and not any(shutil.which(program) for program in programs):
            pytest.skip(f"needs {name}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    """Turn a skip into a failure where skips are forbidden."""
    report = yield
    if NO_SKIP and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped where no test may be: {report.longrepr}"
    return report


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real documents; only for tests marked `shared`."""
    return SHARED_DATA


@pytest.fixture(autouse=True)
def _guard_hostile_templates(request: pytest.FixtureRequest) -> Generator[None]:
    """End a test of the prompts that hangs: hostile templates and answers must not stop the suite.

    A loop in Python is ended as a failure after 20 s; one in C, which no signal reaches, with the process
    after 60 s and a traceback.
    """
    if not request.node.path.name.startswith("test_prompts_"):
        yield
        return
    before = signal.signal(signal.SIGALRM, _give_up)
    signal.alarm(20)
    faulthandler.dump_traceback_later(60, exit=True, file=sys.__stderr__)
    yield
    faulthandler.cancel_dump_traceback_later()
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def _give_up(_signal: int, _frame: Any) -> None:
    pytest.fail("the test ran for 20 s: a limit does not hold")
