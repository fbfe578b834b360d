"""What every engine understands and gives back. Values only; nothing heavy is imported here.

The page asks `engine.ask(request, cancel)` and reads what comes: `Piece`s of text, last of all one `Result`.
In between may come `Progress` (what the engine is doing) and `Restart` (the text so far is void); who shows
neither passes over the first, but has to obey the second. A fault raises an `EngineError`. Closing the
iterator or setting `cancel` frees the engine.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol, runtime_checkable

from toolkit.geometry import Box
from toolkit.texts import Language, Text

if TYPE_CHECKING:
    from prompts import Prompt

StopReason = Literal["done", "length", "cancelled", "repetition"]
"""Why an answer ended: complete, the token limit, the person, or a loop that was stopped."""


class Cancel(Protocol):
    """Something that can be set from elsewhere to stop an answer: a `threading.Event` fits."""

    def is_set(self) -> bool:
        """Tell whether the answer is to stop."""
        ...


@dataclass(frozen=True)
class Request:
    """One question to an engine.

    `sampling` holds numbers by their OpenAI names (`temperature`, `top_p`, `max_tokens`, `seed` …), those of
    the prompt where it is empty. `schema` is a JSON Schema for constrained decoding. `history` holds the
    messages of the earlier turns, in the form of `Prompt.messages`, the oldest first. `session` names the
    conversation, so that an engine can keep what it computed; it never crosses from one session to another.
    `lang` is the language of what an engine writes of its own (labels of images), the prompt's where None.
    """

    prompt: "Prompt"
    sampling: Mapping[str, Any] = field(default_factory=dict)
    schema: Mapping[str, Any] | None = None
    history: Sequence[Mapping[str, Any]] = ()
    session: str = ""
    lang: Language | None = None


@dataclass(frozen=True)
class Piece:
    """The next part of the answer's text, to be appended as it is."""

    text: str


@dataclass(frozen=True)
class Restart:
    """What was streamed so far is void: the answer begins anew, for the reason given.

    It comes when a model fell into endless repetition and is asked again at a higher temperature.
    """

    reason: Text


@dataclass(frozen=True)
class Progress:
    """What the engine is doing while no text comes: waiting its turn, loading, looking at an image.

    `done` is the share of that step that is done, 0 to 1, None where nobody knows.
    """

    text: Text
    done: float | None = None


@dataclass(frozen=True)
class Found:
    """A place with its text: `box` in pixels of the image with the number `image` (from 1).

    `score` is the engine's own certainty, 0 to 1, None where it has none. `doubtful` marks what a person
    should check. `label` says what it is where that is not the text itself (a field's name, say).
    """

    image: int
    text: str
    box: Box
    score: float | None = None
    doubtful: bool = False
    label: str = ""


@dataclass(frozen=True)
class Usage:
    """What an answer took. A count is None where the engine has no such thing; times are seconds.

    `phases` tells where the time went, in the order of the work: "detect" and "recognise" of the reader;
    "vision", "prefill" and "decode" of a model in process. `cached_images` counts the images that needed no
    new work.
    """

    seconds: float
    seconds_to_first_piece: float | None
    output_characters: int
    phases: Mapping[str, float] = field(default_factory=dict)
    images: int = 0
    cached_images: int = 0
    prompt_tokens: int | None = None
    cached_tokens: int | None = None
    visual_tokens: int | None = None
    output_tokens: int | None = None


@dataclass(frozen=True)
class Result:
    """The end of an answer: its whole text, what it took, and what a person should know about it.

    `found` holds the places behind the answer. `notes` are sentences for the person, such as lines that were
    hard to read; they never stand in the answer itself.
    """

    text: str
    usage: Usage
    stop_reason: StopReason
    found: tuple[Found, ...] = ()
    notes: tuple[Text, ...] = ()


Event = Piece | Restart | Progress | Result
"""What `Engine.ask` gives, one after the other; the last one is the Result."""


@dataclass(frozen=True)
class EngineInfo:
    """What a person should know about an engine before asking, in the language that was asked for.

    `tasks` maps each task it answers to the formats it can answer in; None where it takes any. `facts` are
    rows of a small table (device, models, threads, versions), `limits` sentences on what it can't do.
    `window` is the most tokens that question and answer may have together, None where there is no such limit
    or nobody knows it yet.
    """

    name: str
    title: str
    summary: str
    is_language_model: bool
    loaded: bool
    tasks: Mapping[str, tuple[str, ...]] | None = None
    facts: tuple[tuple[str, str], ...] = ()
    limits: tuple[str, ...] = ()
    window: int | None = None


@runtime_checkable
class Engine(Protocol):
    """An engine: describes itself, says beforehand what it refuses, and answers."""

    name: str

    def describe(self, lang: Language) -> EngineInfo:
        """Say what this engine is and can do; loads nothing."""
        ...

    def refusal(self, prompt: "Prompt") -> Text | None:
        """Say why `prompt` can't be answered here, before anything is loaded; None where it can."""
        ...

    def load(self) -> None:
        """Load now what the first question would load. Raises EngineError; a second call does nothing."""
        ...

    def ask(self, request: Request, cancel: Cancel | None = None) -> Iterator[Event]:
        """Answer: pieces of text, then one Result, also after a cancel. Raises EngineError."""
        ...

    def forget(self, session: str = "") -> None:
        """Drop what is kept for one session, or everything kept between questions if it is empty."""
        ...
