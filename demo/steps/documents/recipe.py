"""How documents are to be prepared: presets, and every knob of a recipe behind a fold."""

from dataclasses import replace
from typing import Any

import gradio as gr

from demo.arranging import SCENARIOS
from demo.context import Context, Updates, label
from demo.presets import CUSTOM, PRESETS, preset_choices, preset_of
from demo.session import Session
from demo.words import say
from toolkit.families import DEFAULT_FAMILY, FAMILIES
from toolkit.recipe import Recipe
from toolkit.texts import Language

LOOKS = ("low-quality", "always", "never")
KINDS = ("copy", "enlarged")
SIDES = (1024, 1280, 1536, 1664, 2048, 2560, 3584)
COLUMNS = ("", "0", "2", "3", "4")


class RecipePart:
    """The fold with the presets, and inside it the fold with the knobs."""

    def __init__(self, context: Context) -> None:
        self.context = context

    def build(self) -> None:
        """Make the components."""
        with gr.Accordion(
            label("documents.more"), open=False, elem_classes="vp-fold", elem_id="vp-recipe"
        ) as self.fold:
            self.preset = gr.Radio(
                list(PRESETS), value="auto", label=label("documents.preset"), elem_classes="vp-explained",
                elem_id="vp-preset",
            )  # fmt: skip
            with gr.Accordion(label("documents.all"), open=False, elem_classes="vp-fold", elem_id="vp-knobs"):
                self._build_size()
                self._build_looks()
                self._build_rest()

    def _build_size(self) -> None:
        self.size = gr.Dropdown(
            ["auto", *map(str, SIDES)],
            value="auto",
            allow_custom_value=True,
            label=label("documents.long_side"),
            info=label("documents.long_side_info"),
            elem_id="vp-long-side",
        )
        self.context.choices(self.size, _side_choices)
        self.family = gr.Dropdown(
            list(FAMILIES),
            value=DEFAULT_FAMILY,
            label=label("documents.family"),
            info=label("documents.family_info"),
        )
        self.dpi = gr.Slider(72, 600, value=300, step=1, label=label("documents.dpi"))

    def _build_looks(self) -> None:
        self.look = gr.Radio(
            list(LOOKS),
            value="low-quality",
            label=label("documents.second_look"),
            info=label("documents.second_look_info"),
        )
        self.context.choices(self.look, {v: f"page.documents.second_look_{v}" for v in LOOKS})
        self.kind = gr.Radio(list(KINDS), value="copy", label=label("documents.second_look_kind"))
        self.context.choices(self.kind, {v: f"page.documents.second_look_kind_{v}" for v in KINDS})

    def _build_rest(self) -> None:
        self.merge = gr.Dropdown(
            list(COLUMNS), value="", label=label("documents.merge"), info=label("documents.merge_info")
        )
        self.context.choices(self.merge, {v: f"page.documents.merge_{v or 'none'}" for v in COLUMNS})
        self.scenario = gr.Dropdown(list(SCENARIOS), value="none", label=label("documents.scenario"))
        self.context.choices(self.scenario, {v: f"page.order.scenario_{v}" for v in SCENARIOS})
        self.split = gr.Checkbox(value=True, label=label("documents.split"))
        self.keep = gr.Checkbox(value=False, label=label("documents.keep_pages"))
        self.small = gr.Checkbox(value=False, label=label("documents.compress"))

    @property
    def knobs(self) -> list[Any]:
        """The components that make a recipe, in the order in which `read_recipe` takes them."""
        return [
            self.size, self.family, self.dpi, self.look, self.kind, self.split, self.keep, self.merge,
            self.scenario, self.small,
        ]  # fmt: skip

    @property
    def outputs(self) -> list[Any]:
        """The components that `show` speaks of."""
        return [self.fold, self.preset, *self.knobs]

    def wire(self) -> None:
        """Tie the events."""
        on = self.context.on
        on(self.preset.input, self.choose, [self.preset], self.outputs)
        raw = {"preprocess": False, "trigger_mode": "always_last"}
        for knob in self.knobs:
            event = knob.release if knob is self.dpi else knob.input
            on(event, self.turn, self.knobs, [self.fold, self.preset], **raw)

    def choose(self, preset: str, request: gr.Request) -> Updates:
        """Take a preset: all knobs turn to it; what goes by the model and the ZIP stays."""
        session = self.context.session(request)
        if preset in PRESETS:
            old = session.work.recipe
            session.work.recipe = replace(
                PRESETS[preset].recipe,
                family=old.family,
                keep_pages=old.keep_pages,
                compress=old.compress,
            )
        return self.show(session)

    def turn(self, request: gr.Request, *given: Any) -> Updates:
        """Take a knob that was turned by hand."""
        session = self.context.session(request)
        session.work.recipe = read_recipe(*given)
        return self._head(session)

    def show(self, session: Session) -> Updates:
        """Draw the recipe that a session has chosen."""
        recipe = session.work.recipe
        values = [
            str(recipe.long_side), recipe.family, recipe.dpi, recipe.second_look, recipe.second_look_kind,
            recipe.split, recipe.keep_pages, "" if recipe.merge is None else str(recipe.merge),
            recipe.scenario or "none", recipe.compress == "small",
        ]  # fmt: skip
        drawn = {knob: gr.update(value=value) for knob, value in zip(self.knobs, values, strict=True)}
        return {**drawn, **self._head(session)}

    def _head(self, session: Session) -> Updates:
        lang, name = session.lang, preset_of(session.work.recipe)
        title = say(f"documents.preset.{name}.title").in_language(lang)
        words = say("documents.recipe_is", preset=title).in_language(lang)
        return {
            self.fold: gr.update(label=words),
            self.preset: gr.update(choices=preset_choices(lang, custom=name == CUSTOM), value=name),
        }


def _side_choices(lang: Language) -> list[tuple[str, Any]]:
    pixels = [(say("documents.pixels", side=side).in_language(lang), str(side)) for side in SIDES]
    return [(say("documents.preset.auto.title").in_language(lang), "auto"), *pixels]


def _whole(given: Any) -> int:
    """Read a number that a program may have sent as anything; 0, which no recipe takes, for what is none."""
    try:
        return int(given)
    except (TypeError, ValueError, OverflowError):
        return 0


def read_recipe(
    size: str,
    family: str,
    dpi: float,
    look: Any,
    kind: Any,
    split: bool,
    keep: bool,
    merge: str | None = "",
    scenario: Any = "none",
    small: bool = False,
) -> Recipe:
    """Make a recipe of what a person chose. Raises UsageError for what the page doesn't offer."""
    return Recipe(
        dpi=_whole(dpi),
        long_side=_side(size),
        family=str(family),
        second_look=str(look),  # type: ignore[arg-type]
        second_look_kind=str(kind),  # type: ignore[arg-type]
        split=bool(split),
        keep_pages=bool(keep),
        merge=_whole(merge) or None,
        scenario=None if scenario in (None, "", "none") else str(scenario),  # type: ignore[arg-type]
        compress="small" if small else "fast",
    )


def _side(size: str) -> Any:
    """A number as people type it, "1,280" or "1280 px"; anything else is left for the recipe to refuse."""
    text = str(size).strip().lower().removesuffix("px").removesuffix("像素").strip().replace(",", "")
    return int(text) if text.isdecimal() and len(text) < 7 else text or "auto"
