"""Step 4, Ask: the engine's answer as it comes, checked, and shown on the original page."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import gradio as gr

from demo import answering, answers, pictures, questions
from demo.answers import MAX_PLACES, MAX_SHOWN, Answer, MarkedPage
from demo.context import Step, Updates, action_html, explain, html, label, read_action
from demo.session import Session
from demo.views import file_url, view
from demo.words import say
from toolkit.texts import Text


class AskStep(Step):
    """The engine and the question on the left, the answer on the right."""

    def build(self) -> None:
        """Make the components."""
        with gr.Row(equal_height=False, elem_classes="vp-columns"):
            with gr.Column(scale=4, min_width=320, elem_classes="vp-panel"):
                self.lead = html()
                self.engine = html(elem_id="vp-engine")
                with gr.Row(elem_classes="vp-actions"):
                    self.ask = gr.Button(
                        label("ask.ask"),
                        variant="primary",
                        size="lg",
                        elem_id="vp-ask",
                        elem_classes="vp-main",
                    )
                    self.stop = gr.Button(label("ask.stop"), size="lg", visible=False, elem_id="vp-ask-stop")
                with gr.Row(elem_classes="vp-actions"):
                    self.back = gr.Button(label("ask.new"))
            with gr.Column(scale=8, min_width=320, elem_classes="vp-panel vp-results"):
                self.answer = html(elem_id="vp-answer")
                self.markdown = gr.Markdown(visible=False, sanitize_html=True, elem_id="vp-markdown")
                self.places = action_html(elem_id="vp-places")
        self.address = gr.Textbox(visible="hidden")

    @property
    def outputs(self) -> list[Any]:
        """The components that `show` speaks of."""
        return [self.lead, self.engine, self.ask, self.stop, self.answer, self.markdown, self.places]

    def wire(self) -> None:
        """Tie the events."""
        context = self.context
        context.on(
            self.ask.click,
            self.run,
            [],
            [self.engine, self.ask, self.stop, self.answer, self.markdown, self.places],
            concurrency_id="ask",
            concurrency_limit=context.settings.limits.asking_at_once,
            show_progress="minimal",
            show_progress_on=[self.answer],
            trigger_mode="once",
        )
        context.on(self.stop.click, self.halt, [], [self.stop])
        context.go(self.back.click, "prompt")
        acted = context.on(self.places.input, self.act, [], [self.places, self.address])
        acted.then(
            None, [self.address], js="(url) => window.vlPreflight.download(url)", api_visibility="private"
        )

    def run(self, request: gr.Request) -> Iterator[Updates]:
        """Ask, showing the answer as it comes."""
        session = self.context.session(request)
        try:
            yield from self._stream(session)
        except Exception as error:
            fault = explain(error).in_language(session.lang)
            yield {
                **self._idle(session),
                self.answer: view("answer", session.lang, state="failed", fault=fault),
            }
        else:
            yield self._idle(session)

    def _stream(self, session: Session) -> Iterator[Updates]:
        context, lang = self.context, session.lang
        prompt, manifest = answering.compose(session, context.able(lang), lang)
        key = "working" if context.engine.describe(lang).loaded else "loading"
        words = say(f"messages.ask.{key}").in_language(lang)
        yield {
            self.ask: gr.update(interactive=False),
            self.stop: gr.update(visible=True, interactive=True),
            self.answer: view("answer", lang, state="running", words=words, text=""),
            self.markdown: gr.update(visible=False),
            self.places: "",
        }
        touch = partial(context.store.touch, session)
        for text in answering.ask(context.engine, session, prompt, manifest, touch):
            yield {self.answer: view("answer", lang, state="running", words="", text=text[-MAX_SHOWN:])}

    def _idle(self, session: Session) -> Updates:
        shown = self.show(session)
        return {component: shown[component] for component in self.outputs if component is not self.lead}

    def halt(self, request: gr.Request) -> Updates:
        """Ask the running answer to stop."""
        self.context.session(request).halt("ask")
        return {self.stop: gr.update(interactive=False)}

    def act(self, request: gr.Request, event: gr.EventData) -> Updates:
        """Show another page, or give the chosen one with its boxes as a picture."""
        session = self.context.session(request)
        act, arg, _ = read_action(event)
        answer = session.work.answer
        if answer is None or not arg.isdigit() or int(arg) >= len(answer.pages):
            return {self.places: gr.skip(), self.address: ""}
        answer.chosen_page = int(arg)
        address = ""
        if act == "save":
            address = file_url(pictures.marked_picture(session, answer.pages[int(arg)]))
        return {self.places: self._places(session), self.address: address}

    def show(self, session: Session) -> Updates:
        """Draw everything of a session."""
        lang, answer = session.lang, session.work.answer
        asking, refusal, ready = self._asking(session)
        info = self.context.engine.describe(lang)
        refused = say("messages.ask.refused", engine=info.title).in_language(lang)
        more = say("messages.ask.more").in_language(lang)
        return {
            self.lead: view("lead", lang, step="ask"),
            self.engine: view(
                "engine", lang, info=info, asking=asking, refusal=refusal, refused=refused, more=more
            ),
            self.ask: gr.update(interactive=ready),
            self.stop: gr.update(visible=False),
            self.answer: self._answer(session),
            self.markdown: self._markdown(answer),
            self.places: self._places(session),
        }

    def _asking(self, session: Session) -> tuple[dict[str, str] | None, str | None, bool]:
        """Say what will be asked, why it can't be, and whether it can."""
        lang = session.lang
        try:
            prompt, manifest = answering.compose(session, self.context.able(lang), lang)
        except Exception as error:
            return None, explain(error).in_language(lang), False
        reason: Text | None = self.context.engine.refusal(prompt)
        asking = {
            "task": questions.task_names(lang).get(prompt.task, prompt.task),
            "format": say(f"messages.format.{prompt.format.name}").in_language(lang),
            "images": answers.count_images(len(manifest.images)).in_language(lang),
        }
        return asking, None if reason is None else reason.in_language(lang), reason is None

    def _answer(self, session: Session) -> str:
        answer, lang = session.work.answer, session.lang
        if answer is None:
            return view("answer", lang, state="empty")
        changed = self._changed(session, answer)
        return view("answer", lang, **answers.describe(answer, lang, changed=changed))

    def _changed(self, session: Session, answer: Answer) -> bool:
        """Tell whether asking now would ask something else."""
        try:
            prompt, manifest = answering.compose(session, self.context.able(session.lang), session.lang)
        except Exception:
            return True
        return not answers.same_images(answer.manifest, manifest) or prompt.text != answer.prompt.text

    def _markdown(self, answer: Answer | None) -> Any:
        if answer is None or not answers.is_markdown(answer):
            return gr.update(value="", visible=False)
        return gr.update(value=answer.result.text[:MAX_SHOWN], visible=True)

    def _places(self, session: Session) -> str:
        answer, lang = session.work.answer, session.lang
        if answer is None or not answer.pages:
            return view("places", lang, pages=[])
        page = answer.pages[answer.chosen_page]
        names = [_page_name(one).in_language(lang) for one in answer.pages]
        counts = [len(one.marks) for one in answer.pages]
        return view(
            "places",
            lang,
            pages=names,
            counts=counts,
            count=sum(counts),
            chosen=answer.chosen_page,
            cut=MAX_PLACES if len(page.marks) > MAX_PLACES else 0,
            page=self._drawn(session, page),
        )

    def _drawn(self, session: Session, page: MarkedPage) -> dict[str, Any]:
        lang = session.lang
        alt = say("messages.ask.marked_alt", page=_page_name(page), count=len(page.marks))
        shown: dict[str, Any] = {"url": "", "gone": "", "alt": alt.in_language(lang)}
        try:
            picture = pictures.page_picture(session, page.source)
        except Exception as error:
            shown["gone"] = explain(error).in_language(lang)
            return shown | {
                "places": [{"text": m.text, "label": m.label, "unsure": m.unsure} for m in page.marks]
            }
        marks = page.marks[:MAX_PLACES]
        return shown | {
            "url": file_url(picture.path),
            "places": [
                {"text": mark.text, "label": mark.label, "unsure": mark.unsure, **picture.percent(mark.box)}
                for mark in marks
            ],
        }


def _page_name(page: MarkedPage) -> Text:
    source = page.source
    if source.unit == "px" and source.page == 1:
        return Text(source.file, source.file)
    return say("messages.ask.page_of", name=source.file, page=source.page)
