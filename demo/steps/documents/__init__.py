"""Step 1, Documents: choose files, say how to prepare them, watch the pages come, look at each."""

from demo.steps.documents.recipe import KINDS, LOOKS, read_recipe
from demo.steps.documents.step import DocumentsStep

__all__ = ["KINDS", "LOOKS", "DocumentsStep", "read_recipe"]
