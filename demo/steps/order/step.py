"""Step 2, Order: a scenario that suggests an order, hands that change it, and what it costs."""

from collections.abc import Iterator
from typing import Any

import gradio as gr

from demo import history, window
from demo.arranging import SCENARIOS, arrange_by, change_row, scenario_choices, start_over
from demo.comparing import being_compared, is_to_look, look
from demo.context import Step, Updates, action_html, html, label, read_action
from demo.history import remember_prepared
from demo.merging import merge_first
from demo.ordering import draw_offers, draw_order, offers_of
from demo.session import Session
from demo.views import view
from demo.words import say
from demo.work import Work


class OrderStep(Step):
    """The scenarios on the left; the sequence, one row for each image and the offers on the right."""

    def build(self) -> None:
        """Make the components."""
        with gr.Row(equal_height=False, elem_classes="vp-columns"):
            with gr.Column(scale=4, min_width=300, elem_classes="vp-panel"):
                self.lead = html()
                self.scenario = gr.Radio(
                    list(SCENARIOS), value="none", label=label("order.scenario"), elem_id="vp-scenario",
                    elem_classes="vp-explained",
                )  # fmt: skip
                self.context.choices(self.scenario, scenario_choices)
                self.advice = html()
                self.offers = action_html(elem_id="vp-offers")
            with gr.Column(scale=8, min_width=320, elem_classes="vp-panel vp-results"):
                self.missing = html(visible=False)
                self.list = action_html("reorder", elem_id="vp-order")
                with gr.Row(elem_classes="vp-actions vp-actions-end"):
                    self.back = gr.Button(label("order.back"))
                    self.reset = gr.Button(label("order.reset"), elem_id="vp-start-over")
                    self.next = gr.Button(label("order.next"), variant="primary", elem_id="vp-next-prompt")

    @property
    def outputs(self) -> list[Any]:
        """The components that `show` speaks of."""
        return [
            self.lead, self.missing, self.scenario, self.advice, self.offers, self.list, self.reset,
            self.next,
        ]  # fmt: skip

    @property
    def changed(self) -> list[Any]:
        """The components that every change of the order draws anew."""
        return [one for one in self.outputs if one not in (self.lead, self.advice)]

    def wire(self) -> None:
        """Tie the events."""
        context = self.context
        # The next choice does not wait until the images are compared for this one.
        in_parallel = {"trigger_mode": "multiple", "concurrency_limit": 8}
        context.on(self.scenario.input, self.suggest, [self.scenario], self.changed, **in_parallel)
        # Every press of an arrow key counts, one after the other.
        in_turn = {"trigger_mode": "multiple", "concurrency_limit": 1}
        context.on(self.list.input, self.change, [], self.changed, **in_turn)
        context.on(self.offers.input, self.accept, [], self.changed, concurrency_limit=4)
        context.on(self.reset.click, self.start_over, [], self.changed)
        context.go(self.back.click, "documents")
        context.go(self.next.click, "prompt")

    def suggest(self, scenario: str, request: gr.Request) -> Iterator[Updates]:
        """Put the images in the order of a scenario: by their measures, then by what comparing them tells."""
        session = self.context.session(request)
        work = session.work
        if scenario in SCENARIOS and work.manifest is not None:
            name = say(f"page.order.scenario_{scenario}")
            remember_prepared(work, say("order_step.undo.scenario", name=name))
            session.halt("order")
            arrange_by(work, scenario)
            yield from self._compare(session, scenario)
        yield self._changed(session)

    def _compare(self, session: Session, scenario: str) -> Iterator[Updates]:
        """Find out what the scenario wants to know; who has changed the order since keeps that order."""
        work = session.work
        before = work.arrangement.copy()
        if not is_to_look(work, scenario):
            return
        with being_compared(session):
            yield self._changed(session)
            for _ in look(session, scenario):
                yield self._changed(session)
        if work.arrangement == before:
            arrange_by(work, scenario)

    def change(self, request: gr.Request, event: gr.EventData) -> Updates:
        """Do what a person did to one row, or take it back. Hostile input."""
        session = self.context.session(request)
        act, arg, value = read_action(event)
        if act == "undo":
            history.undo(session)
        elif act == "window":
            work = session.work
            work.window = window.read_window(value, work.own_window) or work.window
        elif arg.isdecimal():
            _change(session.work, act, int(arg), value)
        return self._changed(session)

    def accept(self, request: gr.Request, event: gr.EventData) -> Iterator[Updates]:
        """Take an offer: merge, or ask step by step. Hostile input."""
        session = self.context.session(request)
        act, _, value = read_action(event)
        if act == "steps":
            session.work.step_by_step = value != "off" and not session.work.step_by_step
        grid, _ = offers_of(session.work)
        if act == "merge" and grid is not None:
            yield {self.offers: draw_offers(session, merging=True)}
            merge_first(session, grid)
        yield self._changed(session)

    def start_over(self, request: gr.Request) -> Updates:
        """Give back the first order, with every image."""
        session = self.context.session(request)
        if session.work.manifest is not None:
            remember_prepared(session.work, say("order_step.undo.reset"))
            start_over(session.work)
        return self._changed(session)

    def show(self, session: Session) -> Updates:
        """Draw everything of a session."""
        there = bool(session.work.manifest and session.work.manifest.images)
        lang = session.lang
        return {
            self.lead: view("lead", lang, step="order"),
            self.missing: gr.update(
                value=view("missing", lang, expired=session.after_expiry), visible=not there
            ),
            self.scenario: gr.update(value=session.work.arrangement.scenario or "none", interactive=there),
            self.advice: view("advice", lang, words=say("order_step.default").in_language(lang)),
            self.offers: gr.update(value=draw_offers(session) if there else ""),
            self.list: gr.update(value=draw_order(session), visible=there),
            self.reset: gr.update(visible=there),
            self.next: gr.update(visible=there, interactive=bool(session.work.images)),
        }

    def _changed(self, session: Session) -> Updates:
        shown = self.show(session)
        return {component: shown[component] for component in self.changed}


def _change(work: Work, act: str, number: int, value: str) -> None:
    """Change one row, and remember how it was if that changed anything."""
    if number not in work.arrangement.labels:
        return
    place = work.arrangement.labels.index(number) + 1
    key = {"role": "role", "remove": "removed"}.get(act, "moved")
    before = history.Prepared.of(work)
    if change_row(work, act, number, value):
        what = say(f"order_step.undo.{key}", number=place)
        history.history_of(work).add(history.Moment(what, prepared=before))
