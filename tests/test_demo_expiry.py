"""Whatever a person clicks after their session has ended says where the files went, on every step."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from demo_client import Visitor, open_page
from documents import write_pdf

GONE = {"en": "Your files were deleted", "zh": "文件已被删除"}


@pytest.fixture(scope="module")
def page() -> Iterator[tuple[Any, Any]]:
    with open_page() as opened:
        yield opened


@pytest.fixture(params=["en", "zh"])
def visitor(page: tuple[Any, Any], request: pytest.FixtureRequest, tmp_path: Path) -> Visitor:
    """Somebody whose session has ended by idleness while the page was open."""
    made = Visitor(*page, {"accept-language": request.param})
    made.call("prepare", made.upload(write_pdf(tmp_path / "a.pdf")), "auto", "qwen3-vl", 300, "never", "")
    store = page[1].context.store
    store.end(store.of_tab(made.tab, request.param))
    return made


def step(visitor: Visitor, name: str) -> Any:
    return visitor.blocks.context.steps[name]


def gone(visitor: Visitor) -> str:
    return GONE[visitor.headers["accept-language"]]


def test_preparing_again_says_it(visitor: Visitor) -> None:
    assert gone(visitor) in visitor.fire("run", "[]")[step(visitor, "documents").gallery]


@pytest.mark.parametrize("click", ["suggest", "start_over", "change", "accept"])
def test_ordering_says_it_and_leaves_nothing_to_undo(visitor: Visitor, click: str) -> None:
    order = step(visitor, "order")
    data = ["ocr"] if click == "suggest" else []
    told = visitor.fire(click, *data, act="steps", arg="1", value="")
    assert gone(visitor) in told[order.missing]["value"]
    assert told[order.missing]["visible"]
    assert not told[order.reset]["visible"]
    assert visitor.blocks.context.store.of_tab(visitor.tab, "en").work.history is None


@pytest.mark.parametrize(("click", "data"), [("begin_question", []), ("follow", ["And when?"])])
def test_asking_says_it(visitor: Visitor, click: str, data: list[str]) -> None:
    assert gone(visitor) in visitor.fire(click, *data)[step(visitor, "ask").talk]
