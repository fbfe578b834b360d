"""What a grid shows, in words: which numbered picture is which page."""

from collections.abc import Sequence
from itertools import groupby

from prompts.images import GridPart, ImageRef
from prompts.neutral import one_line
from prompts.words import say
from toolkit.page_ranges import number_runs
from toolkit.texts import Language


def describe_grid(grid: ImageRef, name: str, lang: Language) -> str:
    """Say of how many pictures a grid is, how they are numbered, and where each comes from.

    `name` is what the grid itself is called: "image 2", 图2.
    """
    parts = [_part(list(group), lang) for _, group in groupby(grid.parts, key=lambda part: part.title)]
    listed = say("grids.separator").in_language(lang).join(part for part in parts if part)
    key = "grids.grid_of" if listed else "grids.grid"
    first, last = grid.parts[0].label, grid.parts[-1].label
    values = {"images": name, "count": len(grid.parts), "first": first, "last": last, "parts": listed}
    return say(key, **values).in_language(lang)


def _part(members: Sequence[GridPart], lang: Language) -> str:
    title = one_line(members[0].title, 80)
    if not title:
        return ""
    kind = "title" if any(part.page is None for part in members) else "page"
    number = "one" if len(members) == 1 else "many"
    comma = say("grids.comma").in_language(lang)
    values = {"labels": comma.join(number_runs(part.label for part in members)), "title": title}
    pages = comma.join(number_runs(part.page for part in members if part.page is not None))
    return say(f"grids.{kind}.{number}", **values, pages=pages).in_language(lang)
