"""Step 1, Documents: choose files, say how to prepare them, watch the pages come, look at each."""

from collections.abc import Iterator
from typing import Any

import gradio as gr

from demo import gallery, history, window
from demo.bundle import write_bundle
from demo.context import Context, Step, Updates, action_html, explain, label, read_action
from demo.detail import chosen_image, draw_detail
from demo.looking import VIEWS, find_look, make_look
from demo.preparing import Preparation, begin
from demo.session import Session, tab_of
from demo.steps.documents.recipe import RecipePart
from demo.steps.documents.sources import SourcesPart
from demo.views import file_url
from demo.words import say
from toolkit.texts import Text


class DocumentsStep(Step):
    """Documents and settings on the left, pictures on the right."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.sources, self.recipe = SourcesPart(context), RecipePart(context)

    def build(self) -> None:
        """Make the components."""
        with gr.Row(equal_height=False, elem_classes="vp-columns"):
            with gr.Column(scale=5, min_width=320, elem_classes="vp-panel"):
                self.sources.build()
                self.recipe.build()
                self._build_buttons()
            with gr.Column(scale=7, min_width=320, elem_classes="vp-panel vp-results"):
                self._build_results()

    def _build_buttons(self) -> None:
        with gr.Row(elem_classes="vp-actions"):
            self.prepare = gr.Button(
                label("documents.prepare"), variant="primary", size="lg", elem_id="vp-prepare",
                elem_classes="vp-main",
            )  # fmt: skip
            self.stop = gr.Button(label("documents.stop"), size="lg", visible=False, elem_id="vp-stop")

    def _build_results(self) -> None:
        self.gallery = action_html(elem_id="vp-gallery")
        with gr.Row(elem_classes="vp-actions vp-actions-end"):
            self.download = gr.Button(label("documents.download"), visible=False, elem_id="vp-download")
            self.next = gr.Button(
                label("documents.next"), variant="primary", visible=False, elem_id="vp-next-order"
            )
        self.address = gr.Textbox(visible="hidden")
        self.drafts = gr.Textbox(visible="hidden", max_length=200_000)
        # Names the preparation under way: a reloaded page hears of it by this and follows it again.
        self.running = gr.Textbox(visible="hidden")

    @property
    def outputs(self) -> list[Any]:
        """The components that `show` speaks of."""
        return [*self.sources.outputs, *self.recipe.outputs, *self.results, self.running]

    @property
    def results(self) -> list[Any]:
        """The components that a preparation changes."""
        return [self.gallery, self.prepare, self.stop, self.download, self.next]

    def wire(self) -> None:
        """Tie the events."""
        self.recipe.wire()
        self._wire_sources()
        on = self.context.on
        busy = [*self.results, self.sources.list, self.running]
        drafts = "(drafts) => [window.vlPreflight.drafts()]"
        # Gradio lets all begin at once: the session's own line tells them their place.
        on(
            self.prepare.click, self.run, [self.drafts], busy, js=drafts, concurrency_limit=None,
            trigger_mode="once",
        )  # fmt: skip
        on(self.running.change, self.watch, [], busy, concurrency_limit=None)
        on(self.stop.click, self.halt, [], [self.stop])
        acted = [*self.results, *self.sources.outputs]
        on(self.gallery.input, self.act, [], acted, concurrency_limit=10, trigger_mode="multiple")
        made = on(self.download.click, self.bundle, [], [self.address], show_progress_on=[self.download])
        made.then(
            None, [self.address], js="(url) => window.vlPreflight.download(url)", api_visibility="private"
        )
        self.context.go(self.next.click, "order")

    def _wire_sources(self) -> None:
        on, part = self.context.on, self.sources
        # A second click counts although the first is still being worked on.
        every = {"trigger_mode": "multiple"}
        added = on(part.upload.upload, part.add, [part.upload], [part.upload, part.list], **every)
        chosen = on(part.samples.input, part.add_sample, [], [part.list], **every)
        changed = on(part.list.input, part.change_list, [], [part.list], **every)
        opened = on(part.ways.input, part.open_folder, [], [part.list], **every)
        for event in (added, chosen, changed, opened):
            on(event.then, part.look_closer, [], [part.list], **every)
        for event in (added, changed, opened):
            on(event.then, self.redraw, [], self.results, **every)

    def redraw(self, request: gr.Request) -> Updates:
        """Draw the pictures anew: a ZIP was opened, or there is something to undo."""
        session = self.context.session(request)
        return {} if self._is_busy(session) else self._finished(session)

    def run(self, drafts: str, request: gr.Request) -> Iterator[Updates]:
        """Prepare everything, drawing the gallery as pages come."""
        session = self.context.session(request)
        self.sources.take_drafts(session, str(drafts or ""))
        fault = _fault_before(session)
        if fault is not None:
            yield {
                self.gallery: gallery.of_session(session, ("warn", fault)),
                **self.sources.shown_list(session),
            }
            return
        try:
            run = begin(session, session.work.recipe, self.context.settings.limits)
            yield from self._follow(session, run, tab_of(request))
        except Exception as error:
            yield {
                **self._finished(session),
                self.gallery: gallery.of_session(session, ("bad", explain(error))),
            }

    def watch(self, request: gr.Request) -> Iterator[Updates]:
        """Follow a preparation that this page did not start: it was reloaded meanwhile."""
        session = self.context.session(request)
        run, tab = session.work.preparation, tab_of(request)
        if run is None or run.ended or tab in run.watched_by:
            return
        yield from self._follow(session, run, tab)

    def _follow(self, session: Session, run: Preparation, tab: str) -> Iterator[Updates]:
        run.watched_by.add(tab)
        # All of it each time: of two messages that come together, a browser applies only the last.
        busy = {
            self.prepare: gr.update(interactive=False),
            self.stop: gr.update(visible=True, interactive=True),
            self.download: gr.update(visible=False),
            self.next: gr.update(visible=False),
        }
        for news in run.follow():
            self.context.store.touch(session)
            yield {**busy, self.gallery: gallery.of_snapshot(news, session.lang, run.expected)}
        shown = self._finished(session)
        if run.error is not None:
            shown[self.gallery] = gallery.of_session(session, ("bad", explain(run.error)))
        yield {**shown, **self.sources.shown_list(session)}

    def halt(self, request: gr.Request) -> Updates:
        """Stop the running preparation."""
        run = self.context.session(request).work.preparation
        if run is not None:
            run.stop()
        return {self.stop: gr.update(interactive=False)}

    def act(self, request: gr.Request, event: gr.EventData) -> Iterator[Updates]:
        """Look at a picture, choose how, choose a window, undo. Hostile input."""
        session = self.context.session(request)
        act, arg, value = read_action(event)
        if self._is_busy(session):
            return
        if act == "undo":
            history.undo(session)
            yield {**self._finished(session), **self.sources.shown_list(session)}
            return
        take_look(session, act, arg, value)
        yield {self.gallery: self._pictures(session)}
        image = chosen_image(session.work)
        if (
            image is not None
            and session.work.look != "true"
            and not find_look(session, image, session.work.look)
        ):
            make_look(session, image, session.work.look)
            yield {self.gallery: self._pictures(session)}

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
        run = session.work.preparation
        busy = self._is_busy(session)
        drawn = {**self.sources.show(session), **self.recipe.show(session)}
        if busy and run is not None:
            drawn[self.gallery] = gallery.of_snapshot(run.snapshot(), session.lang, run.expected)
            return {**drawn, self.running: run.folder.name}
        return {**drawn, **self._finished(session), self.running: ""}

    def _finished(self, session: Session) -> Updates:
        ready = bool(session.work.images)
        return {
            self.gallery: self._pictures(session),
            self.prepare: gr.update(interactive=True),
            self.stop: gr.update(visible=False),
            self.download: gr.update(visible=ready),
            self.next: gr.update(visible=ready),
        }

    def _pictures(self, session: Session) -> str:
        image = chosen_image(session.work)
        return gallery.of_session(session) if image is None else draw_detail(session, image)

    def _is_busy(self, session: Session) -> bool:
        run = session.work.preparation
        return run is not None and not run.ended


def take_look(session: Session, act: str, arg: str, value: str) -> None:
    """Take what a person did in the gallery; anything unknown changes nothing."""
    work = session.work
    if act == "back":
        work.looking = None
    elif act == "look" and arg.isdecimal() and int(arg) in work.arrangement.labels:
        work.looking = int(arg)
    elif act == "view" and arg in VIEWS:
        work.look = arg
    elif act == "window":
        work.window = window.read_window(value, work.own_window) or work.window


def _fault_before(session: Session) -> Text | None:
    """Say what is to be mended before anything can be prepared."""
    if not session.work.uploads:
        return say("messages.expired" if session.after_expiry else "messages.uploads.first")
    for upload in session.work.uploads:
        if upload.wanted_fault is not None and upload.wanted:
            return say("documents.mend_first", fault=upload.wanted_fault)
    return None
