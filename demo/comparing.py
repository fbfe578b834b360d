"""What an order wants to know beyond the measures: shots of one page, close-ups, kinds of text."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from demo.session import Session
from demo.words import say
from demo.work import Work
from toolkit.errors import PreflightError
from toolkit.manifest import ImageRecord, Manifest
from toolkit.texts import Text

if TYPE_CHECKING:
    from toolkit.order_facts import OrderFacts

MOST_IMAGES = 20
"""Images that are compared for a visitor: 190 pairs take some 20 s. The command line takes 40."""


@dataclass(frozen=True)
class Found:
    """What was found of a manifest's images, by their labels. `looked` names what was looked for."""

    folder: Path
    labels: tuple[int, ...]
    looked: frozenset[str]
    facts: tuple["OrderFacts", ...]
    notes: tuple[Text, ...]


def known_facts(work: Work, images: Sequence[ImageRecord]) -> list["OrderFacts"]:
    """Give what is known of some of the manifest's images; of others than these nothing is said."""
    from toolkit.order_facts import facts_of

    there = {image.label for image in images}
    found = found_of(work)
    known = {one.label: one for one in found.facts} if found else {}
    return [_among(there, known.get(image.label) or facts_of(image)) for image in images]


def _among(there: set[int], one: "OrderFacts") -> "OrderFacts":
    twin = one.same_page_as if one.same_page_as in there else None
    scene = one.close_up_of if one.close_up_of in there else None
    return replace(one, same_page_as=twin, close_up_of=scene)


def found_of(work: Work) -> Found | None:
    """Give what was found of the images that the visitor has now; None before that and after a change."""
    found, manifest = work.found, work.manifest
    if found is None or manifest is None:
        return None
    return found if (found.folder, found.labels) == (manifest.folder, _labels(manifest)) else None


def _labels(manifest: Manifest) -> tuple[int, ...]:
    return tuple(image.label for image in manifest.images)


def is_to_look(work: Work, scenario: str) -> bool:
    """Tell whether a scenario wants to know more of the images than is known."""
    wanted = _wanted(work.manifest, scenario) if work.manifest else frozenset()
    found = found_of(work)
    return bool(wanted) and (found is None or not wanted <= found.looked)


def _wanted(manifest: Manifest, scenario: str) -> frozenset[str]:
    from toolkit.order_facts import facts_of
    from toolkit.order_files import looks_for, pairs_to_compare

    if scenario == "none" or len(manifest.images) < 2:
        return frozenset()
    options = looks_for(scenario)
    pairs = pairs_to_compare([facts_of(image) for image in manifest.images], within=options["within"])
    asked = [name for name, wanted in options.items() if wanted]
    return frozenset(asked + (["pairs"] if pairs else []))


@contextmanager
def being_compared(session: Session) -> Iterator[None]:
    """Note that images are being compared; the end of one choice leaves the note of the next standing."""
    with session.lock:
        session.work.comparing += 1
    try:
        yield
    finally:
        with session.lock:
            session.work.comparing -= 1


def look(session: Session, scenario: str) -> Iterator[None]:
    """Find out what a scenario wants to know, in a worker; yield while others are served first.

    The session then knows it, unless it was stopped, or holds other images by then.
    """
    work, manifest = session.work, session.work.manifest
    if manifest is None or not is_to_look(work, scenario):
        return
    with session.run("order") as stop, session.stand_in_line("prepare") as ticket:
        for _ in ticket.until_served(stop):
            yield
        if stop.is_set():
            return
        found = find(manifest, scenario)
        if not stop.is_set() and work.manifest is manifest:
            work.found = found


def find(manifest: Manifest, scenario: str) -> Found:
    """Find out what a scenario wants to know of a manifest's images, in a worker.

    What cannot be found out, because the images are too many or for a fault, is a note.
    """
    facts, notes = _facts(manifest, scenario)
    labels = _labels(manifest)
    return Found(manifest.folder, labels, _wanted(manifest, scenario), tuple(facts), tuple(notes))


def _facts(manifest: Manifest, scenario: str) -> tuple[list["OrderFacts"], list[Text]]:
    from toolkit.order_facts import facts_of
    from toolkit.order_files import looks_for, manifest_facts
    from toolkit.work import WorkerPool

    count = len(manifest.images)
    try:
        if count <= MOST_IMAGES:
            with WorkerPool(1) as pool:
                facts, _, notes = manifest_facts(manifest, pool, **looks_for(scenario))
            return facts, notes
        note = say("order_step.too_many_to_compare", count=count, most=MOST_IMAGES)
    except PreflightError as error:
        note = say("order_step.not_compared", reason=error.text)
    return [facts_of(image) for image in manifest.images], [note]
