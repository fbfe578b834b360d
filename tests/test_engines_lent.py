"""The engine on a lent card: what crosses between the processes is pickled, here and in the end."""

import pickle
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from demo.engines import EngineError, ModelNotFoundError, Piece, Request, Result
from demo.engines.lent import Fault, LentEngine, text_after
from demo.engines.protocol import Restart
from prompts import build_prompt
from prompts.images import ImageRef
from toolkit.texts import Text

TINY = Path(__file__).parent / "data" / "tiny-qwen3-vl"


def lend(task: Callable[..., Iterator[Any]]) -> Callable[..., Iterator[Any]]:
    """Do to questions and answers what ZeroGPU's queues between two processes do."""

    def run(request: Any) -> Iterator[Any]:
        for value in task(pickle.loads(pickle.dumps(request))):
            yield pickle.loads(pickle.dumps(value))

    return run


@pytest.fixture
def question(tmp_path: Path) -> Request:
    from benchmarks.tiny_model.glyphs import picture_of

    path = tmp_path / "seven.png"
    picture_of("7", 64).save(path)
    image = ImageRef(label=1, width=64, height=64, path=str(path))
    return Request(
        build_prompt("read-text", format="text", images=[image]), {"max_tokens": 8, "temperature": 0}
    )


def test_answer_is_that_of_the_same_engine_at_home(question: Request) -> None:
    from demo.engines.local.engine import TransformersEngine

    home = list(TransformersEngine(model=str(TINY)).ask(question))[-1]
    lent = list(LentEngine(lend, model=str(TINY)).ask(question))[-1]
    assert isinstance(home, Result)
    assert isinstance(lent, Result)
    assert (lent.text, lent.stop_reason) == (home.text, home.stop_reason)


def test_fault_in_the_other_process_keeps_its_kind_and_its_sentence(
    question: Request, tmp_path: Path
) -> None:
    engine = LentEngine(lend, model=str(tmp_path / "nothing"))
    with pytest.raises(ModelNotFoundError) as caught:
        list(engine.ask(question))
    assert "nothing" in caught.value.text.zh


def test_a_stop_closes_the_work_on_the_card_and_keeps_the_text(question: Request) -> None:
    closed = threading.Event()

    def lend_long(task: Callable[..., Iterator[Any]]) -> Callable[..., Iterator[Any]]:
        def run(request: Any) -> Iterator[Any]:
            try:
                while True:
                    yield Piece("seven ")
            finally:
                closed.set()

        return run

    stop = threading.Event()
    events = LentEngine(lend_long, model="unused").ask(question, stop)
    next(events), next(events)
    stop.set()
    (end,) = list(events)
    assert isinstance(end, Result)
    assert end.stop_reason == "cancelled"
    assert end.text == "seven seven seven "
    assert closed.is_set()


def test_a_restart_empties_the_text() -> None:
    assert text_after("so far", Restart(Text(en="again", zh="重来"))) == ""
    assert text_after("a", Piece("b")) == "ab"


def test_a_fault_of_a_name_that_is_no_error_is_still_an_error() -> None:
    assert type(Fault("Path", Text(en="x", zh="x")).error()) is EngineError


def test_description_says_that_the_card_is_lent() -> None:
    info = LentEngine(lend, model="someone/model").describe("zh")
    assert any("借用" in limit for limit in info.limits)


def test_stop_before_the_question_is_put_lends_no_card(question: Request, tmp_path: Path) -> None:
    stop = threading.Event()
    stop.set()

    def never(task: Callable[..., Iterator[Any]]) -> Callable[..., Iterator[Any]]:
        def run(request: Any) -> Iterator[Any]:
            raise AssertionError("a card was lent")

        return run

    (only,) = LentEngine(never, model=str(tmp_path)).ask(question, stop)
    assert isinstance(only, Result)
    assert only.stop_reason == "cancelled"
