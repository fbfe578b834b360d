"""What the four steps share: settings, sessions, labels in two languages, and what happens to an error."""

import functools
import inspect
import logging
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import gradio as gr

from demo.engine_pool import EnginePool
from demo.engines import Engine, EngineError
from demo.logs import fault
from demo.passwords import Doorkeeper
from demo.session import Session, SessionStore, tab_of
from demo.settings import Settings
from demo.shelf import Shelf, shelf_of
from demo.theme import STATIC
from demo.words import language_of_request, say
from toolkit.errors import PreflightError
from toolkit.texts import Language, Text

log = logging.getLogger("vl_preflight.demo")

OWN = "own"
"""The name of the engine that a visitor brought along."""

Updates = dict[Any, Any]
"""New values by component, as Gradio takes them."""


@dataclass
class Context:
    """Given to every step. `localised` holds what components are to be told in the session's language."""

    settings: Settings
    store: SessionStore
    engines: EnginePool
    doorkeeper: Doorkeeper | None = None
    localised: list[tuple[Any, Callable[[Language], dict[str, Any]]]] = field(default_factory=list)
    steps: dict[str, "Step"] = field(default_factory=dict)
    tabs: Any = None
    tab_of: dict[str, Any] = field(default_factory=dict)
    header: Any = None

    def session(self, request: gr.Request) -> Session:
        """Find the session of a request, or begin one."""
        return self.store.of_tab(tab_of(request), language_of_request(dict(request.headers)))

    @property
    def engine(self) -> Engine:
        """The engine that the page was started with."""
        return self.engines.get()

    def engine_of(self, session: Session) -> Engine:
        """Give the engine that a visitor chose, or the page's own. Raises EngineError."""
        return self.engine_for(session, session.work.talk.engine)

    def engine_for(self, session: Session, name: str) -> Engine:
        """Give an engine by name as a visitor sees it: `OWN` is their own server. Raises EngineError."""
        own = session.work.talk.own
        return own if name == OWN and own is not None else self.engines.get(name)

    def engine_name(self, session: Session) -> str:
        """Give the name by which `engine_for` finds again what a visitor chose, model or own server."""
        return session.work.talk.engine or self.engines.default

    def able(self, session: Session) -> Mapping[str, tuple[str, ...]] | None:
        """Say which tasks the visitor's engine can answer in which formats; None for all."""
        return self.engine_of(session).describe(session.lang).tasks

    def shelf(self, session: Session) -> Shelf:
        """Give the templates that a visitor can use."""
        return shelf_of(session, self.settings.templates)

    @property
    def everything(self) -> list[Any]:
        """Every component that the page draws, once."""
        steps = [component for step in self.steps.values() for component in step.outputs]
        return list(dict.fromkeys([*steps, *(component for component, _ in self.localised)]))

    def merged(self, words: Updates, drawn: Updates) -> Updates:
        """Put the words of a language and the state of a session into one update a component."""
        updates: Updates = dict(words)
        for component, update in drawn.items():
            both = isinstance(update, dict) and component in updates
            updates[component] = {**updates[component], **update} if both else update
        return updates

    def choices(
        self, component: Any, keys: Mapping[Any, str] | Callable[[Language], list[tuple[str, Any]]]
    ) -> Any:
        """Remember that choices follow the language: values to sentence keys, or a function of it."""

        def make(lang: Language) -> dict[str, Any]:
            if callable(keys):
                return {"choices": keys(lang)}
            return {"choices": [(say(key).in_language(lang), value) for value, key in keys.items()]}

        self.localised.append((component, make))
        return component

    def in_language(self, lang: Language) -> Updates:
        """Give every remembered component its words."""
        return {component: gr.update(**make(lang)) for component, make in self.localised}

    def show(self, session: Session, *names: str) -> Updates:
        """Draw the steps called `names`, all of them if none is named."""
        updates: Updates = {}
        self._know_engine(session)
        for name in names or self.steps:
            updates |= self.steps[name].show(session)
        return updates

    def _know_engine(self, session: Session) -> None:
        """Note what steps 1 and 2 have to know of the engine; its own window is the one to begin with."""
        work, info = session.work, self.engine_of(session).describe(session.lang)
        work.talkative = info.is_language_model
        if info.window and info.window != work.own_window:
            work.window = info.window
        work.own_window = info.window

    def on(
        self,
        trigger: Callable[..., Any],
        handler: Callable[..., Any],
        inputs: list[Any],
        outputs: list[Any],
        **options: Any,
    ) -> Any:
        """Tie a handler of the page to an event: guarded, without a spinner, not part of the API."""
        options = {"show_progress": "hidden", "api_visibility": "private"} | options
        return trigger(guarded(self, handler), inputs, outputs, **options)

    def go(self, trigger: Callable[..., Any], name: str) -> Any:
        """Let an event open another step; give the event that has done so.

        The browser does it, at once, as if its tab was clicked: then it is drawn anew, and only once.
        """
        script = f"() => window.vlPreflight.open('{name}')"
        return trigger(None, [], [], js=script, show_progress="hidden", api_visibility="private")


class Step:
    """One of the four steps: `build` lays it out, `wire` ties its events, `show` draws it from a session."""

    def __init__(self, context: Context) -> None:
        self.context = context

    def build(self) -> None:
        """Make the components, inside the step's tab."""
        raise NotImplementedError

    def wire(self) -> None:
        """Tie the events; every step is built by then."""
        raise NotImplementedError

    def show(self, session: Session) -> Updates:
        """Give what the step shows of a session."""
        raise NotImplementedError

    @property
    def outputs(self) -> list[Any]:
        """The components that `show` speaks of."""
        raise NotImplementedError


def label(key: str) -> Any:
    """Name a sentence of page.toml for a label; the browser fills it in."""
    return gr.I18n()(f"page.{key}")


def html(**values: Any) -> Any:
    """Make a gr.HTML that looks as static/page.css says and does nothing on its own."""
    return gr.HTML(**({"apply_default_css": False, "js_on_load": None} | values))


def action_html(*scripts: str, **values: Any) -> Any:
    """Make a gr.HTML whose buttons, lists and drags come back as its `input` event.

    `scripts` names more files of static/ that serve it, such as "form" for fields and searches.
    """
    code = [(STATIC / f"{name}.js").read_text(encoding="utf-8") for name in ("act", *scripts)]
    return html(js_on_load="\n".join(code), **values)


def read_action(event: gr.EventData, longest: int = 300) -> tuple[str, str, str]:
    """Read what a person did inside an `action_html`: what, to which, and the value chosen. Hostile input.

    The value is cut to `longest` characters, the others to 300.
    """
    data = event._data if isinstance(event._data, dict) else {}
    act, arg = (str(data.get(key, ""))[:300] for key in ("act", "arg"))
    return act, arg, str(data.get("value", ""))[:longest]


def text_of(error: Exception) -> Text | None:
    """Give the sentence of an error that was raised on purpose, None for any other."""
    from prompts.errors import PromptError

    if isinstance(error, (PreflightError, EngineError, PromptError)):
        return error.text
    return None


def explain(error: Exception) -> Text:
    """Give the sentence a person is shown. What was not expected is logged under a number only."""
    known = text_of(error)
    if known is not None:
        return known
    number = secrets.token_hex(3)
    log.error("unexpected (number %s): %s", number, fault(error))
    return say("messages.unexpected", number=number)


def spoken(error: Exception, lang: Language) -> gr.Error:
    """Turn an error into what the page shows: one sentence."""
    title = say("messages.error").in_language(lang)
    return gr.Error(explain(error).in_language(lang), title=title, print_exception=False, duration=12)


def _all_of(result: Any) -> Any:
    """Give what Gradio takes for "nothing changes": it calls no updates at all too few, and logs them."""
    return gr.skip() if result == {} and isinstance(result, dict) else result


def guarded(context: Context, handler: Callable[..., Any]) -> Callable[..., Any]:
    """Turn whatever `handler` raises into one sentence in the visitor's language. Takes generators too."""

    def failure(error: Exception, args: tuple[Any, ...]) -> gr.Error:
        request = next((value for value in args if isinstance(value, gr.Request)), None)
        lang: Language = "en" if request is None else context.session(request).lang
        return spoken(error, lang)

    @functools.wraps(handler)
    def once(*args: Any) -> Any:
        try:
            return _all_of(handler(*args))
        except gr.Error:
            raise
        except Exception as error:
            raise failure(error, args) from None

    @functools.wraps(handler)
    def streaming(*args: Any) -> Iterator[Any]:
        try:
            with closing(handler(*args)) as results:  # whoever stops listening stops the work
                for result in results:
                    yield _all_of(result)
        except gr.Error:
            raise
        except Exception as error:
            raise failure(error, args) from None

    return streaming if inspect.isgeneratorfunction(handler) else once
