"""What a visitor asks, and the conversation that comes of it. Values only."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from toolkit.manifest import Manifest
from toolkit.texts import Language, Text

if TYPE_CHECKING:
    from demo.answer_run import AnswerRun
    from demo.answers import Answer
    from demo.engines import Engine
    from prompts import Field, Prompt, Step

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
    `text` the one a task can't do without. `named` are the values that the words ask for, wanted where no
    `fields` are typed; `instead_of` is the task that the words mean, where the engine can't do that one and
    `task` is the nearest it can. `written` is a region as a program writes it; it counts before `region`,
    `areas` and `box`.
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
    named: "tuple[Field, ...]" = ()
    instead_of: str = ""


@dataclass
class Desk:
    """What lies open in step 3: the export that is shown, the template compared with, the one being edited.

    `source` is the text of the template in the editor, `fault` why it could not be saved, `news` a sentence
    about what was just done.
    """

    export: str = ""
    other: str = ""
    source: str = ""
    fault: Text | None = None
    news: Text | None = None


@dataclass
class Reply:
    """One answer of one engine: what was sent, what has come so far, and in the end the checked answer.

    `title` tells it from others of its turn, `doing` is what the engine does while no text comes. `anew`
    holds the reasons for which it began again. `loose` allows any other form than the one asked for at first.
    """

    engine: str
    prompt: "Prompt"
    manifest: Manifest
    title: Text | None = None
    state: State = "waiting"
    text: str = ""
    answer: "Answer | None" = None
    fault: Text | None = None
    doing: Text | None = None
    anew: list[Text] = field(default_factory=list)
    loose: bool = False


@dataclass
class Turn:
    """One question and its replies, one or two side by side; `steps` plans rounds that come before.

    `words` is what the person asked, as they would say it. `chosen` is the reply that goes on.
    """

    words: str
    replies: list[Reply]
    kind: Kind = "ask"
    steps: "tuple[Step, ...]" = ()
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

    @property
    def open(self) -> bool:
        """Whether an answer is still to come."""
        return any(reply.state in ("waiting", "running") for reply in self.all)


@dataclass
class Talk:
    """The conversation of a visitor. `engine` is the one they chose, "" for the page's own.

    `run` answers the last turn; `enforce` tells that the engine is to hold the model to the form;
    `editing` is the turn whose words are being changed; `fault` says why the last wish was not carried out.
    `own` is the engine of a server that the visitor named, `models` what a server offers, `effects` what it
    does to the images: None until asked for. `unusable` says why an engine could not be taken, `choosing`
    that the visitor came to choose another one.
    """

    turns: list[Turn] = field(default_factory=list)
    engine: str = ""
    run: "AnswerRun | None" = None
    enforce: bool = False
    editing: int | None = None
    fault: Text | None = None
    unusable: Text | None = None
    choosing: bool = False
    effects: tuple[Text, ...] | None = None
    models: tuple[str, ...] | None = None
    own: "Engine | None" = None

    @property
    def running(self) -> bool:
        """Whether an answer is being made."""
        return self.run is not None and not self.run.ended

    @property
    def last(self) -> Turn | None:
        """The newest turn."""
        return self.turns[-1] if self.turns else None

    @property
    def thread(self) -> list[Turn]:
        """The turns that belong together: the last question of step 3, and what followed on it."""
        starts = [n for n, turn in enumerate(self.turns) if turn.kind not in ("follow", "mend")]
        return self.turns[starts[-1] :] if starts else list(self.turns)

    def add(self, turn: Turn) -> None:
        """Append a turn; the oldest goes where there are too many."""
        self.turns = [*self.turns, turn][-MAX_TURNS:]
        self.editing = self.fault = None

    def fresh(self) -> "Talk":
        """Give an empty conversation with the same engine."""
        return Talk(engine=self.engine, enforce=self.enforce, own=self.own)
