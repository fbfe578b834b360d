"""What is to happen to one page, decided on figures alone: its size, whether it is cut up, and why."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from toolkit.families import fit_long_side, fit_visual_tokens, get_family, visual_tokens
from toolkit.geometry import Size
from toolkit.readability import READABLE_PX, UNREADABLE_PX, seen_height, smallest_readable_long_side
from toolkit.recipe import Recipe
from toolkit.split import LEAST_RATIO
from toolkit.texts import Text, say

USUAL_LONG_SIDE = 1024
"""The long side that is enough for most questions about a page: A4 at 88 dpi, 736 tokens of Qwen3-VL."""

MAX_TOKENS = 4096
"""Visual tokens that llama.cpp silently caps an image at; a page that needs more is cut up instead."""

LONG_RATIO = 3.0
"""From this ratio of the sides on, a picture that does not fit the usual long side is cut up."""

TEXTLESS_RATIO = 6.0
"""The same for a picture in which no text was found: a banner or a panorama goes in whole."""

PIECE_RATIO = 2.0
"""Longest piece of a long picture, as a multiple of its shorter side: about one phone screen (1080 x 2340),
which at the usual long side keeps some 500 tokens and its small print at 15 px."""


INSIDE_PX = UNREADABLE_PX
"""Pixels per em kept of small text inside pictures: enough to be made out, at half of the tokens that reading
it with ease would take."""

FEWEST_CHARACTERS = 12
"""Characters finer than the smallest that counts from which they are told of: fewer are a page number or
superscripts."""

MIN_PIECE_SIDE = 100
"""Below this many pixels across, a picture is a line or a rule, no screenshot, and is never cut up."""


Reason = tuple[str, dict[str, object]]
"""The name of a sentence of plan.toml, and its values."""


@dataclass(frozen=True)
class PagePlan:
    """The decision for one page.

    `scale` is the reduction (1.0 keeps the pixels) and `size` that of the page if it goes in whole;
    `piece_ratio` is None for that, else how long a piece may be as a multiple of the shorter side.
    `piece_side`, where given, is how long either side of a piece may be instead, in pixels of the page.
    `why` names a sentence of plan.toml with its values; `more` are others that are true of it as well.
    """

    size: Size
    scale: float
    piece_ratio: float | None
    why: Reason
    piece_side: int | None = None
    more: tuple[Reason, ...] = ()

    def note(self, pieces: int = 1) -> Text:
        """Give the reason as a sentence, `pieces` being the number the page was cut into."""
        key, values = self.why
        return say(f"plan.{key}", count=pieces, **values)

    def notes(self, pieces: int = 1) -> list[Text]:
        """Give the reason and what else a person should know of the decision."""
        return [self.note(pieces), *(say(f"plan.{key}", **values) for key, values in self.more)]


def plan_page(
    size: Size,
    smallest: float | None,
    recipe: Recipe,
    *,
    inside: float | None = None,
    sizes: Sequence[tuple[float, float]] = (),
) -> PagePlan:
    """Decide the size of a page of `size` pixels whose smallest text is `smallest` px per em (None: no text).

    `inside` is the height of small paragraphs in pictures on it: previews, figures, pasted pages. They are
    kept at `INSIDE_PX` where one image can afford that. `sizes` are the heights of all of its text, each with
    its number of characters: what is set smaller than `smallest` is told where it becomes unreadable.
    Raises PageTooLargeError for a side ratio that no model takes, unless the page may be cut up.
    """
    plan = _plan(size, smallest, recipe, inside)
    return replace(plan, more=(*plan.more, *_finer(plan, size, smallest, sizes, recipe)))


def _plan(size: Size, smallest: float | None, recipe: Recipe, inside: float | None) -> PagePlan:
    if recipe.long_side != "auto":
        return _as_asked(size, smallest, recipe.long_side, recipe)
    if smallest is None:
        return _without_text(size, recipe)
    plan = _automatic(size, smallest, recipe)
    return plan if inside is None else _with_pictures(plan, size, inside, recipe)


def _finer(
    plan: PagePlan,
    size: Size,
    smallest: float | None,
    sizes: Sequence[tuple[float, float]],
    recipe: Recipe,
) -> tuple[Reason, ...]:
    """Tell of the little text below the smallest that counts, where the reduction makes it unreadable."""
    limit = UNREADABLE_PX / plan.scale
    lost = [(em, count) for em, count in sizes if UNREADABLE_PX <= em < min(limit, smallest or 0.0)]
    characters = sum(count for _, count in lost)
    if characters < FEWEST_CHARACTERS:
        return ()
    least = min(em for em, _ in lost)
    values: dict[str, object] = {"characters": round(characters), "height": least * plan.scale}
    if plan.piece_ratio is not None:
        return (("finer_in_pieces", values),)
    needed = smallest_readable_long_side(size, least, recipe.family)
    return (("finer", {**values, "needed": needed}),)


def piece_size(piece: Size, plan: PagePlan, family: str) -> Size:
    """Give the size at which a piece of a cut-up page is to be sent; never larger than it is."""
    factor = get_family(family).factor
    long_side = math.ceil(max(piece) * plan.scale / factor) * factor
    return fit_long_side(piece, long_side=max(min(long_side, max(piece)), factor), family=family)


def second_look_wanted(verdict: str | None, recipe: Recipe) -> bool:
    """Tell whether a page of this quality verdict is to be sent twice."""
    return recipe.second_look == "always" or (recipe.second_look == "low-quality" and verdict == "poor")


def _as_asked(size: Size, smallest: float | None, long_side: int, recipe: Recipe) -> PagePlan:
    target = fit_long_side(size, long_side=long_side, family=recipe.family)
    if smallest is None:
        return _whole(target, size, "no_text", long_side=max(target))
    height = _height_at(max(target), size, smallest)
    if height >= READABLE_PX:
        return _readable(target, size, height)
    if smallest < READABLE_PX:
        return _whole(target, size, "too_small_at_source", height=smallest)
    needed = smallest_readable_long_side(size, smallest, recipe.family)
    key = "unreadable_needs_split" if _splits(size, needed, recipe) else "unreadable_as_asked"
    return _whole(target, size, key, long_side=long_side, height=height, needed=needed)


def _without_text(size: Size, recipe: Recipe) -> PagePlan:
    if recipe.split and _is_long(size, TEXTLESS_RATIO):
        short = round(USUAL_LONG_SIDE * min(size) / max(size))
        return _cut_up(size, 0.0, recipe, "split_long", {"short": short})
    target = fit_long_side(size, long_side=USUAL_LONG_SIDE, family=recipe.family)
    return _whole(target, size, "no_text", long_side=max(target))


def _automatic(size: Size, smallest: float, recipe: Recipe) -> PagePlan:
    needed = max(smallest_readable_long_side(size, smallest, recipe.family), USUAL_LONG_SIDE)
    at_usual = _height_at(min(USUAL_LONG_SIDE, max(size)), size, smallest)
    if _splits(size, needed, recipe):
        if not recipe.split:
            return _within_budget(size, smallest, recipe)
        scale = max(needed / max(size), min(1.0, READABLE_PX / smallest))  # `needed` ends at what fits whole
        plan = _cut_up(size, scale, recipe, *_why_cut(size, needed, at_usual, recipe))
        small: Reason = ("too_small_at_source", {"height": smallest})
        return replace(plan, more=(small,)) if smallest < READABLE_PX else plan
    target = fit_long_side(size, long_side=needed, family=recipe.family)
    if smallest < READABLE_PX:
        return _whole(target, size, "too_small_at_source", height=smallest)
    if max(target) > USUAL_LONG_SIDE:
        key = "larger_than_usual"
        return _whole(target, size, key, long_side=max(target), usual=USUAL_LONG_SIDE, height=at_usual)
    return _readable(target, size, at_usual)


def _why_cut(size: Size, needed: int, at_usual: float, recipe: Recipe) -> Reason:
    """Say why a page can't go in as one image: for its length, or for its cost."""
    if _is_long(size):
        return "split", {"height": at_usual, "long_side": USUAL_LONG_SIDE}
    target = fit_long_side(size, long_side=needed, family=recipe.family)
    tokens = visual_tokens(target, recipe.family)
    return "split_for_tokens", {"long_side": max(target), "tokens": tokens, "most": MAX_TOKENS}


def _with_pictures(plan: PagePlan, size: Size, inside: float, recipe: Recipe) -> PagePlan:
    """Enlarge a page that goes in whole until text inside its pictures can be made out.

    That text is rarely what a question is about, so that it is not worth cutting the page up.
    """
    height = seen_height(size, plan.size, inside)
    needed = max(size) * INSIDE_PX / inside
    if plan.piece_ratio is not None or height >= INSIDE_PX or needed > max(size):
        return plan
    row = get_family(recipe.family)
    target = fit_long_side(size, long_side=math.ceil(needed / row.factor) * row.factor, family=row)
    if visual_tokens(target, row) > MAX_TOKENS:
        return plan
    return _whole(target, size, "larger_for_pictures", long_side=max(target), height=height)


def _within_budget(size: Size, smallest: float, recipe: Recipe) -> PagePlan:
    target = fit_visual_tokens(size, tokens=MAX_TOKENS, family=recipe.family)
    height = _height_at(max(target), size, smallest)
    return _whole(target, size, "budget_reached", height=height, long_side=max(target), tokens=MAX_TOKENS)


def _readable(target: Size, size: Size, height: float) -> PagePlan:
    if max(target) >= max(size):
        return _whole(target, size, "kept", width=target[0], height=target[1])
    return _whole(target, size, "readable_at", long_side=max(target), height=height)


def _whole(target: Size, size: Size, key: str, /, **values: object) -> PagePlan:
    return PagePlan(target, max(target) / max(size), None, (key, values))


def _splits(size: Size, needed: int, recipe: Recipe) -> bool:
    """Tell whether a page that needs the long side `needed` is too long, or too costly, to go in whole."""
    if needed <= USUAL_LONG_SIDE or min(size) < MIN_PIECE_SIDE:
        return False
    if _is_long(size):
        return True
    target = fit_long_side(size, long_side=needed, family=recipe.family)
    return visual_tokens(target, recipe.family) > MAX_TOKENS


def _is_long(size: Size, ratio: float = LONG_RATIO) -> bool:
    long_enough = max(size) > USUAL_LONG_SIDE and min(size) >= MIN_PIECE_SIDE
    return long_enough and max(size) / min(size) > ratio


def _cut_up(size: Size, needed: float, recipe: Recipe, key: str, values: dict[str, object]) -> PagePlan:
    """Cut a page that must keep the scale `needed`; pieces of a long one are shown larger where that is free.

    A piece has the shape of a phone screen or a page, unless it would take more than the tokens of one image.
    """
    affordable = MAX_TOKENS * get_family(recipe.family).factor ** 2 / max(1.0, min(size) * needed) ** 2
    ratio = max(LEAST_RATIO, min(PIECE_RATIO, affordable))
    roomy = USUAL_LONG_SIDE / (ratio * min(size)) if _is_long(size) else 0.0
    scale = min(1.0, max(needed, roomy))
    tile = None
    if affordable < LEAST_RATIO:  # even the lowest strips would cost too much: tiles, in rows
        tile = int(MAX_TOKENS**0.5 * get_family(recipe.family).factor / scale)
    return PagePlan(size, scale, ratio, (key, values), tile)


def _height_at(long_side: int, size: Size, smallest: float) -> float:
    return smallest * long_side / max(size)
