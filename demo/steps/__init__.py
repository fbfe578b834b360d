"""The four steps of the page, in their order."""

from demo.steps.ask import AskStep
from demo.steps.documents import DocumentsStep
from demo.steps.order import OrderStep
from demo.steps.prompt import PromptStep

STEPS = {"documents": DocumentsStep, "order": OrderStep, "prompt": PromptStep, "ask": AskStep}

__all__ = ["STEPS", "AskStep", "DocumentsStep", "OrderStep", "PromptStep"]
