"""The same job for programs: named, typed, described endpoints beside the page's own events.

Each client (`gradio_client.Client`, a tab, whoever names a session of their own to curl) has a session, and
calls the endpoints one after another: prepare, order, build_prompt, ask; inspect stands alone.
"""

from collections.abc import Callable, Iterator
from typing import Any

import gradio as gr

from demo import programs
from demo.arguments import arguments_of
from demo.context import Context, guarded
from demo.unseen import given, given_files, paths_of

Plain = dict[str, Any]


class Api:
    """Lays out components that nobody sees, one for each argument, and ties the endpoints to them."""

    def __init__(self, context: Context) -> None:
        self.context = context

    def build(self) -> None:
        """Make components and endpoints."""
        with gr.Column(visible=False):
            for name, handler in self.handlers.items():
                files = [given_files()] if name in ("prepare", "inspect") else []
                others = [given(argument) for argument in arguments_of(name)]
                self._endpoint(name, handler, [*files, *others])

    @property
    def handlers(self) -> dict[str, Callable[..., Any]]:
        """Every endpoint by its name; their docstrings describe them to programs."""
        own = (self.prepare, self.inspect, self.order, self.build_prompt, self.ask)
        return {handler.__name__: handler for handler in own}

    def _endpoint(self, name: str, handler: Callable[..., Any], inputs: list[Any]) -> None:
        trigger = gr.Button(visible=False)
        trigger.click(
            guarded(self.context, handler),
            inputs,
            gr.JSON(label="result"),
            api_name=name,
            show_progress="hidden",
            concurrency_limit=None,  # the line in which everybody waits is the sessions' own
        )

    def _run(self, request: gr.Request, name: str, files: Any = None, **values: Any) -> Iterator[Plain]:
        session = self.context.session(request)
        yield from programs.run(self.context, session, name, values | {"files": paths_of(files)})

    def _at_once(self, request: gr.Request, name: str, **values: Any) -> Plain:
        return list(self._run(request, name, **values))[-1]

    def prepare(
        self,
        files: Any,
        long_side: Any,
        family: Any,
        dpi: Any,
        second_look: Any,
        password: Any,
        request: gr.Request,
    ) -> Iterator[Plain]:
        """Prepare PDFs and images for a vision-language model.

        Args:
            files: PDF or image files, uploaded first.
            long_side: the longer side in pixels, or "auto" for the smallest that keeps the text readable.
            family: the model family, which decides sizes and visual tokens.
            dpi: dots per inch of the full-size page.
            second_look: send a page twice: "low-quality", "always" or "never".
            password: opens encrypted PDFs.

        Returns:
            While it works {"done", "total"}; at the end the manifest: images in sending order with size,
            tokens, role and placement, and what failed.
        """
        yield from self._run(
            request,
            "prepare",
            files,
            long_side=long_side,
            family=family,
            dpi=dpi,
            second_look=second_look,
            password=password,
        )

    def inspect(
        self, files: Any, long_side: Any, family: Any, password: Any, request: gr.Request
    ) -> Iterator[Plain]:
        """Say what a model will see of PDFs and images, without preparing them.

        Args:
            files: PDF or image files, uploaded first.
            long_side: the longer side in pixels at which the model is to see each page.
            family: the model family, which decides sizes and visual tokens.
            password: opens encrypted PDFs.

        Returns:
            While it works {"done", "total"}; at the end for each page its size, the height of its text at
            full size and as the model sees it with a verdict, its quality, its tokens by family, the smallest
            readable long side and advice; and what failed.
        """
        yield from self._run(request, "inspect", files, long_side=long_side, family=family, password=password)

    def order(self, scenario: Any, labels: Any, roles: Any, request: gr.Request) -> Plain:
        """Put the prepared images in order, by a scenario or by hand.

        Args:
            scenario: "ocr", "compare", "diagnose", "locate", or "none" for the order in which they came.
            labels: numbers of the prepared images in the order wanted; the scenario's order if empty.
            roles: a role for some numbers, such as {"1": "reference"}.

        Returns:
            The manifest in sending order, and the reason for each place.
        """
        return self._at_once(request, "order", scenario=scenario, labels=labels, roles=roles)

    def build_prompt(
        self,
        task: Any,
        region: Any,
        format: Any,
        words: Any,
        fields: Any,
        language: Any,
        request: gr.Request,
    ) -> Plain:
        """Build the prompt for the prepared images.

        Args:
            task: what to do, such as "read-text", "table" or "extract-fields".
            region: "whole", "area:header,footer", or "box:10,20,300,400@2" in pixels of image 2.
            format: such as "text", "json" or "boxes"; the task's own if empty.
            words: what the task needs in your own words, such as the question.
            fields: values to find, one a line.
            language: of the prompt, "en" or "zh".

        Returns:
            The messages in sending order; an image stands as its number.
        """
        values = {"task": task, "region": region, "format": format, "words": words, "fields": fields}
        return self._at_once(request, "build_prompt", **values, language=language)

    def ask(
        self,
        task: Any,
        region: Any,
        format: Any,
        words: Any,
        fields: Any,
        language: Any,
        request: gr.Request,
    ) -> Iterator[Plain]:
        """Ask the page's engine about the prepared images; arguments as for build_prompt.

        Args:
            task: what to do, such as "read-text", "table" or "extract-fields".
            region: "whole", "area:header,footer", or "box:10,20,300,400@2" in pixels of image 2.
            format: such as "text", "json" or "boxes"; the task's own if empty.
            words: what the task needs in your own words, such as the question.
            fields: values to find, one a line.
            language: of the prompt, "en" or "zh".

        Returns:
            The text as it comes; at the end also whether it has the form asked for, its faults, its value,
            and the places it names on the original pages.
        """
        values = {"task": task, "region": region, "format": format, "words": words, "fields": fields}
        yield from self._run(request, "ask", **values, language=language)
