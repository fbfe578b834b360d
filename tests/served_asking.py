"""Questions about drawn pictures, and what an engine answers to them."""

import hashlib
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from demo.engines.protocol import Event, Piece, Request, Result
from demo.engines.served.engine import OpenAIEngine
from demo.engines.served.timing import Timeouts
from prompts import Prompt, build_prompt
from prompts.images import ImageRef

QUICK = Timeouts(connect=2, first=1, a_token=0, loading=0, between=1, total=20)


def picture(folder: Path, name: str, size: tuple[int, int] = (256, 256), label: int = 1) -> ImageRef:
    """Draw a picture with its name on it."""
    image = Image.new("RGB", size, "white")
    ImageDraw.Draw(image).text((20, 20), name, fill="black")
    path = folder / f"{name}.png"
    image.save(path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return ImageRef(label, *size, path=path, sha256=digest)


def question(*images: ImageRef, text: str = "What is the total?", **options: Any) -> Prompt:
    """A prompt of free text about pictures."""
    return build_prompt("answer", images=images, inputs={"question": text}, **options)


def ask(
    engine: OpenAIEngine,
    prompt: Prompt,
    *,
    cancel: threading.Event | None = None,
    sampling: Mapping[str, Any] | None = None,
    schema: Mapping[str, Any] | None = None,
    history: Sequence[Mapping[str, Any]] = (),
    session: str = "",
) -> tuple[list[Event], Result]:
    """Ask and gather everything; the last is the result."""
    request = Request(prompt, sampling or {}, schema, history, session)
    events = list(engine.ask(request, cancel))
    result = events[-1]
    assert isinstance(result, Result)
    return events, result


def pieces(events: Sequence[Event]) -> str:
    """The text as it was streamed."""
    return "".join(event.text for event in events if isinstance(event, Piece))
