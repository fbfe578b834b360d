"""The same job for programs: named, typed, described endpoints beside the page's own events.

Each client (`gradio_client.Client`, a tab) has a session of its own, and calls the
endpoints one after another: prepare, order, build_prompt, ask.
"""

import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import gradio as gr

from demo import answering, questions, uploads
from demo.answers import Answer
from demo.arranging import ROLES, SCENARIOS, arrange_by, start_over
from demo.context import Context, guarded
from demo.preparing import prepare_uploads
from demo.session import Session
from demo.steps.documents import LOOKS, read_recipe
from demo.work import Question
from toolkit.families import DEFAULT_FAMILY, FAMILIES
from toolkit.manifest import Manifest
from toolkit.texts import Language


class Api:
    """Lays out components that nobody sees, one for each argument, and ties the endpoints to them."""

    def __init__(self, context: Context) -> None:
        self.context = context

    def build(self) -> None:
        """Make components and endpoints."""
        with gr.Column(visible=False):
            self._build_prepare()
            self._build_order()
            self._build_question()

    def _build_prepare(self) -> None:
        files = gr.File(file_count="multiple", label="files")
        size = gr.Textbox("auto", label="long_side")
        family = gr.Dropdown(list(FAMILIES), value=DEFAULT_FAMILY, label="family")
        dpi = gr.Slider(72, 600, value=300, step=1, label="dpi")
        look = gr.Radio(list(LOOKS), value="low-quality", label="second_look")
        password = gr.Textbox(label="password", max_length=512)
        options = {"concurrency_id": "prepare"}
        self._endpoint("prepare", self.prepare, [files, size, family, dpi, look, password], **options)

    def _build_order(self) -> None:
        scenario = gr.Radio(list(SCENARIOS), value="none", label="scenario")
        labels = gr.JSON(label="labels", value=[])
        roles = gr.JSON(label="roles", value={})
        self._endpoint("order", self.order, [scenario, labels, roles])

    def _build_question(self) -> None:
        given = [
            gr.Textbox("read-text", label="task"),
            gr.Textbox("whole", label="region"),
            gr.Textbox("", label="format"),
            gr.Textbox("", label="words", max_length=questions.MAX_QUESTION),
            gr.Textbox("", label="fields"),
            gr.Radio(["en", "zh"], value="en", label="language"),
        ]
        self._endpoint("build_prompt", self.build_prompt, given)
        self._endpoint("ask", self.ask, given, concurrency_id="ask")

    def _endpoint(self, name: str, handler: Callable[..., Any], inputs: list[Any], **options: Any) -> None:
        trigger = gr.Button(visible=False)
        trigger.click(
            guarded(self.context, handler),
            inputs,
            gr.JSON(label="result"),
            api_name=name,
            show_progress="hidden",
            **options,
        )

    def prepare(
        self,
        files: list[str] | None,
        long_side: str,
        family: str,
        dpi: float,
        second_look: str,
        password: str,
        request: gr.Request,
    ) -> Iterator[dict[str, Any]]:
        """Prepare PDFs and images for a vision-language model.

        Args:
            files: PDF or image files, uploaded first.
            long_side: the longer side in pixels, or "auto" for the smallest that keeps the text readable.
            family: the model family, which decides sizes and visual tokens.
            dpi: dots per inch of the full-size page.
            second_look: send a page twice: "low-quality", "always" or "never".
            password: opens encrypted PDFs.

        Returns:
            While it works {"done", "total"}; at the end the manifest: images in sending order with size,
            tokens, role and placement, and what failed.
        """
        session, limits = self.context.session(request), self.context.settings.limits
        session.work.uploads.clear()
        left_out = uploads.add_files(session, files or [], limits.max_files)
        recipe = read_recipe(long_side, family, dpi, second_look, "copy", True, False)
        touch = partial(self.context.store.touch, session)
        for news in prepare_uploads(session, recipe, password, limits, touch):
            yield {"done": news.done, "total": news.total}
        yield described(session) | {"left_out": left_out}

    def order(self, scenario: str, labels: Any, roles: Any, request: gr.Request) -> dict[str, Any]:
        """Put the prepared images in order, by a scenario or by hand.

        Args:
            scenario: "ocr", "compare", "diagnose", "locate", or "none" for the order in which they came.
            labels: numbers of the prepared images in the order wanted; the scenario's order if empty.
            roles: a role for each number, such as {"1": "reference"}.

        Returns:
            The manifest in sending order, and the reason for each place.
        """
        session = self.context.session(request)
        start_over(session.work)
        arrange_by(session.work, scenario)
        arrange_by_hand(session, labels, roles)
        places = session.work.arrangement.places
        reasons = [
            {"label": label, "reason": places[label].reason.en if label in places else ""}
            for label in session.work.arrangement.labels
        ]
        return described(session) | {"places": reasons}

    def build_prompt(
        self, task: str, region: str, form: str, words: str, fields: str, language: str, request: gr.Request
    ) -> dict[str, Any]:
        """Build the prompt for the prepared images.

        Args:
            task: such as "read-text", "table" or "extract-fields".
            region: "whole", "area:header,footer", or "box:10,20,300,400@2" in pixels of image 2.
            format: such as "text", "json" or "boxes"; the task's own if empty.
            words: what the task needs in your own words, such as the question.
            fields: values to find, one a line.
            language: of the prompt, "en" or "zh".

        Returns:
            The messages in sending order; an image stands as its number.
        """
        session = self.context.session(request)
        prompt, _ = self._composed(session, task, region, form, words, fields, language)
        return {"task": prompt.task, "format": prompt.format.name, "messages": _messages(prompt)}

    def ask(
        self, task: str, region: str, form: str, words: str, fields: str, language: str, request: gr.Request
    ) -> Iterator[dict[str, Any]]:
        """Ask the page's engine about the prepared images; arguments as for build_prompt.

        Args:
            task: such as "read-text", "table" or "extract-fields".
            region: "whole", "area:header,footer", or "box:10,20,300,400@2" in pixels of image 2.
            format: such as "text", "json" or "boxes"; the task's own if empty.
            words: what the task needs in your own words, such as the question.
            fields: values to find, one a line.
            language: of the prompt, "en" or "zh".

        Returns:
            The text as it comes; at the end also whether it has the form asked for, its faults, its value,
            and the places it names on the original pages.
        """
        session = self.context.session(request)
        prompt, manifest = self._composed(session, task, region, form, words, fields, language)
        touch = partial(self.context.store.touch, session)
        for text in answering.ask(self.context.engine, session, prompt, manifest, touch):
            yield {"text": text, "done": False}
        yield answered(session.work.answer)

    def _composed(
        self, session: Session, task: str, region: str, form: str, words: str, fields: str, language: str
    ) -> tuple[Any, Manifest]:
        from prompts.tasks import get_task

        lang: Language = "zh" if language == "zh" else "en"
        form = form or get_task(task).formats[0]
        question = Question(task=task, format=form, text=words, fields=fields, lang=lang, written=region)
        manifest = session.work.sending
        if manifest is None or not manifest.images:
            raise questions.QuestionError("missing.images_first")
        session.work.question = question
        return questions.compose(question, manifest, lang), manifest


def arrange_by_hand(session: Session, labels: Any, roles: Any) -> None:
    """Take an order and roles that a program gave. Raises QuestionError for an image that is not there."""
    arrangement = session.work.arrangement
    there = set(arrangement.labels)
    wanted = [int(label) for label in labels or [] if str(label).isdigit()]
    named = {int(label): str(role) for label, role in dict(roles or {}).items() if str(label).isdigit()}
    for label in (*wanted, *named):
        if label not in there:
            allowed = ", ".join(str(one) for one in sorted(there)) or "–"
            raise questions.QuestionError("order.no_such", number=label, allowed=allowed)
    if wanted:
        arrangement.labels = list(dict.fromkeys(wanted))
        arrangement.by_hand = True
    arrangement.roles |= {label: role for label, role in named.items() if role in ROLES}


def described(session: Session) -> dict[str, Any]:
    """Give a session's manifest in sending order as plain data; it names no path of this machine."""
    manifest = session.work.sending
    if manifest is None:
        return {"images": [], "failures": []}
    plain: dict[str, Any] = json.loads(manifest.to_json())
    return plain | {"tokens": manifest.tokens}


def answered(answer: Answer | None) -> dict[str, Any]:
    """Give a finished answer as plain data."""
    if answer is None:
        return {"text": "", "done": True, "ok": False}
    pages = [
        {
            "file": page.source.file,
            "page": page.source.page,
            "unit": page.source.unit,
            "places": [{"text": m.text, "label": m.label, "box": list(m.box)} for m in page.marks],
        }
        for page in answer.pages
    ]
    checked = answer.checked
    return {
        "text": answer.result.text,
        "done": True,
        "stop_reason": answer.result.stop_reason,
        "ok": checked.ok,
        "faults": [fault.en for fault in checked.faults],
        "value": checked.value,
        "header": list(checked.header),
        "rows": [list(row) for row in checked.rows],
        "pages": pages,
    }


def _messages(prompt: Any) -> list[dict[str, Any]]:
    return [
        {
            "role": message["role"],
            "content": [
                {"type": "image", "image": part["image"].label} if part["type"] == "image" else part
                for part in message["content"]
            ],
        }
        for message in prompt.messages
    ]
