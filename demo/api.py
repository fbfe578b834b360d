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
from demo.tool_words import about
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
        """Every endpoint by its name; sentences/tools.toml describes them to programs."""
        own = (self.prepare, self.inspect, self.order, self.build_prompt, self.ask)
        return {handler.__name__: handler for handler in own}

    def _endpoint(self, name: str, handler: Callable[..., Any], inputs: list[Any]) -> None:
        trigger = gr.Button(visible=False)
        trigger.click(
            guarded(self.context, handler),
            inputs,
            gr.JSON(label="result"),
            api_name=name,
            api_description=about(name),
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
        """Serve `/prepare`."""
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
        """Serve `/inspect`."""
        yield from self._run(request, "inspect", files, long_side=long_side, family=family, password=password)

    def order(self, scenario: Any, labels: Any, roles: Any, request: gr.Request) -> Plain:
        """Serve `/order`."""
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
        """Serve `/build_prompt`."""
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
        enforce: Any,
        request: gr.Request,
    ) -> Iterator[Plain]:
        """Serve `/ask`."""
        values = {"task": task, "region": region, "format": format, "words": words, "fields": fields}
        yield from self._run(request, "ask", **values, language=language, enforce=enforce)
