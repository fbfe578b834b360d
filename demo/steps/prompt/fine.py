"""The fold of step 3 for those who want more say: where to look, what comes back, in which language."""

from collections.abc import Callable
from typing import Any

import gradio as gr

from demo import questions
from demo.asking import Question
from demo.cards import card
from demo.context import Context, Updates, action_html, label, read_action
from demo.session import Session
from demo.views import view
from demo.words import say
from toolkit.texts import Language

REGIONS = ("whole", "area", "box")


class FineParts:
    """Region, format, fields and language. Each control settles its own part of the question."""

    def __init__(self, context: Context) -> None:
        self.context = context

    def build(self) -> None:
        """Make the components."""
        context = self.context
        with gr.Accordion(label("prompt.fine"), open=False, elem_classes="vp-fold", elem_id="vp-fine"):
            self.region = gr.Radio(
                list(REGIONS), value="whole", label=label("prompt.region"), elem_classes="vp-inline"
            )
            context.choices(self.region, {name: f"page.prompt.region_{name}" for name in REGIONS})
            self.areas = gr.Dropdown([], multiselect=True, label=label("prompt.area"), visible=False)
            context.choices(self.areas, questions.area_choices)
            self.image = gr.Dropdown([], label=label("prompt.box_image"), visible=False)
            self.draw = action_html(visible=False, elem_id="vp-draw")
            self.format = gr.Radio(
                [], label=label("prompt.format"), elem_classes="vp-inline", elem_id="vp-format"
            )
            self.fields = action_html("form", visible=False, elem_id="vp-fields")
            self.language = gr.Radio(
                [("中文", "zh"), ("English", "en")], label=label("prompt.language"), elem_classes="vp-inline"
            )

    @property
    def outputs(self) -> list[Any]:
        """The components that `show` speaks of."""
        return [self.region, self.areas, self.image, self.draw, self.format, self.fields, self.language]

    def wire(self, redraw: Callable[..., Updates], outputs: list[Any]) -> None:
        """Tie the events; `redraw(session, *untouched)` draws the step after a change."""
        # Choices change with the task: a value that was sent just before is settled here, and is no error.
        raw = {"preprocess": False, "trigger_mode": "always_last"}
        takers = {
            self.region: self.take_region,
            self.areas: self.take_areas,
            self.image: self.take_image,
            self.format: self.take_format,
            self.language: self.take_language,
        }
        for component, take in takers.items():
            handler = _taking(self.context, take, redraw, component)
            left = [one for one in outputs if one is not component]
            self.context.on(component.input, handler, [component], left, **raw)

        def mark(request: gr.Request, event: gr.EventData) -> Updates:
            session = self.context.session(request)
            self.take_box(session, *read_action(event))
            return redraw(session)

        def name_fields(request: gr.Request, event: gr.EventData) -> Updates:
            session = self.context.session(request)
            act, _, value = read_action(event, questions.MAX_QUESTION)
            if act == "fill":
                take_fields(session.work.question, value)
            return redraw(session, self.fields)

        self.context.on(self.draw.input, mark, [], outputs)
        typed = [one for one in outputs if one is not self.fields]
        self.context.on(self.fields.input, name_fields, [], typed, trigger_mode="always_last")

    def take_region(self, session: Session, given: Any) -> None:
        """Take where to look."""
        session.work.question.region = given if given in REGIONS else "whole"

    def take_areas(self, session: Session, given: Any) -> None:
        """Take the named parts of the page that are known."""
        from prompts import AREAS

        wanted = given if isinstance(given, list) else []
        session.work.question.areas = tuple(area for area in map(str, wanted[:50]) if area in AREAS)

    def take_image(self, session: Session, given: Any) -> None:
        """Take the image that the box is on; a box of another image goes."""
        question, number = session.work.question, int(given) if str(given or "").isdigit() else 1
        question.box = question.box if number == question.box_image else None
        question.box_image = number

    def take_format(self, session: Session, given: Any) -> None:
        """Take what is to come back."""
        session.work.question.format = str(given or "")[:40]

    def take_language(self, session: Session, given: Any) -> None:
        """Take the prompt's language; the page's own is no choice, so that it follows the switch."""
        chosen: Language = "zh" if given == "zh" else "en"
        session.work.question.lang = None if chosen == session.lang else chosen

    def take_box(self, session: Session, act: str, image: str, corners: str) -> None:
        """Take a box drawn on a picture."""
        numbers = [float(part) for part in corners.split(",") if part.strip().isdigit()]
        if act == "box" and image.isdigit() and len(numbers) == 4:
            session.work.question.box_image = int(image)
            session.work.question.box = (numbers[0], numbers[1], numbers[2], numbers[3])

    def show(self, session: Session) -> Updates:
        """Draw the parts of a settled question."""
        q, lang = session.work.question, session.lang
        labels = [image.label for image in session.work.images]
        return {
            self.region: gr.update(value=q.region),
            self.areas: gr.update(value=list(q.areas), visible=q.region == "area"),
            self.image: gr.update(
                choices=[(str(n), n) for n in labels],
                value=q.box_image if q.box_image in labels else None,
                visible=q.region == "box" and len(labels) > 1,
            ),
            self.draw: gr.update(value=drawing(session), visible=q.region == "box"),
            self.format: gr.update(choices=questions.format_choices(q.task, lang), value=q.format),
            self.fields: gr.update(
                value=fields_box(session), visible=questions.takes_fields(q.task, q.format)
            ),
            self.language: gr.update(value=q.lang or lang),
        }


def _taking(
    context: Context, take: Callable[[Session, Any], None], redraw: Callable[..., Updates], component: Any
) -> Callable[..., Updates]:
    def change(given: Any, request: gr.Request) -> Updates:
        session = context.session(request)
        take(session, given)
        return redraw(session, component)

    change.__name__ = take.__name__
    return change


def take_fields(question: Question, typed: str) -> None:
    """Take the values to find as they are typed; an empty field asks for the usual ones."""
    question.fields, question.named = typed, ()


def fields_box(session: Session) -> str:
    """Draw the field for the values to find."""
    lang = session.lang
    said = {key: say(f"page.prompt.{key}").in_language(lang) for key in ("fields", "fields_hint")}
    value = session.work.question.fields or "\n".join(questions.names_of(session.work.question))
    return view(
        "textbox", lang, name="fields", rows=3, value=value, label=said["fields"], hint=said["fields_hint"]
    )


def drawing(session: Session) -> str:
    """Draw the picture to mark, with the box that is marked."""
    work = session.work
    image = next((i for i in work.images if i.label == work.question.box_image), None)
    if image is None or work.sending is None or work.question.region != "box":
        return view("draw", session.lang, image=None, box=None, words="")
    box, words = work.question.box, say("messages.prompt.box_none")
    shown = None
    if box is not None:
        left, upper, right, lower = box
        words = say(
            "messages.prompt.box_at",
            left=round(left),
            upper=round(upper),
            right=round(right),
            lower=round(lower),
            label=image.label,
        )
        shown = {
            "corners": ",".join(f"{n:g}" for n in box),
            "left": 100 * left / image.width,
            "top": 100 * upper / image.height,
            "width": 100 * (right - left) / image.width,
            "height": 100 * (lower - upper) / image.height,
        }
    picture = card(image, work.sending.folder, session.lang)
    return view("draw", session.lang, image=picture, box=shown, words=words.in_language(session.lang))
