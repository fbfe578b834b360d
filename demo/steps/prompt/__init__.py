"""Step 3, Prompt: what to do, where to look, what comes back, and exactly what will be sent."""

from demo.steps.prompt.linking import restore_link
from demo.steps.prompt.step import PromptStep

__all__ = ["PromptStep", "restore_link"]
