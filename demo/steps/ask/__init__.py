"""Step 4, Ask: who answers, the conversation with its checked answers, and their places on the page."""

from demo.steps.ask.step import AskStep

__all__ = ["AskStep"]
