import io

import pytest

from toolkit.cli.progress import _Lines, progress_bar, progress_line
from toolkit.manifest import Failure
from toolkit.progress import Meter, Progress
from toolkit.texts import Text


def test_speed_and_time_left_leave_out_what_was_there_already() -> None:
    state = Progress(done=30, total=100, kept=10, seconds=4.0)
    assert state.pages_per_second == 5.0
    assert state.seconds_left == 14.0
    assert Progress(done=5, total=9, kept=5, seconds=1.0).seconds_left is None


def test_meter_counts_failures_and_kept_pages() -> None:
    states: list[Progress] = []
    meter = Meter(3, states.append)
    meter.step("a.pdf", 1, kept=True)
    meter.step("a.pdf", 2, failure=Failure("a.pdf", 2, "RenderError", Text("lost", "丢失")))
    meter.step("b.png", None)
    assert [(s.done, s.kept, s.failed) for s in states] == [(0, 0, 0), (1, 1, 0), (2, 1, 1), (3, 1, 1)]
    assert (states[-1].file, states[-1].page) == ("b.png", None)


def test_log_gets_few_lines_for_many_pages() -> None:
    out, now = io.StringIO(), [0.0]
    lines = _Lines("en", out, clock=lambda: now[0])
    for done in range(1, 1001):
        now[0] = done * 0.04
        lines.show(Progress(done, 1000, "a.pdf", done, seconds=now[0]))
    said = out.getvalue().splitlines()
    assert 3 <= len(said) <= 6
    assert said[0] == "250 of 1000 pages, 25.0 pages/s, 30 s left"
    assert said[-1] == "1000 of 1000 pages, 25.0 pages/s, 40.0 s"


def test_terminal_gets_a_bar_with_the_page() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    out = Terminal()
    with progress_bar("zh", out) as show:
        for done in range(1, 4):
            show(Progress(done, 3, "合同.pdf", done, seconds=0.1 * done))
    assert "3/3" in out.getvalue()
    assert "合同.pdf 第 3 页" in out.getvalue()


@pytest.mark.parametrize("state", [Progress(3, 3, kept=3, seconds=0.2), Progress(1, 4, seconds=1.0)])
def test_every_state_has_a_sentence_in_both_languages(state: Progress) -> None:
    text = progress_line(state)
    assert str(state.total) in text.en
    assert str(state.total) in text.zh
