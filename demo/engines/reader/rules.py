"""Ruling lines of tables and forms, from pixels."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from demo.engines.picture import Pixels
from demo.engines.reader.ink import Mask
from toolkit.geometry import Box

LONGEST_SIDE = 2000
"""Pictures are looked at in this size at most; a hairline of a 300-dpi page is 1 px wide there still."""

SHORTEST = 24
"""Length in pixels of that size below which a stroke is not taken for a rule."""

THICKEST = 6
"""Thickness in pixels above which it is a bar or a shaded field."""

DARKER = 8
"""Grey levels by which a rule must differ from the paper beside it."""

DARK_GROUND = 110
"""Grey level of the ground below which light strokes count as rules."""

SAME = 4
"""Rules nearer to each other than this, in pixels of the picture looked at, are one."""


@dataclass(frozen=True)
class Rule:
    """A horizontal or vertical line: its place across, and where it starts and ends along, in pixels."""

    vertical: bool
    at: float
    start: float
    end: float


def find_rules(grey: Pixels) -> tuple[Rule, ...]:
    """Find the ruling lines of a page given in grey: dark ones, and light ones on dark ground."""
    scale = min(1.0, LONGEST_SIDE / max(grey.shape))
    if scale < 1.0:
        grey = np.asarray(cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
    ground = np.asarray(cv2.medianBlur(grey, 31), np.uint8)
    found = []
    for vertical in (False, True):
        dark = _thin(grey, cv2.MORPH_BLACKHAT, vertical=vertical)
        light = _thin(grey, cv2.MORPH_TOPHAT, vertical=vertical) & (ground < DARK_GROUND)
        found += [rule for mask in (dark, light) for rule in _strokes(mask, vertical=vertical)]
    return tuple(Rule(r.vertical, r.at / scale, r.start / scale, r.end / scale) for r in found)


def _thin(grey: Pixels, operation: int, *, vertical: bool) -> Mask:
    """Mark what is thin across and differs from the paper on both sides."""
    size = (2 * THICKEST + 1, 1) if vertical else (1, 2 * THICKEST + 1)
    hat = cv2.morphologyEx(grey, operation, cv2.getStructuringElement(cv2.MORPH_RECT, size))
    return np.asarray(hat >= DARKER, np.bool_)


def _strokes(mask: Mask, *, vertical: bool) -> list[Rule]:
    """Keep what is long along, as rules."""
    # a crossing rule cuts a rule in two: there nothing is thin across
    closed = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_CLOSE, _bar(THICKEST + 2, vertical=vertical))
    long = cv2.morphologyEx(closed, cv2.MORPH_OPEN, _bar(SHORTEST, vertical=vertical))
    stats = cv2.connectedComponentsWithStats(long, connectivity=8)[2]
    rules = []
    for left, upper, width, height, _ in stats[1:].tolist():
        thick = width if vertical else height
        if thick <= THICKEST:
            at, start, length = (left, upper, height) if vertical else (upper, left, width)
            rules.append(Rule(vertical, at + thick / 2, start, start + length))
    return _joined(rules)


def _bar(length: int, *, vertical: bool) -> Pixels:
    size = (1, length) if vertical else (length, 1)
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_RECT, size), np.uint8)


def apart_from_text(rules: Sequence[Rule], boxes: Sequence[Box]) -> tuple[Rule, ...]:
    """Leave out strokes of letters: what runs through the inside of lines of text for most of its length."""
    return tuple(
        rule for rule in rules if sum(_inside(rule, box) for box in boxes) <= 0.5 * (rule.end - rule.start)
    )


def _inside(rule: Rule, box: Box) -> float:
    """Give the length of a rule that runs through the inside of a box."""
    left, upper, right, lower = box
    if rule.vertical:
        across, along = left < rule.at < right, min(rule.end, lower) - max(rule.start, upper)
    else:
        across = upper < rule.at < lower
        along = min(rule.end, right) - max(rule.start, left)
    return max(0.0, along) if across else 0.0


def _joined(rules: list[Rule]) -> list[Rule]:
    """Join pieces of one rule: at the same place across, and touching or nearly so along."""
    joined: list[Rule] = []
    for rule in sorted(rules, key=lambda r: (r.at, r.start)):
        twin = next((i for i, old in enumerate(joined) if _continues(old, rule)), None)
        if twin is None:
            joined.append(rule)
        else:
            old = joined[twin]
            joined[twin] = Rule(rule.vertical, old.at, min(old.start, rule.start), max(old.end, rule.end))
    return joined


def _continues(old: Rule, new: Rule) -> bool:
    apart = max(old.start, new.start) - min(old.end, new.end)
    return abs(old.at - new.at) <= SAME and apart <= 3 * SAME
