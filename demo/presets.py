"""Presets: recipes that suit one kind of work each, with one line on what they do. A row is a preset."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from demo.words import say
from toolkit.recipe import Recipe
from toolkit.texts import Language

CUSTOM = "custom"
"""The choice that shows once a knob was turned by hand."""


@dataclass(frozen=True)
class Preset:
    """One preset: its name on the page and in sentences/documents.toml, and how it differs from `auto`."""

    name: str
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def recipe(self) -> Recipe:
        """The recipe that it stands for."""
        return Recipe(**self.values)


PRESETS: Mapping[str, Preset] = {
    preset.name: preset
    for preset in (
        Preset("auto"),
        Preset("1024", {"long_side": 1024}),
        # A Qwen developer names up to 2,048 tokens an image for OCR: A4 at this side takes 1,944 of Qwen3-VL.
        Preset("ocr", {"long_side": 1664, "dpi": 300, "scenario": "ocr"}),
        Preset("screenshot", {"split": True, "second_look": "never"}),
        Preset("compare", {"scenario": "compare", "second_look": "never"}),
        Preset("photo", {"second_look": "low-quality", "second_look_kind": "enlarged", "scenario": "ocr"}),
    )
}
"""In the order in which the page shows them."""


def preset_of(recipe: Recipe) -> str:
    """Name the preset that equals a recipe whatever the model family and what is kept, else `CUSTOM`."""
    own = Recipe(family=recipe.family, keep_pages=recipe.keep_pages, compress=recipe.compress)
    for preset in PRESETS.values():
        if {**own.to_dict(), **preset.values} == recipe.to_dict():
            return preset.name
    return CUSTOM


def preset_choices(lang: Language, *, custom: bool = False) -> list[tuple[str, str]]:
    """List the presets for a radio group: a title and its explanation, on a line each."""
    names = [*PRESETS, CUSTOM] if custom else list(PRESETS)
    return [(_words(name, lang), name) for name in names]


def _words(name: str, lang: Language) -> str:
    title, about = (say(f"documents.preset.{name}.{part}").in_language(lang) for part in ("title", "about"))
    return f"{title}\n{about}"
