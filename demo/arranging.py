"""The sending order as values: by a scenario, by hand, and back to how the images came."""

from typing import get_args

from demo.comparing import known_facts
from demo.words import say
from demo.work import Arrangement, Work
from toolkit.manifest import ImageRecord
from toolkit.recipe import Scenario
from toolkit.texts import Language, Text

SCENARIOS: tuple[str, ...] = ("none", *get_args(Scenario))
ROLES = (
    "main", "reference", "detail", "second-look", "requirement", "source", "error", "scene", "close-up",
    "people",
)  # fmt: skip


def arrange_by(work: Work, scenario: str) -> None:
    """Order the images by a scenario, "none" for the order in which they came. Raises UsageError.

    Roles that were chosen by hand stay, and so does what was left out.
    """
    if work.manifest is None:
        return
    before = list(work.arrangement.labels)
    images = [image for image in work.manifest.images if image.label in before]
    if scenario == "none":
        _as_they_came(work.arrangement, images)
    else:
        _by_scenario(work, images, scenario)
    work.arrangement.by_hand = False
    forget_moved_box(work, before)


def _as_they_came(arrangement: Arrangement, images: list[ImageRecord]) -> None:
    arrangement.scenario, arrangement.places = None, {}
    arrangement.labels = [image.label for image in images]
    arrangement.roles = dict(arrangement.chosen)


def _by_scenario(work: Work, images: list[ImageRecord], scenario: str) -> None:
    from toolkit.order import plan_order

    arrangement = work.arrangement
    there = {image.label for image in images}
    chosen = {label: role for label, role in arrangement.chosen.items() if label in there}
    places = plan_order(known_facts(work, images), scenario, roles=chosen)
    arrangement.scenario = scenario
    arrangement.labels = [place.label for place in places]
    arrangement.roles = {**arrangement.chosen, **{place.label: place.role for place in places}}
    arrangement.places = {place.label: place for place in places}


def start_over(work: Work) -> None:
    """Give back every image as it came, without roles; images merged from others go."""
    if work.manifest is None:
        return
    before = list(work.arrangement.labels)
    labels = [image.label for image in work.manifest.images if image.label not in work.grids]
    work.arrangement = Arrangement(labels)
    work.step_by_step = False
    forget_moved_box(work, before)


def forget_moved_box(work: Work, before: list[int]) -> None:
    """A box was marked on the image of a number; after a new order it would lie on another picture."""
    if work.arrangement.labels != before:
        work.question.box = None


def change_row(work: Work, act: str, label: int, value: str) -> bool:
    """Move, drop or rename one image; tell whether that changed anything. Anything unknown does not."""
    arrangement = work.arrangement
    if label not in arrangement.labels:
        return False
    before, roles = list(arrangement.labels), dict(arrangement.roles)
    if act in ("up", "down"):
        arrangement.move(label, -1 if act == "up" else 1)
    elif act == "put" and value.isdigit():
        arrangement.put_before(label, int(value))
    elif act == "remove":
        arrangement.remove(label)
    elif act == "role" and value in ROLES:
        arrangement.roles[label] = arrangement.chosen[label] = value
    moved = arrangement.labels != before
    arrangement.by_hand = arrangement.by_hand or (moved and act != "remove")
    forget_moved_box(work, before)
    return moved or arrangement.roles != roles


def role_words(role: str) -> Text:
    """Name a role for people."""
    return say(f"messages.role.{role}") if role in ROLES else Text(role, role)


def why(work: Work) -> Text:
    """Say how the order came about."""
    if work.arrangement.by_hand:
        return say("messages.order.by_hand")
    scenario = work.arrangement.scenario
    return say(f"messages.scenario.{scenario}") if scenario else say("messages.order.as_they_came")


def scenario_choices(lang: Language) -> list[tuple[str, str]]:
    """List the scenarios for a radio group: a title and its explanation, on a line each."""
    titles = {name: say(f"page.order.scenario_{name}").in_language(lang) for name in SCENARIOS}
    about = {name: say(f"order_step.about.{name}").in_language(lang) for name in SCENARIOS}
    return [(f"{titles[name]}\n{about[name]}", name) for name in SCENARIOS]
