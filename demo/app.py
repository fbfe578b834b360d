"""The page: four steps put together, and the server that shows them."""

import atexit
import errno
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

# Before Gradio is imported: no analytics, no look for a newer version, nothing recorded in the browser.
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
# Gradio counts its events with pandas after each of them; nobody reads that here.
os.environ.setdefault("GRADIO_ANALYTICS_CACHE_FREQUENCY", "1000000000")

import gradio as gr

from demo.api import Api
from demo.blocks import Page
from demo.context import Context, Updates, html, label
from demo.engine_pool import EnginePool
from demo.engines import EngineError
from demo.hosts import checks_hosts, is_own_host
from demo.logs import keep_words_out
from demo.memory import keep_large_apart
from demo.passwords import Doorkeeper, read_auth_file
from demo.server import PageMiddleware
from demo.session import Session, SessionStore, tab_of
from demo.settings import Settings, SettingsError
from demo.steps import STEPS
from demo.steps.prompt import restore_link
from demo.theme import head, theme
from demo.views import view
from demo.words import page_translations
from toolkit.texts import Language

THREADS = 40
"""Threads for clicks, as Gradio has by default; who prepares or asks has one besides."""
CACHE_SECONDS = (60, 600)
"""How often, in seconds, Gradio looks for old files of its own, and how old they may get."""


def build_app(settings: Settings | None = None) -> Any:
    """Build the page. Its sessions live as long as `blocks.context.store` is not closed.

    Raises SettingsError for an engine that cannot be used.
    """
    settings = settings or Settings()
    context = _context(settings)
    with Page(title="VL Preflight", delete_cache=CACHE_SECONDS, analytics_enabled=False) as blocks:
        _build_page(context)
        Api(context).build()
        _tie_loading(blocks, context)
    context.store.when_one_ends(partial(_forget, blocks))
    # No way round the queue: a direct call would slip past the limits on work at once.
    blocks.queue(default_concurrency_limit=20, max_size=200, api_open=False)
    blocks.context = context
    return blocks


def launch(
    settings: Settings, *, ready: Callable[[str], None] = lambda address: None, wait: bool = True
) -> Any:
    """Open the page and serve until Ctrl-C, or give the Blocks back at once if `wait` is false.

    `ready` is told the page's address once it answers. Raises SettingsError for a port that is taken or a
    password file that cannot be used.
    """
    settings.check()
    keep_words_out()
    keep_large_apart()
    blocks = build_app(settings)
    context = blocks.context
    context.store.start_janitor()
    atexit.register(context.store.close)
    threading.Thread(target=_warm_up, name="warm-up", daemon=True).start()
    _launch(blocks, settings)
    ready(blocks.local_url)
    if wait:
        # A service manager ends the page by SIGTERM: visitors' files go then too.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        try:
            blocks.block_thread()
        finally:
            context.store.close()
    return blocks


def launch_options(settings: Settings, context: Context) -> dict[str, Any]:
    """Give what `Blocks.launch` is told: looks, limits, and what stays shut."""
    limits = settings.limits
    return {
        "server_name": settings.host,
        "server_port": settings.port or None,
        "share": settings.share,
        "auth": None if context.doorkeeper is None else context.doorkeeper.opens,
        "max_file_size": limits.max_bytes,
        "allowed_paths": [str(context.store.root)],
        "theme": theme(),
        "i18n": gr.I18n(**page_translations()),
        "run_history": False,
        "enable_monitoring": False,
        "footer_links": [],
        "ssr_mode": False,
        "show_error": False,
        "app_kwargs": {"middleware": [middleware(context)]},
        "quiet": True,
        "prevent_thread_lock": True,
        "state_session_capacity": limits.max_sessions,
        # Who waits for a turn holds a thread, and must not keep those that are served from theirs.
        "max_threads": THREADS + 2 * limits.max_sessions,
    }


def middleware(context: Context) -> Any:
    """Make the middleware as Starlette takes it."""
    from starlette.middleware import Middleware

    in_space = bool(os.environ.get("SPACE_ID"))
    settings = context.settings
    return Middleware(
        PageMiddleware,
        head=head(settings.limits.max_bytes),
        frames=in_space,
        private=context.store.incoming,
        per_minute=settings.limits.max_requests,
        max_file_bytes=settings.limits.max_bytes,
        mcp=_mcp_door(context),
        own_host=partial(is_own_host, settings=settings) if checks_hosts(settings) else None,
    )


def _mcp_door(context: Context) -> Any:
    if not context.settings.mcp:
        return None
    from demo.mcp_door import McpDoor

    return McpDoor(context, None if context.doorkeeper is None else context.doorkeeper.opens)


def _launch(blocks: Any, settings: Settings) -> None:
    try:
        blocks.launch(**launch_options(settings, blocks.context))
    except OSError as error:
        fault = _cannot_listen(settings) or error
        if fault.errno == errno.EADDRINUSE:
            raise SettingsError("port_taken", port=settings.port, host=settings.host) from error
        if fault is error:
            raise
        reason = fault.strerror or str(fault)
        raise SettingsError("cannot_listen", host=settings.host, port=settings.port, reason=reason) from error


def _cannot_listen(settings: Settings) -> OSError | None:
    """Try to listen where the page should; give what the system says: Gradio calls any fault a taken port."""
    try:
        found = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)
        family, kind, _, _, address = found[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        return error
    return None


def _context(settings: Settings) -> Context:
    engines = EnginePool(settings)
    try:
        answering = engines.get()
        if settings.preload:
            answering.load()
    except EngineError as error:
        raise SettingsError("engine_unusable", engine=settings.engine, reason=error.text) from error
    limits = settings.limits
    store = SessionStore(
        idle_seconds=60 * limits.idle_minutes,
        max_sessions=limits.max_sessions,
        at_once={"prepare": limits.preparing_at_once, "ask": limits.asking_at_once},
        on_end=lambda session: engines.forget(session.token),
    )
    # Gradio's components remember this as they are made: uploads arrive below the root that is swept.
    os.environ["GRADIO_TEMP_DIR"] = str(store.incoming)
    entries = None if settings.auth_file is None else read_auth_file(settings.auth_file)
    return Context(settings, store, engines, None if entries is None else Doorkeeper(entries))


def _forget(blocks: Any, session: Session) -> None:
    """Let Gradio drop what it showed to a session: it keeps that for an hour, 0.4 MB each, for deep links."""
    holder = getattr(blocks, "state_holder", None)  # there once the page is served
    if holder is not None:
        with holder.lock:
            for tab in session.tabs:
                holder.session_data.pop(tab, None)
                holder.time_last_used.pop(tab, None)


def _build_page(context: Context) -> None:
    context.header = html(elem_id="vp-header")
    context.steps = {name: make(context) for name, make in STEPS.items()}
    with gr.Tabs(elem_id="vp-steps", overflow_behavior="wrap") as context.tabs:
        for name, step in context.steps.items():
            with gr.Tab(label(f"tab.{name}"), id=name, elem_id=f"vp-step-{name}") as tab:
                step.build()
            context.tab_of[name] = tab
    for name, step in context.steps.items():
        step.wire()
        context.on(context.tab_of[name].select, _drawing(context, name), [], step.outputs)


def _drawing(context: Context, name: str) -> Any:
    def draw(request: gr.Request) -> Updates:
        session = context.session(request)
        session.work.step = name
        return context.show(session, name)

    return draw


def _warm_up() -> None:
    """Read templates and the router's examples before the first visitor needs them: half a second."""
    from prompts import read_library, route

    read_library()
    route("warm up")


def _tie_loading(blocks: Any, context: Context) -> None:
    token = gr.Textbox(visible="hidden")
    lang = gr.Textbox(visible="hidden")
    link = gr.Textbox(visible="hidden")

    def load(kept: str, wanted: str, linked: str, request: gr.Request) -> Updates:
        tongue: Language = "zh" if wanted == "zh" else "en"
        session = context.store.adopt(tab_of(request), str(kept or ""), tongue)
        if linked:
            restore_link(context, session, str(linked))
        drawn = {
            context.header: view("header", tongue),
            context.tabs: gr.Tabs(selected=session.work.step),
            token: session.token,
        }
        return drawn | context.merged(context.in_language(tongue), context.show(session))

    def leave(request: gr.Request) -> None:
        context.store.leave(tab_of(request))

    outputs = [context.header, context.tabs, token, *context.everything]
    read = "() => [window.vlPreflight.token(), window.vlPreflight.lang, window.vlPreflight.link()]"
    loaded = context.on(blocks.load, load, [token, lang, link], outputs, js=read)
    loaded.then(None, [token], js="(kept) => window.vlPreflight.keep(kept)", api_visibility="private")
    blocks.unload(leave)
