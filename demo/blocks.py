"""Gradio's page, with one difference: what it can't read of a request becomes a sentence, not a traceback."""

from typing import Any

import gradio as gr

from demo.arguments import ArgumentError
from demo.context import spoken
from demo.words import language_of_request
from toolkit.texts import Language


class Page(gr.Blocks):
    """The page. Errors outside of its handlers reach the visitor in their language and the log without words.

    Gradio would print the traceback of these, and with it the values that the visitor gave.
    """

    async def preprocess_data(self, *args: Any, **options: Any) -> Any:
        """Read the inputs of an event. Raises ArgumentError for those that Gradio can't."""
        try:
            return await super().preprocess_data(*args, **options)
        except Exception as error:
            raise ArgumentError("unreadable") from error

    async def process_api(self, *args: Any, request: Any = None, **options: Any) -> Any:
        """Handle an event. Raises gr.Error, and nothing else."""
        try:
            return await super().process_api(*args, request=request, **options)
        except gr.Error as error:
            error.print_exception = False
            raise
        except Exception as error:
            raise spoken(error, _language(request)) from None


def _language(request: Any) -> Language:
    headers = getattr(request, "headers", None)
    return language_of_request(dict(headers) if headers is not None else None)
