"""What a visitor asks, and the conversation that comes of it. Values only."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from toolkit.manifest import Manifest
from toolkit.texts import Language, Text

if TYPE_CHECKING:
    from demo.answers import Answer
    from prompts import Prompt

MAX_TURNS = 40
"""Turns of a conversation that are kept: beyond it a browser grows slow, and most windows are full."""

State = Literal["waiting", "running", "done", "failed"]
Kind = Literal["ask", "follow", "mend", "steps", "pair"]
"""How a turn came about: from step 3, as a follow-up, as a request to mend, round by round, or twice."""


@dataclass
class Question:
    """What is to be asked: the choices of step 3. `lang` None: the prompt follows the page's language.

    `template` names a template of the task, "" for the task's own. `words` are typed into the question box;
    they choose the task until a person chooses it `by_hand`. `inputs` answers the template's inputs by name,
    `text` the one a task can't do without. `written` is a region as a program writes it; it counts before
    `region`, `areas` and `box`.
    """

    task: str = ""
    region: str = "whole"
    areas: tuple[str, ...] = ()
    box_image: int = 1
    box: tuple[float, float, float, float] | None = None
    format: str = ""
    fields: str = ""
    text: str = ""
    lang: Language | None = None
    written: str = ""
    template: str = ""
    words: str = ""
    inputs: dict[str, str] = field(default_factory=dict)
    by_hand: bool = False


@dataclass
class Reply:
    """One answer of one engine: what was sent, what has come so far, and in the end the checked answer.

    `title` tells it from others of its turn. `anew` counts how often the engine began again after a loop.
    """

    engine: str
    prompt: "Prompt"
    manifest: Manifest
    title: Text | None = None
    state: State = "waiting"
    text: str = ""
    answer: "Answer | None" = None
    fault: Text | None = None
    anew: int = 0


@dataclass
class Turn:
    """One question and its replies: one, or two side by side. `rounds` come before, in a step-by-step answer.

    `words` is what the person asked, as they would say it. `chosen` is the reply that goes on.
    """

    words: str
    replies: list[Reply]
    kind: Kind = "ask"
    rounds: list[Reply] = field(default_factory=list)
    chosen: int = 0

    @property
    def reply(self) -> Reply:
        """The reply that the conversation goes on from."""
        return self.replies[min(self.chosen, len(self.replies) - 1)]

    @property
    def all(self) -> list[Reply]:
        """Every reply in the order in which they are asked."""
        return [*self.rounds, *self.replies]


@dataclass
class Talk:
    """The conversation of a visitor. `engine` is the one they chose, "" for the page's own."""

    turns: list[Turn] = field(default_factory=list)
    engine: str = ""

    @property
    def last(self) -> Turn | None:
        """The newest turn."""
        return self.turns[-1] if self.turns else None

    def fresh(self) -> "Talk":
        """Give an empty conversation with the same engine."""
        return Talk(engine=self.engine)
