"""The four scenarios: each turns facts into an order with roles and reasons. Pure."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from toolkit.order_facts import OrderFacts
from toolkit.text_look import Look, text_look
from toolkit.texts import Text, say

SHARP_ENOUGH = 20.0
"""Sharpness (edges to an em) from which more of it is no better to read: text that is drawn has 18 to 37."""
UNKNOWN_RANK = 1
"""What was not measured counts between good and bad."""
LEGIBLE_RANK = {"readable": 0, "doubtful": 1, "unreadable": 2}
QUALITY_RANK = {"good": 0, "doubtful": 1, "poor": 2}

DIAGNOSE_ROLES = ("requirement", "source", "error")
LOCATE_ROLES = ("scene", "close-up", "people")


@dataclass(frozen=True)
class Draft:
    """A place before its warnings are known."""

    facts: OrderFacts
    role: str
    guessed: bool
    reason: Text


def order_ocr(facts: list[OrderFacts]) -> list[Draft]:
    """Put the sharpest carrier of text first, poorer shots of the same page after it.

    Pages of one document keep their order; documents and single pictures are ranked by their best page.
    """
    drafts: list[Draft] = []
    better: OrderFacts | None = None
    for unit in sorted(_units(facts), key=lambda unit: min(_weakness(one) for one in unit)):
        best = min(unit, key=_weakness)
        why: Text | None = _why_first(best, facts) if better is None else _why_later(best, better)
        for page in _pages(unit):
            drafts += _page_drafts(page, why)
            why = None
        better = best
    return drafts


def order_compare(facts: list[OrderFacts]) -> list[Draft]:
    """Put one's own picture first, the others by the user's weight; unsaid, the given order stays."""
    told = any(one.weight is not None or one.role is not None for one in facts)
    own = next((one for one in facts if one.role == "main"), None)
    ranked = sorted(facts, key=lambda one: (one is not own, one.weight is None, -(one.weight or 0.0)))
    return [_compare_draft(one, number == 0, own, told) for number, one in enumerate(ranked)]


def order_diagnose(facts: list[OrderFacts]) -> list[Draft]:
    """Put what is wanted first, then the source, then the error, next to the question."""
    drafts = [_diagnose_draft(one) for one in facts]
    return sorted(drafts, key=lambda draft: _rank(draft.role, DIAGNOSE_ROLES, unknown=0.5))


def order_locate(facts: list[OrderFacts]) -> list[Draft]:
    """Put the whole scene first, then close-ups of it, then people."""
    inside = {one.close_up_of for one in facts}
    drafts = [_locate_draft(one, one.label in inside) for one in facts]

    def key(draft: Draft) -> tuple[float, int]:
        width, height = draft.facts.size
        area = -width * height if draft.role == "scene" else 0
        return (_rank(draft.role, LOCATE_ROLES, unknown=1.5), area)

    return sorted(drafts, key=key)


def _units(facts: list[OrderFacts]) -> list[list[OrderFacts]]:
    """Group what belongs together: the pages of a document, the shots of one page, copies."""
    leaders = {one.label: one.label for one in facts}

    def leader(label: int) -> int:
        while leaders[label] != label:
            label = leaders[label]
        return label

    documents: dict[str, int] = {}
    for one in facts:
        mate = documents.setdefault(one.document, one.label) if one.document else one.label
        for other in (mate, one.copy_of, one.same_page_as):
            if other in leaders:
                leaders[leader(one.label)] = leader(other)
    groups: dict[int, list[OrderFacts]] = {}
    for one in facts:
        groups.setdefault(leader(one.label), []).append(one)
    return list(groups.values())


def _pages(unit: list[OrderFacts]) -> list[list[OrderFacts]]:
    """Split a unit into pages in document order; shots of the same page and copies stay with their page."""
    by_label = {one.label: one for one in unit}

    def page_of(one: OrderFacts) -> tuple[str, int]:
        seen: set[int] = set()
        twin: int | None = one.label
        while twin in by_label and twin not in seen:
            seen.add(twin)
            one = by_label[twin]
            twin = one.copy_of if one.copy_of in by_label else one.same_page_as
        return (one.document, one.page) if one.document else (f"#{one.label}", 1)

    pages: dict[tuple[str, int], list[OrderFacts]] = {}
    for one in unit:
        pages.setdefault(page_of(one), []).append(one)
    return [pages[key] for key in sorted(pages, key=lambda key: key[1])]


def _page_drafts(page: list[OrderFacts], why: Text | None) -> list[Draft]:
    """Order the shots of one page; pieces of it keep their order, copies follow what they repeat.

    `why` is the reason for the place of the whole document or picture, None after its first page.
    """
    labels = {one.label for one in page}
    copies = [one for one in page if one.copy_of in labels and one.copy_of != one.label]
    # Two that call each other copies leave no original: then all count as shots.
    originals = [one for one in page if one not in copies] or page
    twins = any(one.same_page_as in labels for one in originals)
    if twins:
        originals = sorted(originals, key=_weakness)
    drafts: list[Draft] = []
    for one in originals:
        drafts.append(_shot_draft(one, originals[0], twins=twins, why=why))
        drafts += [_copy_draft(copy, one) for copy in copies if copy.copy_of == one.label]
    placed = {draft.facts.label for draft in drafts}
    return drafts + [_copy_draft(copy, originals[0]) for copy in copies if copy.label not in placed]


def _shot_draft(one: OrderFacts, leader: OrderFacts, *, twins: bool, why: Text | None) -> Draft:
    if one is not leader and twins:
        return _draft(one, "second-look", say("order.ocr.poorer_shot", best=leader.label))
    if one is not leader:
        return _draft(one, "main", say("order.ocr.next_piece", page=one.page, title=one.title))
    return _draft(one, "main", why or say("order.ocr.next_page", page=one.page, title=one.title))


def _copy_draft(one: OrderFacts, original: OrderFacts) -> Draft:
    return Draft(one, one.role or "second-look", False, say("order.copy", original=original.label))


def _compare_draft(one: OrderFacts, first: bool, own: OrderFacts | None, told: bool) -> Draft:
    if one is own:
        return _draft(one, "main", say("order.compare.own"))
    role = "main" if first and own is None else "reference"
    if one.weight is not None:
        return _draft(one, role, say("order.compare.weight", weight=f"{one.weight:g}"))
    if told:
        return _draft(one, role, say("order.compare.no_weight"))
    return _draft(one, role, say("order.compare.first_given" if first else "order.compare.as_given"))


def _diagnose_draft(one: OrderFacts) -> Draft:
    if one.role is not None:
        return Draft(one, one.role, False, say("order.role_given"))
    look = text_look(one.text_sample)
    role = {Look.ERROR: "error", Look.CODE: "source", Look.PROSE: "requirement"}.get(look, "reference")
    return Draft(one, role, True, say(f"order.diagnose.{role}"))


def _locate_draft(one: OrderFacts, holds_others: bool) -> Draft:
    if one.role is not None:
        return Draft(one, one.role, False, say("order.role_given"))
    if one.close_up_of is not None:
        return Draft(one, "close-up", True, say("order.locate.close_up", scene=one.close_up_of))
    return Draft(
        one, "scene", True, say("order.locate.scene" if holds_others else "order.locate.nothing_known")
    )


def _draft(one: OrderFacts, guess: str, reason: Text) -> Draft:
    return Draft(one, one.role or guess, one.role is None, reason)


def _weakness(one: OrderFacts) -> tuple[bool, int, int, int, int]:
    """Sort key: pictures with readable text of good quality first, then by sharpness and amount.

    Sharpness counts in steps of half as much again and text in steps of twice as much, or measuring noise
    would change the order that was given; only beside the edge of a step it still may.
    """
    return (
        one.text_amount == 0,
        LEGIBLE_RANK.get(one.legible or "", UNKNOWN_RANK),
        QUALITY_RANK.get(one.quality or "", UNKNOWN_RANK),
        -_steps(min(one.sharpness or 0.0, SHARP_ENOUGH), 1.5),
        -_steps(one.text_amount or 0.0, 2.0),
    )


def _steps(value: float, factor: float) -> int:
    """Count the steps of `factor` from 1 up to a value: what lies on one step counts as equal."""
    return math.floor(math.log(value, factor)) if value >= 1 else 0


def _why_first(best: OrderFacts, facts: list[OrderFacts]) -> Text:
    if len(facts) == 1:
        return say("order.single")
    if best.document and all(one.document == best.document for one in facts):
        return say("order.ocr.only")
    if best.text_amount == 0:
        return say("order.ocr.none")
    return say("order.ocr.first", why=_strength(best))


def _why_later(one: OrderFacts, better: OrderFacts) -> Text:
    """Name the first thing in which a picture is weaker than the one before it; that decided its place."""
    pairs = enumerate(zip(_weakness(one), _weakness(better), strict=True))
    decisive = next((number for number, (mine, other) in pairs if mine != other), None)
    if decisive is None:
        return say("order.ocr.equal", better=better.label)
    weaker = ("no_text", _legible(one), _quality(one), "less_sharp", "less_text")
    return say("order.ocr.later", better=better.label, why=say(f"order.strength.{weaker[decisive]}"))


def _strength(one: OrderFacts) -> Text:
    """Say in a few words what speaks for a picture that has text."""
    parts = [say(f"order.strength.{_legible(one)}")]
    if one.quality in QUALITY_RANK:
        parts.append(say(f"order.strength.{_quality(one)}"))
    return Text(en=", ".join(p.en for p in parts), zh="，".join(p.zh for p in parts))


def _legible(one: OrderFacts) -> str:
    return f"legible_{one.legible if one.legible in LEGIBLE_RANK else 'unknown'}"


def _quality(one: OrderFacts) -> str:
    return f"quality_{one.quality if one.quality in QUALITY_RANK else 'unknown'}"


def _rank(role: str, order: Iterable[str], *, unknown: float) -> float:
    roles = list(order)
    return float(roles.index(role)) if role in roles else unknown
