"""Step 1, Documents: choose files, say how to prepare them, watch the pages come."""

from collections.abc import Iterator
from typing import Any

import gradio as gr

from demo import gallery, uploads
from demo.bundle import write_bundle
from demo.context import Step, Updates, action_html, explain, html, label, read_action
from demo.preparing import prepare_uploads
from demo.session import Session
from demo.views import file_url, view
from demo.words import say
from toolkit.errors import PasswordError
from toolkit.families import DEFAULT_FAMILY, FAMILIES
from toolkit.recipe import Recipe
from toolkit.texts import Text

SIZES = {"auto": "size_auto", "1024": "size_1024", "1536": "size_1536", "2048": "size_2048"}
LOOKS = ("low-quality", "always", "never")
KINDS = ("copy", "enlarged")


class DocumentsStep(Step):
    """Samples and uploads on the left, pictures on the right."""

    def build(self) -> None:
        """Make the components."""
        with gr.Row(equal_height=False, elem_classes="vp-columns"):
            with gr.Column(scale=5, min_width=320, elem_classes="vp-panel"):
                self._build_sources()
                self._build_recipe()
            with gr.Column(scale=7, min_width=320, elem_classes="vp-panel vp-results"):
                self._build_results()

    def _build_sources(self) -> None:
        self.lead = html()
        self.samples = action_html()
        self.list = action_html()
        self.upload = gr.File(
            file_count="multiple",
            label=label("documents.upload"),
            show_label=False,
            height=150,
            elem_id="vp-upload",
        )
        self.password = gr.Textbox(
            type="password",
            label=label("documents.password"),
            info=label("documents.password_hint"),
            visible=False,
            max_length=512,
            elem_id="vp-password",
        )

    def _build_recipe(self) -> None:
        context = self.context
        self.size = gr.Radio(
            list(SIZES), value="auto", label=label("documents.size"), elem_classes="vp-stack"
        )
        context.choices(self.size, {value: f"page.documents.{key}" for value, key in SIZES.items()})
        with gr.Accordion(label("documents.more"), open=False, elem_classes="vp-fold"):
            self.family = gr.Dropdown(
                list(FAMILIES),
                value=DEFAULT_FAMILY,
                label=label("documents.family"),
                info=label("documents.family_info"),
            )
            self.dpi = gr.Slider(72, 600, value=300, step=1, label=label("documents.dpi"))
            self.look = gr.Radio(
                list(LOOKS),
                value="low-quality",
                label=label("documents.second_look"),
                info=label("documents.second_look_info"),
            )
            context.choices(self.look, {v: f"page.documents.second_look_{v}" for v in LOOKS})
            self.kind = gr.Radio(list(KINDS), value="copy", label=label("documents.second_look_kind"))
            context.choices(self.kind, {v: f"page.documents.second_look_kind_{v}" for v in KINDS})
            self.split = gr.Checkbox(value=True, label=label("documents.split"))
            self.keep = gr.Checkbox(value=False, label=label("documents.keep_pages"))
        with gr.Row(elem_classes="vp-actions"):
            self.prepare = gr.Button(
                label("documents.prepare"),
                variant="primary",
                size="lg",
                elem_id="vp-prepare",
                elem_classes="vp-main",
            )
            self.stop = gr.Button(label("documents.stop"), size="lg", visible=False, elem_id="vp-stop")

    def _build_results(self) -> None:
        self.gallery = html(elem_id="vp-gallery")
        with gr.Row(elem_classes="vp-actions vp-actions-end"):
            self.download = gr.Button(label("documents.download"), visible=False, elem_id="vp-download")
            self.next = gr.Button(
                label("documents.next"), variant="primary", visible=False, elem_id="vp-next-order"
            )
        self.address = gr.Textbox(visible="hidden")

    @property
    def recipe(self) -> list[Any]:
        """The components that make a recipe, in the order in which `read_recipe` takes them."""
        return [self.size, self.family, self.dpi, self.look, self.kind, self.split, self.keep]

    @property
    def outputs(self) -> list[Any]:
        """The components that `show` speaks of."""
        return [
            self.lead, self.samples, self.list, self.password, self.gallery, self.prepare, self.stop,
            self.download, self.next,
        ]  # fmt: skip

    def wire(self) -> None:
        """Tie the events."""
        context = self.context
        added = context.on(
            self.upload.upload, self.add, [self.upload], [self.upload, self.list, self.password]
        )
        context.on(added.then, self.look_closer, [], [self.list, self.password])
        chosen = context.on(self.samples.input, self.add_sample, [], [self.list, self.password])
        context.on(chosen.then, self.look_closer, [], [self.list, self.password])
        context.on(self.list.input, self.change_list, [], [self.list, self.password])
        busy = [self.gallery, self.prepare, self.stop, self.download, self.next, self.password]
        context.on(
            self.prepare.click,
            self.run,
            [*self.recipe, self.password],
            busy,
            concurrency_id="prepare",
            concurrency_limit=context.settings.limits.preparing_at_once,
            show_progress="minimal",
            show_progress_on=[self.gallery],
            trigger_mode="once",
        )
        context.on(self.stop.click, self.halt, [], [self.stop])
        made = context.on(
            self.download.click, self.bundle, [], [self.address], show_progress_on=[self.download]
        )
        made.then(
            None, [self.address], js="(url) => window.vlPreflight.download(url)", api_visibility="private"
        )
        context.go(self.next.click, "order")

    def add(self, files: list[str] | None, request: gr.Request) -> Updates:
        """Take uploaded files into the session."""
        session = self.context.session(request)
        left_out = uploads.add_files(session, files or [], self.context.settings.limits.max_files)
        limit = self.context.settings.limits.max_files
        notes = [say("messages.uploads.too_many", limit=limit, left_out=left_out)] if left_out else []
        return {self.upload: None, **self._shown_list(session, notes)}

    def add_sample(self, request: gr.Request, event: gr.EventData) -> Updates:
        """Take one of the bundled documents."""
        session = self.context.session(request)
        act, name, _ = read_action(event)
        if act == "sample":
            uploads.add_sample(session, name)
        return self._shown_list(session)

    def look_closer(self, request: gr.Request) -> Updates:
        """Look into the new documents: pages, encryption, faults."""
        session = self.context.session(request)
        uploads.survey(session, self.context.settings.limits.max_megapixels)
        return self._shown_list(session)

    def change_list(self, request: gr.Request, event: gr.EventData) -> Updates:
        """Remove one document, or all."""
        session = self.context.session(request)
        act, arg, _ = read_action(event)
        if act == "remove" and arg.isdigit():
            uploads.remove(session, int(arg))
        while act == "clear" and session.work.uploads:
            uploads.remove(session, 0)
        return self._shown_list(session)

    def run(self, request: gr.Request, *given: Any) -> Iterator[Updates]:
        """Prepare everything, drawing the gallery as pages come."""
        *values, password = given
        session = self.context.session(request)
        if not session.work.uploads:
            yield {self.gallery: gallery.draw(session.lang, notice=("warn", say("messages.uploads.first")))}
            return
        try:
            yield from self._follow(session, read_recipe(*values), str(password or ""))
        except Exception as error:
            failed = gallery.draw(session.lang, notice=("bad", explain(error)))
            yield {**self._finished(session), self.gallery: failed}
        else:
            yield self._finished(session)

    def _follow(self, session: Session, recipe: Recipe, password: str) -> Iterator[Updates]:
        context = self.context
        yield {
            self.prepare: gr.update(interactive=False),
            self.stop: gr.update(visible=True, interactive=True),
            self.download: gr.update(visible=False),
            self.next: gr.update(visible=False),
        }
        limits = context.settings.limits
        for news in prepare_uploads(session, recipe, password, limits, lambda: context.store.touch(session)):
            yield {self.gallery: gallery.of_snapshot(news, session.lang)}

    def _finished(self, session: Session) -> Updates:
        shown = self.show(session)
        return {
            c: shown[c]
            for c in (self.gallery, self.prepare, self.stop, self.download, self.next, self.password)
        }

    def halt(self, request: gr.Request) -> Updates:
        """Ask the running preparation to stop."""
        self.context.session(request).halt("prepare")
        return {self.stop: gr.update(interactive=False)}

    def bundle(self, request: gr.Request) -> str:
        """Write the ZIP and give its address."""
        session = self.context.session(request)
        manifest = session.work.sending
        if manifest is None:
            return ""
        session.forget("zip")
        return file_url(write_bundle(manifest, session.fresh_place("zip")))

    def show(self, session: Session) -> Updates:
        """Draw everything of a session."""
        ready = bool(session.work.manifest and session.work.manifest.images)
        lang = session.lang
        return {
            self.lead: view("lead", lang, step="documents"),
            self.samples: view("samples", lang, samples=gallery.sample_cards(lang)),
            **self._shown_list(session),
            self.gallery: gallery.of_session(session),
            self.prepare: gr.update(interactive=True),
            self.stop: gr.update(visible=False),
            self.download: gr.update(visible=ready),
            self.next: gr.update(visible=ready),
        }

    def _shown_list(self, session: Session, notes: list[Text] | None = None) -> Updates:
        shown = [
            {
                "name": upload.name,
                "encrypted": upload.encrypted,
                "pages": upload.pages,
                "fault": "" if upload.fault is None else upload.fault.in_language(session.lang),
            }
            for upload in session.work.uploads
        ]
        words = [note.in_language(session.lang) for note in notes or []]
        locked = any(u.encrypted for u in session.work.uploads) or _asked_for_password(session)
        return {
            self.list: view("uploads", session.lang, uploads=shown, notes=words),
            self.password: gr.update(visible=locked),
        }


def read_recipe(size: str, family: str, dpi: float, look: Any, kind: Any, split: bool, keep: bool) -> Recipe:
    """Make a recipe of what a person chose. Raises UsageError for what the page doesn't offer."""
    return Recipe(
        dpi=int(dpi),
        long_side=int(size) if str(size).isdigit() else "auto",
        family=str(family),
        second_look=look,
        second_look_kind=kind,
        split=bool(split),
        keep_pages=bool(keep),
    )


def _asked_for_password(session: Session) -> bool:
    return any(failure.error == PasswordError.__name__ for failure in session.work.failures)
