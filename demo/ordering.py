"""The sending order as the page shows it: plain values for views/order.html and views/offers.html."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from demo import window
from demo.arranging import ROLES, role_words, why
from demo.cards import card, parts_of
from demo.comparing import found_of, known_facts
from demo.gallery import undo_words
from demo.offers import GridOffer, StepsOffer, grid_offer, steps_offer
from demo.session import Session
from demo.views import view
from demo.words import say
from demo.work import Arrangement, Work
from toolkit.manifest import ImageRecord
from toolkit.texts import Language, Text

if TYPE_CHECKING:
    from toolkit.order import Place


def images_of(work: Work) -> list[ImageRecord]:
    """Give the images in sending order, with the numbers of the prepared manifest."""
    return [] if work.manifest is None else [work.manifest.image(n) for n in work.arrangement.labels]


def draw_order(session: Session) -> str:
    """Draw the plot of the sequence and one row for each image."""
    work, lang = session.work, session.lang
    manifest = work.manifest
    if manifest is None:
        return ""
    images = images_of(work)
    shown = [
        card(image, manifest.folder, lang, number, part)
        for number, (image, part) in enumerate(zip(images, parts_of(images), strict=True), 1)
    ]
    places = sequence(images, work, lang)
    warnings, planned = warnings_of(work), places_now(work)
    rows = [
        _row(work.arrangement, drawn, image, planned.get(image.label), lang)
        | {"stretch": stretch, "warnings": [text.in_language(lang) for text in warned]}
        for drawn, image, stretch, warned in zip(shown, images, places, warnings, strict=True)
    ]
    return view(
        "order",
        lang,
        images=rows,
        why=why(work).in_language(lang),
        comparing=work.comparing > 0,
        notes=[note.in_language(lang) for note in _notes(work)],
        sequence=_sums(images, work, lang),
        windows=window.menu(work.window, work.own_window, lang),
        removed=_removed(work, images),
        undo=undo_words(work, lang),
    )


def _notes(work: Work) -> tuple[Text, ...]:
    """Say what could not be found out for the scenario in use."""
    found = found_of(work)
    return found.notes if found and work.arrangement.scenario else ()


def warnings_of(work: Work) -> list[list[Text]]:
    """Warn of images as they stand now, by the numbers they now have, whoever put them in order."""
    from toolkit.order_facts import renumbered
    from toolkit.order_warnings import warnings_for

    facts = renumbered(known_facts(work, images_of(work)), work.arrangement.labels)
    # A second look is the mend already: what is wrong with its page is said of the first.
    facts = [replace(one, quality=None) if one.copy_of is not None else one for one in facts]
    return [list(warnings_for(facts, number)) for number in range(len(facts))]


def places_now(work: Work) -> dict[int, "Place"]:
    """Give the scenario's places by label, their reasons naming images by the numbers they have now.

    Empty where there is no scenario, and where a person has moved images since: then no reason holds.
    """
    from toolkit.order import plan_order
    from toolkit.order_facts import renumbered

    arrangement = work.arrangement
    if work.manifest is None or arrangement.scenario is None:
        return {}
    numbers = {label: number for number, label in enumerate(arrangement.labels, 1)}
    facts = renumbered(known_facts(work, images_of(work)), arrangement.labels)
    chosen = {numbers[label]: role for label, role in arrangement.chosen.items() if label in numbers}
    places = plan_order(facts, arrangement.scenario, roles=chosen)
    if [place.label for place in places] != list(numbers.values()):
        return {}
    return dict(zip(numbers, places, strict=True))


def _removed(work: Work, images: list[ImageRecord]) -> int:
    """Count what was left out; what went into a grid is still there."""
    everything = work.manifest.images if work.manifest else ()
    originals = sum(image.label not in work.grids for image in everything)
    return originals - sum(max(1, len(image.cells)) if image.label in work.grids else 1 for image in images)


def sequence(images: list[ImageRecord], work: Work, lang: Language) -> list[dict[str, Any]]:
    """Say where each image's tokens stand. Widths are percent of the window, or of all images if larger."""
    stretches = window.stretches([image.tokens for image in images], work.window)
    drawn = max([work.window, *(one.end for one in stretches)])
    return [_stretch(number, one, drawn, lang) for number, one in enumerate(stretches, 1)]


def _stretch(number: int, one: window.Stretch, drawn: int, lang: Language) -> dict[str, Any]:
    values = {
        "start": f"{one.start + 1:,}",
        "end": f"{one.end:,}",
        "percent": window.percent_words(one.percent),
    }
    return {
        "left": round(100 * one.start / drawn, 3),
        "width": round(100 * one.tokens / drawn, 3),
        "over": one.overflows,
        "title": say("order_step.sequence.image", number=number, **values).in_language(lang),
        "words": say("order_step.sequence.row", **values).in_language(lang),
    }


def _sums(images: list[ImageRecord], work: Work, lang: Language) -> dict[str, Any]:
    used = sum(image.tokens for image in images)
    left = work.window - used
    percent = window.percent_words(100 * used / work.window)
    rest = say(
        "order_step.sequence.free" if left >= 0 else "order_step.sequence.over", tokens=f"{abs(left):,}"
    )
    words = say("order_step.sequence.used", tokens=f"{used:,}", window=f"{work.window:,}", percent=percent)
    return {
        "words": words.in_language(lang),
        "rest": rest.in_language(lang),
        "over": left < 0,
        "limit": round(100 * work.window / max(used, work.window), 3),
    }


def _row(
    arrangement: Arrangement,
    shown: dict[str, Any],
    image: ImageRecord,
    place: "Place | None",
    lang: Language,
) -> dict[str, Any]:
    role = arrangement.roles.get(image.label, image.role)
    ours = place is not None and place.role == role and image.label not in arrangement.chosen
    return shown | {
        "role": role,
        "roles": role_choices(role, lang),
        "role_words": role_words(role).in_language(lang),
        "reason": place.reason.in_language(lang) if place and place.role == role else "",
        "guessed": bool(place and place.guessed and ours and len(arrangement.labels) > 1),
    }


def role_choices(current: str, lang: Language) -> list[tuple[str, str]]:
    """List the roles an image can have, with their words; one of the visitor's own stands among them."""
    names = ROLES if current in ROLES else (*ROLES, current)
    return [(name, role_words(name).in_language(lang)) for name in names]


def offers_of(work: Work) -> tuple[GridOffer | None, StepsOffer | None]:
    """Give what could be done with the images as they stand: a grid, and one round an image."""
    if work.manifest is None:
        return None, None
    images = images_of(work)
    return grid_offer(images, work.manifest.family), steps_offer(images, work.window)


def draw_offers(session: Session, *, merging: bool = False) -> str:
    """Draw what is offered; empty where there is nothing to offer."""
    lang = session.lang
    grid, steps = offers_of(session.work)
    return view(
        "offers",
        lang,
        grid=None if grid is None else _grid_words(grid, lang),
        steps=None if steps is None else _steps_words(steps, lang),
        step_by_step=session.work.step_by_step,
        talkative=session.work.talkative,
        merging=merging,
        helps=bool((grid and grid.helps) or (steps and steps.helps) or session.work.step_by_step),
    )


def _grid_words(offer: GridOffer, lang: Language) -> dict[str, Any]:
    cost = say(
        "order_step.grid.cost",
        count=offer.count,
        tokens=f"{offer.tokens:,}",
        apart=f"{offer.tokens_apart:,}",
        scale=round(100 * offer.smallest_scale),
    )
    return {
        "cost": cost.in_language(lang),
        "text": _reading(offer).in_language(lang),
        "mark": {"readable": "good", "doubtful": "warn", "unreadable": "bad", None: "note"}[offer.reading],
        "helps": offer.helps,
    }


def _reading(offer: GridOffer) -> Text:
    if offer.reading is None or offer.text_height is None:
        return say("order_step.grid.no_text")
    return say(f"order_step.grid.{offer.reading}", height=offer.text_height)


def _steps_words(offer: StepsOffer, lang: Language) -> dict[str, Any]:
    cost = say(
        "order_step.steps.cost",
        rounds=offer.rounds,
        answers=offer.rounds + 1,
        most=f"{offer.most:,}",
        at_once=f"{offer.at_once:,}",
    )
    return {"cost": cost.in_language(lang), "helps": offer.helps}
