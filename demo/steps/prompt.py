"""Step 3, Prompt: task, region and format, with a live view of exactly what will be sent."""

from typing import Any

import gradio as gr

from demo import questions
from demo.cards import card, parts_of
from demo.context import Step, Updates, action_html, explain, html, label, read_action
from demo.session import Session
from demo.views import view
from demo.words import say
from demo.work import Question
from toolkit.texts import Language

REGIONS = ("whole", "area", "box")


class PromptStep(Step):
    """The three parts on the left, the preview on the right."""

    def build(self) -> None:
        """Make the components."""
        with gr.Row(equal_height=False, elem_classes="vp-columns"):
            with gr.Column(scale=5, min_width=320, elem_classes="vp-panel"):
                self.lead = html()
                self._build_parts()
            with gr.Column(scale=7, min_width=320, elem_classes="vp-panel vp-results"):
                self.preview = html(elem_id="vp-preview")
                with gr.Row(elem_classes="vp-actions vp-actions-end"):
                    self.back = gr.Button(label("order.back"))
                    self.next = gr.Button(label("prompt.next"), variant="primary", elem_id="vp-next-ask")

    def _build_parts(self) -> None:
        context = self.context
        self.task = gr.Dropdown([], label=label("prompt.task"), filterable=False, elem_id="vp-task")
        self.words = gr.Textbox(lines=2, max_lines=8, max_length=questions.MAX_QUESTION, elem_id="vp-words")
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
        self.fields = gr.Textbox(
            lines=3,
            max_lines=12,
            max_length=4000,
            label=label("prompt.fields"),
            placeholder=label("prompt.fields_hint"),
        )
        self.language = gr.Radio(
            [("中文", "zh"), ("English", "en")], label=label("prompt.language"), elem_classes="vp-inline"
        )

    @property
    def outputs(self) -> list[Any]:
        """The components that `show` speaks of."""
        return [
            self.lead, self.task, self.words, self.region, self.areas, self.image, self.draw, self.format,
            self.fields, self.language, self.preview, self.next,
        ]  # fmt: skip

    @property
    def given(self) -> list[Any]:
        """The components that make a question, in the order in which `change` takes them."""
        return [
            self.task,
            self.words,
            self.region,
            self.areas,
            self.image,
            self.format,
            self.fields,
            self.language,
        ]

    def wire(self) -> None:
        """Tie the events."""
        context = self.context
        redrawn = [c for c in self.outputs if c not in (self.lead, self.next)]
        # Choices change with the task: a value that was sent just before is settled here, and is no error.
        raw = {"preprocess": False, "trigger_mode": "always_last"}
        # Not the menu's `input`, which comes twice for one choice, the second time with old values beside it.
        context.on(self.task.select, self.change, self.given, redrawn, **raw)
        for component in (self.region, self.areas, self.image, self.format, self.language):
            context.on(component.input, self.change, self.given, redrawn, **raw)
        for component in (self.words, self.fields):
            context.on(component.input, self.type, self.given, [self.preview], **raw)
        context.on(self.draw.input, self.mark, [], [self.draw, self.preview])
        context.go(self.back.click, "order")
        context.go(self.next.click, "ask")

    def change(self, request: gr.Request, *given: Any) -> Updates:
        """Take a choice, and offer what goes with it."""
        session = self.context.session(request)
        self._take(session, *given)
        shown = self.show(session)
        return {c: update for c, update in shown.items() if c not in (self.lead, self.next)}

    def type(self, request: gr.Request, *given: Any) -> Updates:
        """Take typed words; the fields themselves stay untouched, so that the cursor does too."""
        session = self.context.session(request)
        self._take(session, *given)
        return {self.preview: self._preview(session)}

    def mark(self, request: gr.Request, event: gr.EventData) -> Updates:
        """Take a box drawn on a picture."""
        session = self.context.session(request)
        act, image, corners = read_action(event)
        numbers = [float(part) for part in corners.split(",") if part.strip().isdigit()]
        if act == "box" and image.isdigit() and len(numbers) == 4:
            session.work.question.box_image = int(image)
            session.work.question.box = (numbers[0], numbers[1], numbers[2], numbers[3])
        return {self.draw: gr.update(value=self._drawing(session)), self.preview: self._preview(session)}

    def _take(
        self,
        session: Session,
        task: Any,
        words: Any,
        region: Any,
        areas: Any,
        image: Any,
        form: Any,
        fields: Any,
        lang: Any,
    ) -> None:
        old = session.work.question
        number = int(image) if str(image or "").isdigit() else 1
        session.work.question = Question(
            task=str(task or ""),
            region=region if region in REGIONS else "whole",
            areas=tuple(str(area) for area in areas or ()),
            box_image=number,
            box=old.box if number == old.box_image else None,
            format=str(form or "") if task == old.task else "",
            fields=str(fields or ""),
            text=str(words or ""),
            lang=None if lang == session.lang else "zh" if lang == "zh" else "en",
        )
        questions.settle(session.work.question, session.lang, self.context.able(session.lang))

    def show(self, session: Session) -> Updates:
        """Draw everything of a session."""
        able = self.context.able(session.lang)
        questions.settle(session.work.question, session.lang, able)
        q, lang = session.work.question, session.lang
        labels = [image.label for image in session.work.images]
        return {
            self.lead: view("lead", lang, step="prompt"),
            self.task: gr.update(choices=questions.task_choices(lang, able), value=q.task),
            self.words: words_box(q, lang),
            self.region: gr.update(value=q.region),
            self.areas: gr.update(value=list(q.areas), visible=q.region == "area"),
            self.image: gr.update(
                choices=[(str(n), n) for n in labels],
                value=q.box_image if q.box_image in labels else None,
                visible=q.region == "box" and len(labels) > 1,
            ),
            self.draw: gr.update(value=self._drawing(session), visible=q.region == "box"),
            self.format: gr.update(choices=questions.format_choices(q.task, lang), value=q.format),
            self.fields: gr.update(value=q.fields, visible=questions.takes_fields(q.task, q.format)),
            self.language: gr.update(value=q.lang or lang),
            self.preview: self._preview(session),
            self.next: gr.update(interactive=bool(labels)),
        }

    def _drawing(self, session: Session) -> str:
        work = session.work
        image = next((i for i in work.images if i.label == work.question.box_image), None)
        if image is None or work.sending is None or work.question.region != "box":
            return view("draw", session.lang, image=None, box=None, words="")
        box, words = work.question.box, say("messages.prompt.box_none")
        shown = None
        if box is not None:
            left, upper, right, lower = box
            words = say(
                "messages.prompt.box_at", left=left, upper=upper, right=right, lower=lower, label=image.label
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

    def _preview(self, session: Session) -> str:
        manifest, lang = session.work.sending, session.lang
        if manifest is None or not manifest.images:
            return view("missing", lang, expired=session.after_expiry)
        try:
            prompt = questions.compose(session.work.question, manifest, lang)
        except Exception as error:
            fault = explain(error).in_language(lang)
            return view("preview", lang, fault=fault, messages=[], notes=[], plain="", prompt_lang=lang)
        pictures = {
            image.label: card(image, manifest.folder, lang, part=part)
            for image, part in zip(manifest.images, parts_of(manifest.images), strict=True)
        }
        return view(
            "preview",
            lang,
            fault=None,
            messages=[_message(message, pictures) for message in prompt.messages],
            notes=[note.in_language(lang) for note in prompt.notes],
            plain=plain_text(prompt.messages),
            prompt_lang="zh-CN" if prompt.lang == "zh" else "en",
        )


def words_box(question: Question, lang: Language) -> Any:
    """Describe the field for a person's own words; hidden where the task needs none."""
    name = questions.input_of(question.task)
    if name is None:
        return gr.update(value=question.text, visible=False)
    key = f"messages.input.{name}"
    return gr.update(
        value=question.text,
        visible=True,
        label=say(key).in_language(lang),
        placeholder=say(f"{key}_hint").in_language(lang),
    )


def _message(message: dict[str, Any], pictures: dict[int, dict[str, Any]]) -> dict[str, Any]:
    """Group a message for the eye: each picture with the label that is sent before it, all in one grid."""
    groups: list[dict[str, Any]] = []
    before = ""
    for part in message["content"]:
        if part["type"] == "image":
            if not groups or "pictures" not in groups[-1]:
                groups.append({"pictures": []})
            groups[-1]["pictures"].append(pictures[part["image"].label] | {"before": before})
            before = ""
        else:
            if before:
                groups.append({"text": before})
            before = part["text"]
    if before:
        groups.append({"text": before})
    return {"role": message["role"], "groups": [{"pictures": [], "text": ""} | group for group in groups]}


def plain_text(messages: Any) -> str:
    """Write a prompt as plain text for the clipboard: images stand as [1], [2] …"""
    blocks = []
    for message in messages:
        parts = [
            f"[{part['image'].label}]" if part["type"] == "image" else part["text"]
            for part in message["content"]
        ]
        blocks.append("\n".join(parts))
    return "\n\n".join(blocks)
