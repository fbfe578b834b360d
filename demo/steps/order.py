"""Step 2, Order: a scenario that suggests an order, and hands that change it."""

from typing import Any

import gradio as gr

from demo.cards import card, parts_of, summary
from demo.context import Step, Updates, action_html, html, label, read_action
from demo.session import Session
from demo.views import view
from demo.words import say
from demo.work import Arrangement, Work
from toolkit.manifest import ImageRecord
from toolkit.texts import Language, Text

SCENARIOS = ("none", "ocr", "compare", "diagnose", "locate")
ROLES = (
    "main", "reference", "detail", "second-look", "requirement", "source", "error", "scene", "close-up",
    "people",
)  # fmt: skip


class OrderStep(Step):
    """The scenarios above, the sending order as a strip, and one row for each image."""

    def build(self) -> None:
        """Make the components."""
        with gr.Column(elem_classes="vp-panel"):
            self.lead = html()
            self.missing = html(visible=False)
            with gr.Row(elem_classes="vp-order-head"):
                self.scenario = gr.Radio(
                    list(SCENARIOS),
                    value="none",
                    label=label("order.scenario"),
                    info=label("order.scenario_info"),
                    elem_classes="vp-inline",
                    elem_id="vp-scenario",
                )
                keys = {name: f"page.order.scenario_{name}" for name in SCENARIOS}
                self.context.choices(self.scenario, keys)
            self.list = action_html(elem_id="vp-order")
            with gr.Row(elem_classes="vp-actions vp-actions-end"):
                self.back = gr.Button(label("order.back"))
                self.reset = gr.Button(label("order.reset"))
                self.next = gr.Button(label("order.next"), variant="primary", elem_id="vp-next-prompt")

    @property
    def outputs(self) -> list[Any]:
        """The components that `show` speaks of."""
        return [self.lead, self.missing, self.scenario, self.list, self.reset, self.next]

    def wire(self) -> None:
        """Tie the events."""
        context = self.context
        changed = [self.scenario, self.list]
        context.on(self.scenario.input, self.suggest, [self.scenario], changed)
        context.on(self.list.input, self.change, [], changed)
        context.on(self.reset.click, self.start_over, [], changed)
        context.go(self.back.click, "documents")
        context.go(self.next.click, "prompt")

    def suggest(self, scenario: str, request: gr.Request) -> Updates:
        """Put the images in the order of a scenario."""
        session = self.context.session(request)
        arrange_by(session.work, scenario)
        return self._changed(session)

    def change(self, request: gr.Request, event: gr.EventData) -> Updates:
        """Do what a person did to one row."""
        session = self.context.session(request)
        act, arg, value = read_action(event)
        if arg.isdigit():
            change_row(session.work, act, int(arg), value)
        return self._changed(session)

    def start_over(self, request: gr.Request) -> Updates:
        """Give back the first order, with every image."""
        session = self.context.session(request)
        arrange_by(session.work, "none")
        return self._changed(session)

    def show(self, session: Session) -> Updates:
        """Draw everything of a session."""
        there = bool(session.work.manifest and session.work.manifest.images)
        return {
            self.lead: view("lead", session.lang, step="order"),
            self.missing: gr.update(
                value=view("missing", session.lang, expired=session.after_expiry), visible=not there
            ),
            self.scenario: gr.update(value=session.work.arrangement.scenario or "none", visible=there),
            self.list: gr.update(value=draw_order(session), visible=there),
            self.reset: gr.update(visible=there),
            self.next: gr.update(visible=there),
        }

    def _changed(self, session: Session) -> Updates:
        scenario = session.work.arrangement.scenario or "none"
        return {self.scenario: gr.update(value=scenario), self.list: gr.update(value=draw_order(session))}


def arrange_by(work: Work, scenario: str) -> None:
    """Order all prepared images by a scenario, "none" for the order in which they came. Raises UsageError."""
    if work.manifest is None:
        return
    arrangement = work.arrangement
    arrangement.by_hand = False
    before = list(arrangement.labels)
    images = work.manifest.images
    if scenario == "none":
        arrangement.scenario, arrangement.places = None, {}
        arrangement.labels = [image.label for image in images]
        arrangement.roles = {}
        _forget_moved_box(work, before)
        return
    from toolkit.order import plan_order

    places = plan_order(images, scenario)
    arrangement.scenario = scenario
    arrangement.labels = [place.label for place in places]
    arrangement.roles = {place.label: place.role for place in places}
    arrangement.places = {place.label: place for place in places}
    _forget_moved_box(work, before)


def _forget_moved_box(work: Work, before: list[int]) -> None:
    """A box was marked on the image of a number; after a new order it would lie on another picture."""
    if work.arrangement.labels != before:
        work.question.box = None


def change_row(work: Work, act: str, label: int, value: str) -> None:
    """Move, drop or rename one image; anything unknown changes nothing."""
    arrangement = work.arrangement
    if label not in arrangement.labels:
        return
    before = list(arrangement.labels)
    if act in ("up", "down"):
        arrangement.move(label, -1 if act == "up" else 1)
    elif act == "put" and value.isdigit():
        arrangement.put_before(label, int(value))
    elif act == "remove":
        arrangement.remove(label)
    elif act == "role" and value in ROLES:
        arrangement.roles[label] = value
        return
    arrangement.by_hand = True
    _forget_moved_box(work, before)


def draw_order(session: Session) -> str:
    """Draw the strip and the rows."""
    work, lang = session.work, session.lang
    manifest = work.manifest
    if manifest is None:
        return ""
    images = [manifest.image(number) for number in work.arrangement.labels]
    placed = enumerate(zip(images, parts_of(images), strict=True), 1)
    rows = [
        _row(work.arrangement, card(image, manifest.folder, lang, number, part), image, lang)
        for number, (image, part) in placed
    ]
    return view(
        "order",
        lang,
        images=rows,
        summary=summary(images, "cost").in_language(lang),
        why=_why(work).in_language(lang),
        removed=len(manifest.images) - len(images),
    )


def _row(
    arrangement: Arrangement, shown: dict[str, Any], image: ImageRecord, lang: Language
) -> dict[str, Any]:
    role = arrangement.roles.get(image.label, image.role)
    place = arrangement.places.get(image.label)
    ours = place is not None and place.role == role
    return shown | {
        "role": role,
        "roles": role_choices(role, lang),
        "role_words": role_words(role).in_language(lang),
        "reason": place.reason.in_language(lang) if place and ours else "",
        "guessed": bool(place and place.guessed and ours),
        "warnings": [text.in_language(lang) for text in place.warnings] if place else [],
    }


def role_choices(current: str, lang: Language) -> list[tuple[str, str]]:
    """List the roles an image can have, with their words; one of the visitor's own stands among them."""
    names = ROLES if current in ROLES else (*ROLES, current)
    return [(name, role_words(name).in_language(lang)) for name in names]


def role_words(role: str) -> Text:
    """Name a role for people."""
    return say(f"messages.role.{role}") if role in ROLES else Text(role, role)


def _why(work: Work) -> Text:
    if work.arrangement.by_hand:
        return say("messages.order.by_hand")
    scenario = work.arrangement.scenario
    return say(f"messages.scenario.{scenario}") if scenario else say("messages.order.as_they_came")
