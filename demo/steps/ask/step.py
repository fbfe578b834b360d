"""Step 4 put together: who answers on the left, the conversation on the right."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import gradio as gr

from demo import conversation, exchange
from demo.answer_run import AnswerRun
from demo.context import Step, Updates, action_html, explain, html, label, read_action
from demo.questions import MAX_QUESTION
from demo.session import Session, tab_of
from demo.steps.ask.drawing import draw_live, draw_talk, finished
from demo.steps.ask.side import Side
from demo.steps.ask.wishes import Wishes, look, words_of
from demo.views import file_url, view
from demo.words import say


class AskStep(Step):
    """Every wish is noted at once and shown; answering it comes after, in the queue."""

    def build(self) -> None:
        """Make the components."""
        self.side = Side(self.context)
        self.wishes = Wishes(self.context, self.side)
        with gr.Row(equal_height=False, elem_classes="vp-columns"):
            with gr.Column(scale=4, min_width=320, elem_classes="vp-panel"):
                self._build_side()
            with gr.Column(scale=8, min_width=320, elem_classes="vp-panel vp-results"):
                self._build_talk()
        self.address = gr.Textbox(visible="hidden")

    def _build_side(self) -> None:
        self.lead = html()
        self.side.build()
        with gr.Row(elem_classes="vp-actions"):
            self.ask = gr.Button(
                label("ask.ask"), variant="primary", size="lg", elem_id="vp-ask", elem_classes="vp-main"
            )
            self.stop = gr.Button(label("ask.stop"), size="lg", visible=False, elem_id="vp-ask-stop")
        with gr.Row(elem_classes="vp-actions"):
            self.back = gr.Button(label("ask.new"))
        self.side.build_more()

    def _build_talk(self) -> None:
        self.talk = action_html(elem_id="vp-answer")
        self.live = html(elem_id="vp-live")
        with gr.Column(visible=False, elem_id="vp-composer") as self.composer:
            self.editing = html(visible=False)
            self.words = gr.Textbox(
                lines=1,
                max_lines=6,
                max_length=MAX_QUESTION,
                label=label("ask.follow"),
                placeholder=label("ask.follow_hint"),
                elem_id="vp-follow",
            )
            with gr.Row(elem_classes="vp-actions vp-actions-end"):
                self.cancel = gr.Button(label("ask.cancel"), visible=False)
                self.send = gr.Button(label("ask.send"), variant="primary", elem_id="vp-send")
        self.keep = action_html(elem_id="vp-keep")
        # Names the turn that is being answered: this page, or the reloaded one, hears of it and follows.
        self.running = gr.Textbox(visible="hidden")

    @property
    def outputs(self) -> list[Any]:
        """The components that `show` speaks of."""
        return [
            self.lead, *self.side.outputs, self.ask, self.stop, self.talk, self.live, self.composer,
            self.editing, self.words, self.cancel, self.keep, self.running,
        ]  # fmt: skip

    @property
    def changing(self) -> list[Any]:
        """The components that an answer changes; the follow-up being typed stays as it is."""
        return [c for c in self.outputs if c not in (self.lead, self.words)]

    def wire(self) -> None:
        """Tie the events: what notes a wish and begins to answer it, and what follows the answer."""
        context, seen = self.context, self.outputs
        self.asks(self.ask.click)
        for trigger in (self.send.click, self.words.submit):
            context.on(trigger, self.follow, [self.words], seen, trigger_mode="once")
        context.on(self.side.more.input, self.ways, [], seen)
        acted = context.on(self.talk.input, self.talk_act, [], [*seen, self.address])
        # The line in which everybody waits is the sessions' own.
        every = {"concurrency_limit": None, "trigger_mode": "multiple"}
        context.on(self.running.change, self.follow_answer, [], self.changing, **every)
        kept = context.on(self.keep.input, self.save_talk, [], [self.address])
        for done in (acted, kept):
            script = "(url) => window.vlPreflight.download(url)"
            done.then(None, [self.address], js=script, api_visibility="private")
        context.on(self.side.engine.input, self.choose_engine, [], seen)
        context.on(self.side.enforce.input, self.enforce, [self.side.enforce], [])
        context.on(self.cancel.click, self.drop_edit, [], seen)
        context.on(self.stop.click, self.halt_answer, [], [self.stop])
        context.go(self.back.click, "prompt")

    def asks(self, trigger: Any) -> None:
        """Let an event ask the question of step 3."""
        self.context.on(trigger, self.begin_question, [], self.outputs, trigger_mode="once")

    def begin_question(self, request: gr.Request) -> Updates:
        """Note the question of step 3, round by round where step 2 was told so."""
        session = self.context.session(request)
        talkative = self.context.engine_of(session).describe(session.lang).is_language_model
        rounds = session.work.step_by_step and talkative and len(session.work.images) > 1
        return self._noted(session, lambda: (self.wishes.steps if rounds else self.wishes.first)(session))

    def _noted(self, session: Session, make: Any) -> Updates:
        """Put a new turn into the conversation and begin to answer it, or say why it can't be."""
        talk = session.work.talk
        with session.lock:
            if not talk.running:
                try:
                    talk.add(make())
                    self._begin(session)
                except Exception as error:
                    gone = session.after_expiry and not session.work.images
                    talk.fault = say("messages.expired") if gone else explain(error)
        return self.show(session)

    def _begin(self, session: Session) -> None:
        talk = session.work.talk
        if talk.last is not None:
            engines = partial(self.context.engine_for, session)
            touch = partial(self.context.store.touch, session)
            talk.run = AnswerRun(engines, session, talk.last, touch, explain)
            talk.run.start()

    def follow(self, words: str, request: gr.Request) -> Updates:
        """Note a follow-up, or the question of an earlier turn in new words."""
        session = self.context.session(request)
        shown = self._noted(session, lambda: self.wishes.follow(session, str(words or "")))
        return shown | {self.words: gr.update(value="" if session.work.talk.fault is None else words)}

    def ways(self, request: gr.Request, event: gr.EventData) -> Updates:
        """Note the question round by round, to two engines, or in two orders."""
        session = self.context.session(request)
        act, _, value = read_action(event)
        if act == "steps":
            return self._noted(session, lambda: self.wishes.steps(session))
        if act in ("engine", "order") and value:
            return self._noted(session, lambda: self.side.pair_of(session, act, value))
        return self.show(session)

    def talk_act(self, request: gr.Request, event: gr.EventData) -> Updates:
        """Do what was clicked in the conversation."""
        session = self.context.session(request)
        act, arg, _ = read_action(event)
        number, _, place = arg.partition("-")
        talk, address = session.work.talk, ""
        if not number.isdigit() or int(number) >= len(talk.turns):
            return self.show(session) | {self.address: ""}
        turn = talk.turns[int(number)]
        if act == "again" and turn is talk.last and not talk.running:
            talk.turns[-1] = conversation.again(turn)
            self._begin(session)
        elif act == "mend" and turn is talk.last:
            return self._noted(session, lambda: self.wishes.mend(session)) | {self.address: ""}
        elif act == "edit" and not talk.running:
            talk.editing = int(number)
        elif act == "continue" and place.isdigit() and int(place) < len(turn.replies):
            turn.chosen = int(place)
        else:
            address = look(session, turn, act, place)
        shown = self.show(session) | {self.address: address}
        return shown if act == "edit" else {c: u for c, u in shown.items() if c is not self.words}

    def follow_answer(self, request: gr.Request) -> Iterator[Updates]:
        """Show the text as it comes, also where it was begun before the page was reloaded."""
        session = self.context.session(request)
        run = session.work.talk.run
        if run is None or not run.watch(tab_of(request)):
            yield {}
            return
        for _ in run.follow():
            yield {self.live: draw_live(session)}
        shown = self.show(session)
        yield {c: shown[c] for c in self.changing}

    def halt_answer(self, request: gr.Request) -> Updates:
        """Ask the running answer to stop."""
        self.context.session(request).halt("ask")
        return {self.stop: gr.update(interactive=False)}

    def drop_edit(self, request: gr.Request) -> Updates:
        """Leave the question as it was."""
        session = self.context.session(request)
        session.work.talk.editing = None
        return self.show(session)

    def enforce(self, value: bool, request: gr.Request) -> None:
        """Note whether the engine is to hold the model to the form."""
        self.context.session(request).work.talk.enforce = bool(value)

    def choose_engine(self, request: gr.Request, event: gr.EventData) -> Updates:
        """Choose who answers, or look at what a server offers and does."""
        session = self.context.session(request)
        act, name, value = read_action(event, 3000)
        session.work.talk.unusable, session.work.talk.effects = None, None
        try:
            self.side.do(session, act, name, value)
        except Exception as error:
            session.work.talk.unusable = explain(error)
        return self.show(session)

    def save_talk(self, request: gr.Request, event: gr.EventData) -> str:
        """Write the conversation as a file and give its address."""
        session = self.context.session(request)
        act, form, _ = read_action(event)
        if act != "exchange" or form not in exchange.FORMS or not session.work.talk.turns:
            return ""
        session.forget("exchange")
        folder = session.fresh_place("exchange")
        return file_url(exchange.write_exchange(session.work.talk, form, folder, session.lang))

    def show(self, session: Session) -> Updates:
        """Draw everything of a session."""
        lang, talk = session.lang, session.work.talk
        side = self.side.show(session)
        info = self.context.engine_of(session).describe(lang)
        running = talk.running
        going_on = finished(talk) and not running
        composing = not running and (talk.editing is not None or (going_on and info.is_language_model))
        edited = "" if talk.editing is None else words_of(session, talk.editing)
        _, _, fault = self.side.asking(session)
        return {
            self.lead: view("lead", lang, step="ask"),
            **side,
            self.ask: gr.update(interactive=not running and fault is None),
            self.stop: gr.update(visible=running, interactive=True),
            self.talk: draw_talk(
                session, changed=self.wishes.changed(session), talkative=info.is_language_model
            ),
            self.live: draw_live(session),
            self.composer: gr.update(visible=composing),
            self.editing: gr.update(value=view("editing", lang), visible=talk.editing is not None),
            self.words: gr.update(value=edited),
            self.cancel: gr.update(visible=talk.editing is not None),
            self.keep: view("keep", lang, forms=list(exchange.FORMS), there=going_on, info=info),
            self.running: talk.run.key if talk.run is not None and running else "",
        }
