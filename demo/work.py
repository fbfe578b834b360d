"""What a visitor has done so far: uploads, images, their order, the question, the answer. Values only."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from demo.asking import Desk, Talk
from demo.asking import Question as Question
from demo.words import say
from toolkit.manifest import Failure, ImageRecord, Manifest
from toolkit.recipe import Recipe
from toolkit.texts import Text

if TYPE_CHECKING:
    from demo.answers import Answer
    from demo.comparing import Found
    from demo.history import History
    from demo.looking import Look
    from demo.preparing import Preparation
    from toolkit.order import Place


@dataclass(frozen=True)
class Upload:
    """One document of a visitor: `name` is what they called it, `path` where it lies in their folder.

    `kind`, `pages`, `sha256`, `encrypted` and `fault` come from a first look at the file; `opened` tells that
    a password fitted. `wanted` is a page range as it was typed, `wanted_fault` what is wrong with it.
    """

    path: Path
    name: str
    pages: int | None = None
    encrypted: bool = False
    fault: Text | None = None
    kind: str = ""
    sha256: str = ""
    opened: bool = False
    wanted: str = ""
    wanted_fault: Text | None = None


@dataclass
class Arrangement:
    """The sending order: `labels` are numbers of the prepared manifest, all else goes by them.

    `chosen` are the roles that a person chose by hand; they hold against every scenario. `roles` are the ones
    in use, by hand or by the scenario. An image that is in the manifest and not among `labels` is left out.
    """

    labels: list[int] = field(default_factory=list)
    roles: dict[int, str] = field(default_factory=dict)
    scenario: str | None = None
    places: dict[int, "Place"] = field(default_factory=dict)
    by_hand: bool = False
    chosen: dict[int, str] = field(default_factory=dict)

    def copy(self) -> "Arrangement":
        """Copy it, so that a change of one leaves the other."""
        return replace(
            self,
            labels=list(self.labels),
            roles=dict(self.roles),
            places=dict(self.places),
            chosen=dict(self.chosen),
        )

    def move(self, label: int, by: int) -> None:
        """Move one image up (-1) or down (1); at an end it stays."""
        if label not in self.labels:
            return
        here = self.labels.index(label)
        there = min(max(here + by, 0), len(self.labels) - 1)
        self.labels.insert(there, self.labels.pop(here))

    def put_before(self, label: int, other: int) -> None:
        """Move one image to where another stands."""
        if label in self.labels and other in self.labels and label != other:
            there = self.labels.index(other)
            self.labels.remove(label)
            self.labels.insert(there, label)

    def remove(self, label: int) -> None:
        """Leave one image out."""
        if label in self.labels:
            self.labels.remove(label)


@dataclass
class Work:
    """Everything of one visitor.

    `pages` holds the original pages that were drawn, `looks` what was drawn of the images to look at them.
    `grids` are the labels of images that were merged from others; `looking` is the label of the image that
    is looked at, `look` how; `window` the context window in tokens that shares are counted of; `recipe` how
    documents are to be prepared; `step_by_step` whether each image is to be asked about in a round of its
    own; `own_window` and `talkative` tell of the chosen engine how many tokens it takes and whether it is a
    language model; `said` what there is to say about the files that were added last; `found` what images
    were found to have to do with each other, `comparing` how many times this is being found out: a choice
    that was overtaken by the next may still be at it.
    """

    step: str = "documents"
    uploads: list[Upload] = field(default_factory=list)
    manifest: Manifest | None = None
    stopped: bool = False
    done: int = 0
    total: int = 0
    arrangement: Arrangement = field(default_factory=Arrangement)
    question: Question = field(default_factory=Question)
    answer: "Answer | None" = None
    talk: Talk = field(default_factory=Talk)
    desk: Desk = field(default_factory=Desk)
    prepared_from: tuple[Upload, ...] = ()
    passwords: dict[str, str] = field(default_factory=dict)
    pages: dict[tuple[str, int], Any] = field(default_factory=dict)
    preparation: "Preparation | None" = None
    history: "History | None" = None
    looks: dict[tuple[str, str], "Look"] = field(default_factory=dict)
    grids: frozenset[int] = frozenset()
    looking: int | None = None
    look: str = "compare"
    window: int = 32_768
    recipe: Recipe = field(default_factory=Recipe)
    step_by_step: bool = False
    own_window: int | None = None
    talkative: bool = True
    said: tuple[Text, ...] = ()
    found: "Found | None" = None
    comparing: int = 0

    def take(self, manifest: Manifest, *, stopped: bool = False, done: int = 0, total: int = 0) -> None:
        """Begin anew with freshly prepared images, in the order they came."""
        self.manifest = manifest
        self.stopped, self.done, self.total = stopped, done, total
        self.arrangement = Arrangement([image.label for image in manifest.images])
        self.prepared_from = tuple(self.uploads)
        self.grids = frozenset()
        self.forget_looks()

    def forget_looks(self) -> None:
        """Forget what went by the images that stood here before."""
        self.question.box = None
        self.pages = {}
        self.looks = {}
        self.looking = None
        self.answer = None
        if self.talk.run is not None:
            self.talk.run.stop()
        self.talk = self.talk.fresh()

    @property
    def sending(self) -> Manifest | None:
        """The manifest in sending order, with the visitor's roles; None before anything is prepared."""
        if self.manifest is None:
            return None
        return self.manifest.reordered(self.arrangement.labels, self.arrangement.roles)

    @property
    def images(self) -> tuple[ImageRecord, ...]:
        """The images in sending order."""
        sending = self.sending
        return () if sending is None else sending.images

    @property
    def failures(self) -> tuple[Failure, ...]:
        """What did not come out."""
        return () if self.manifest is None else self.manifest.failures


def sentences(work: Work) -> list[Text]:
    """Say what did not come out, each sentence once, in words of the page: it has no command-line options."""
    return list(dict.fromkeys(_in_words_of_the_page(failure, work) for failure in work.failures))


def _in_words_of_the_page(failure: Failure, work: Work) -> Text:
    for upload in work.uploads:
        if upload.name == failure.file and upload.fault is not None:
            return upload.fault
    if failure.error == "PasswordError":
        key = "password_wrong" if work.passwords.get(failure.file) else "password_missing"
        return say(f"messages.failed.{key}", file=failure.file)
    if failure.error == "PageTooLargeError" and failure.page is not None:
        return say("messages.failed.too_large", file=failure.file, page=failure.page)
    return failure.text
