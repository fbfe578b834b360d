"""Step 3 put together: the question and the cards on the left, exactly what is sent on the right."""

from typing import TYPE_CHECKING, Any

import gradio as gr

from demo import permalink, questions
from demo.context import Step, Updates, action_html, explain, html, label, read_action
from demo.exporting import TARGETS, export_prompt
from demo.mends import mend
from demo.questions import settle
from demo.session import Session
from demo.shelf import Shelf
from demo.steps.prompt import cards, preview
from demo.steps.prompt.fine import FineParts
from demo.steps.prompt.hearing import heard
from demo.steps.prompt.own import OwnTemplates
from demo.views import file_url, view
from demo.words import say
from toolkit.files import part_file

if TYPE_CHECKING:
    from prompts import Prompt


class PromptStep(Step):
    """What a person says, what it becomes, and what could be better about it."""

    def build(self) -> None:
        """Make the components."""
        self.fine, self.own = FineParts(self.context), OwnTemplates(self.context)
        with gr.Row(equal_height=False, elem_classes="vp-columns"):
            with gr.Column(scale=5, min_width=320, elem_classes="vp-panel"):
                self._build_question()
            with gr.Column(scale=7, min_width=320, elem_classes="vp-panel vp-results"):
                self._build_preview()
        self.address = gr.Textbox(visible="hidden")

    def _build_question(self) -> None:
        self.lead = html()
        self.words = action_html("form", elem_id="vp-words")
        self.heard = action_html(elem_id="vp-heard")
        self.cards = action_html("form", elem_id="vp-tasks")
        self.form = action_html("form", elem_id="vp-form")
        with gr.Row(elem_classes="vp-actions"):
            self.back = gr.Button(label("order.back"), size="lg")
            self.next = gr.Button(
                label("prompt.next"),
                variant="primary",
                size="lg",
                elem_id="vp-next-ask",
                elem_classes="vp-main",
            )
        self.fine.build()
        self.own.build()

    def _build_preview(self) -> None:
        self.findings = action_html(elem_id="vp-lint")
        self.preview = html(elem_id="vp-preview")
        self.tools = action_html(elem_id="vp-tools")

    @property
    def outputs(self) -> list[Any]:
        """The components that `show` speaks of."""
        own = [self.lead, self.words, self.heard, self.cards, self.form, self.findings, self.preview]
        return [*own, self.tools, self.next, *self.fine.outputs, *self.own.outputs]

    def wire(self) -> None:
        """Tie the events. What a person is typing in is never drawn anew under their hands."""
        context = self.context
        rest = [c for c in self.outputs if c not in (self.lead, self.words, self.next)]
        context.on(self.words.input, self.type_words, [], rest, trigger_mode="always_last")
        ask = context.steps["ask"]
        context.on(self.heard.input, self.answer_back, [], [*rest, context.tabs, *ask.outputs])
        context.on(self.cards.input, self.pick, [], rest)
        filled = [c for c in rest if c is not self.form]
        context.on(self.form.input, self.fill_in, [], filled, trigger_mode="always_last")
        context.on(self.findings.input, self.improve, [], [*rest, self.words])
        exported = context.on(self.tools.input, self.show_export, [], [self.tools, self.address])
        download = "(url) => window.vlPreflight.download(url)"
        exported.then(None, [self.address], js=download, api_visibility="private")
        self.fine.wire(self.redraw, rest)
        self.own.wire(self.redraw, rest, self.address)
        context.go(self.back.click, "order")
        ask.asks(context.go(self.next.click, "ask").then)  # type: ignore[attr-defined]

    def type_words(self, request: gr.Request, event: gr.EventData) -> Updates:
        """Take typed words, which may choose the task."""
        session = self.context.session(request)
        act, name, words = read_action(event, questions.MAX_QUESTION)
        if (act, name) == ("fill", "words"):
            questions.take_words(session.work.question, words, self.context.able(session))
        return self.redraw(session)

    def answer_back(self, request: gr.Request, event: gr.EventData) -> Updates:
        """Do what is offered under the question box: ask otherwise, or choose who answers."""
        session = self.context.session(request)
        act, _, _ = read_action(event)
        question = session.work.question
        if act == "engines":
            return self._to_engines(session)
        if act == "by-words":
            question.by_hand = False
            questions.take_words(question, question.words, self.context.able(session))
        elif act == "as-asked":
            questions.ask_as_it_stands(question)
        return self.redraw(session)

    def _to_engines(self, session: Session) -> Updates:
        session.work.step, session.work.talk.choosing = "ask", True
        return {self.context.tabs: gr.Tabs(selected="ask"), **self.context.steps["ask"].show(session)}

    def pick(self, request: gr.Request, event: gr.EventData) -> Updates:
        """Choose a task or template by its card."""
        session = self.context.session(request)
        act, name, _ = read_action(event)
        if act == "task":
            self.choose(session, name)
        return self.redraw(session)

    def choose(self, session: Session, name: str) -> None:
        """Choose a template by name; an unknown name changes nothing."""
        from prompts import TASKS

        question, shelf = session.work.question, self.context.shelf(session)
        found = shelf.find(name, question.lang or session.lang)
        if found is None:
            return
        is_task = name in TASKS and found.task == name
        questions.choose_task(question, found.task, "" if is_task else name)

    def fill_in(self, request: gr.Request, event: gr.EventData) -> Updates:
        """Take one field of the template's form."""
        session = self.context.session(request)
        act, name, value = read_action(event, questions.MAX_QUESTION)
        if act == "fill" and name.isidentifier() and len(session.work.question.inputs) < permalink.MAX_INPUTS:
            session.work.question.inputs[name] = value
        return self.redraw(session, self.form)

    def improve(self, request: gr.Request, event: gr.EventData) -> Updates:
        """Do what a finding offers."""
        session = self.context.session(request)
        act, key, _ = read_action(event)
        prompt, _ = self._composed(session)
        better = mend(prompt, session.work.question, key) if act == "mend" and prompt is not None else None
        if better is not None:
            session.work.question = better
        return self.redraw(session) | {self.words: self._words_box(session)}

    def show_export(self, request: gr.Request, event: gr.EventData) -> Updates:
        """Show the prompt in another form, or give it as a file."""
        session = self.context.session(request)
        act, target, _ = read_action(event)
        address = ""
        if act == "export" and target in TARGETS:
            session.work.desk.export = "" if session.work.desk.export == target else target
        if act == "save" and target in TARGETS:
            address = self._export_file(session, target)
        return {self.tools: self._tools(session, self._composed(session)[0]), self.address: address}

    def _export_file(self, session: Session, target: str) -> str:
        prompt, _ = self._composed(session)
        manifest = session.work.sending
        if prompt is None or manifest is None:
            return ""
        exported = export_prompt(prompt, manifest, target)
        session.forget("prompt")
        path = session.fresh_place("prompt") / exported.name
        with part_file(path) as part:
            part.write_text(exported.text, encoding="utf-8")
        return file_url(path)

    def redraw(self, session: Session, *untouched: Any) -> Updates:
        """Draw the step but for the question box and `untouched`."""
        shown = self.show(session)
        left_out = (self.lead, self.words, self.next, *untouched)
        return {c: update for c, update in shown.items() if all(c is not one for one in left_out)}

    def show(self, session: Session) -> Updates:
        """Draw everything of a session."""
        lang, question, shelf = session.lang, session.work.question, self.context.shelf(session)
        info = self.context.engine_of(session).describe(lang)
        template = settle(question, lang, info.tasks, shelf)
        prompt, fault = self._composed(session, shelf)
        found = [] if prompt is None else preview.findings(prompt, question, lang)
        titles = cards.cards(question, shelf, info.tasks, lang)
        return {
            self.lead: view("lead", lang, step="prompt"),
            self.words: self._words_box(session),
            self.heard: view("heard", lang, heard=heard(question, lang, info)),
            self.cards: view("tasks", lang, **titles),
            self.form: view("form", lang, fields=cards.form(question, template, shelf, lang)),
            self.findings: view("findings", lang, findings=found),
            self.preview: self._preview(session, prompt, fault),
            self.tools: self._tools(session, prompt),
            self.next: gr.update(interactive=bool(session.work.images)),
            **self.fine.show(session),
            **self.own.show(session, template),
        }

    def _words_box(self, session: Session) -> str:
        lang, value = session.lang, session.work.question.words
        said = {key: say(f"page.prompt.{key}").in_language(lang) for key in ("words", "words_hint")}
        return view(
            "textbox", lang, name="words", rows=2, value=value, label=said["words"], hint=said["words_hint"]
        )

    def _composed(self, session: Session, shelf: Shelf | None = None) -> tuple["Prompt | None", str]:
        """Give the prompt, or why there is none."""
        manifest = session.work.sending
        if manifest is None or not manifest.images:
            return None, ""
        shelf = shelf or self.context.shelf(session)
        try:
            settle(session.work.question, session.lang, self.context.able(session), shelf)
            return questions.compose(session.work.question, manifest, session.lang, shelf), ""
        except Exception as error:
            return None, explain(error).in_language(session.lang)

    def _preview(self, session: Session, prompt: "Prompt | None", fault: str) -> str:
        manifest, lang = session.work.sending, session.lang
        if manifest is None or not manifest.images:
            return view("missing", lang, expired=session.after_expiry)
        if prompt is None:
            return view("preview", lang, fault=fault, messages=[])
        return view(
            "preview",
            lang,
            fault=None,
            messages=preview.messages(prompt, manifest, lang),
            cost=preview.cost(prompt, manifest, lang, session.work.window, limited=session.work.talkative),
            notes=[note.in_language(lang) for note in prompt.notes],
            plain=preview.plain_text(prompt.messages),
            prompt_lang="zh-CN" if prompt.lang == "zh" else "en",
        )

    def _tools(self, session: Session, prompt: "Prompt | None") -> str:
        manifest, desk = session.work.sending, session.work.desk
        if prompt is None or manifest is None:
            return ""
        exported = export_prompt(prompt, manifest, desk.export) if desk.export in TARGETS else None
        link = "#" + permalink.to_link(session.work.question)
        return view("tools", session.lang, targets=list(TARGETS), exported=exported, link=link)
