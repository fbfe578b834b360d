"""Step 4, Ask: the engine's answer as it comes, checked, and shown on the original page."""

from typing import Any

import gradio as gr

from demo.context import Step, Updates, label
from demo.session import Session
from demo.views import view


class AskStep(Step):
    """The engine and the question on the left, the answer on the right."""

    def build(self) -> None:
        """Make the components."""
        with gr.Row(equal_height=False, elem_classes="vp-columns"):
            with gr.Column(scale=4, min_width=320, elem_classes="vp-panel"):
                self.lead = gr.HTML()
                self.engine = gr.HTML()
                with gr.Row(elem_classes="vp-actions"):
                    self.ask = gr.Button(label("ask.ask"), variant="primary", size="lg", elem_id="vp-ask")
                    self.stop = gr.Button(label("ask.stop"), size="lg", visible=False)
                    self.back = gr.Button(label("ask.new"))
            with gr.Column(scale=8, min_width=320, elem_classes="vp-panel vp-results"):
                self.answer = gr.HTML(elem_id="vp-answer")

    @property
    def outputs(self) -> list[Any]:
        """The components that `show` speaks of."""
        return [self.lead, self.engine, self.answer]

    def wire(self) -> None:
        """Tie the events."""
        self.context.go(self.back.click, "prompt")

    def show(self, session: Session) -> Updates:
        """Draw everything of a session."""
        info = self.context.engine.describe(session.lang)
        lang = session.lang
        return {
            self.lead: view("lead", lang, step="ask"),
            self.engine: view("engine", lang, info=info, asking=None, refusal=None, refused="", more=""),
            self.answer: "",
        }
