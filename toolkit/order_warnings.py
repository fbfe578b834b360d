"""What may go wrong with an order: sizes that differ, a weak first image, twins, unreadable text. Pure."""

from collections.abc import Iterator, Sequence

from toolkit.order_facts import OrderFacts
from toolkit.order_scenarios import LEGIBLE_RANK, QUALITY_RANK, UNKNOWN_RANK
from toolkit.texts import Text, say

MIXED_AREA = 4.0
"""Largest to smallest area from which on sizes count as mixed: one image then has four times the tokens."""


def warnings_for(ordered: Sequence[OrderFacts], number: int) -> Iterator[Text]:
    """Give the warnings that belong to the image at place `number` (from 0); general ones to the first."""
    one = ordered[number]
    if number == 0:
        yield from _general(ordered)
    if one.legible == "unreadable":
        yield say("order.warning.unreadable", label=one.label)
    if one.quality == "poor":
        yield say("order.warning.poor", label=one.label)
    if one.same_page_as is not None:
        yield say("order.warning.twin", label=one.label, twin=one.same_page_as)


def _general(ordered: Sequence[OrderFacts]) -> Iterator[Text]:
    areas = [one.size[0] * one.size[1] for one in ordered]
    if max(areas) >= MIXED_AREA * min(areas):
        large, small = ordered[areas.index(max(areas))], ordered[areas.index(min(areas))]
        yield say("order.warning.mixed_sizes", large=large.label, small=small.label)
    stronger = [one for one in ordered[1:] if _badness(one) < _badness(ordered[0])]
    if stronger:
        best = min(stronger, key=_badness)
        yield say("order.warning.weak_first", first=ordered[0].label, better=best.label)


def _badness(one: OrderFacts) -> int:
    """Count how far an image is from readable and good; what is unknown counts in between."""
    legible = LEGIBLE_RANK.get(one.legible or "", UNKNOWN_RANK)
    return legible + QUALITY_RANK.get(one.quality or "", UNKNOWN_RANK)
