"""Each visitor's own folder and state, found by the browser tab and deleted after idleness."""

import os
import secrets
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from demo.memory import give_back
from demo.waiting import Line, Ticket
from demo.work import Work
from toolkit.texts import Language

ROOT_PREFIX = "vl-preflight-"
LEFT_SECONDS = 30.0
"""How long a closed tab's session is kept, so that reloading the page finds its work again."""
ECHO_SECONDS = 15.0
"""After a session's end the last of its requests may still hold pictures for some seconds."""
MAX_REMEMBERED = 10_000
"""Tabs that are told where their files went; 11 characters each."""


@dataclass
class Session:
    """One visitor's tab: `token` is its secret, `folder` holds its files, `work` what it has done so far.

    `tabs` are all browser tabs it ever had. `busy` counts what is running; `lines` are what all wait in, by
    kind of work. `after_expiry` tells that the tab had an earlier session that ended by idleness, so that the
    page can say where the files went.
    """

    token: str
    folder: Path
    lang: Language
    last_used: float
    work: Work = field(default_factory=Work)
    runs: dict[str, threading.Event] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)
    lines: Mapping[str, Line] = field(default_factory=dict)
    busy: int = 0
    left: bool = False
    tabs: set[str] = field(default_factory=set)
    after_expiry: bool = False

    def place(self, *parts: str) -> Path:
        """Make a folder inside the session's own."""
        path = self.folder.joinpath(*parts)
        path.mkdir(parents=True, exist_ok=True)
        return path

    @contextmanager
    def run(self, kind: str, stop: threading.Event | None = None) -> Iterator[threading.Event]:
        """Give the event that stops one run ("prepare" or "ask"); an earlier run of the kind is stopped.

        The session doesn't expire while it goes on.
        """
        stop = stop or threading.Event()
        with self.lock:
            self.halt(kind)
            self.runs[kind] = stop
            self.busy += 1
        try:
            yield stop
        finally:
            stop.set()
            with self.lock:
                self.busy -= 1

    def stand_in_line(self, kind: str) -> Ticket:
        """Take the last place of the line for a kind of work; where there is none, nobody is before."""
        return self.lines.get(kind, Line(1)).join()

    def halt(self, *kinds: str) -> None:
        """Ask what is running to stop, everything if no kind is named."""
        for kind in kinds or tuple(self.runs):
            if kind in self.runs:
                self.runs[kind].set()

    def forget(self, kind: str) -> None:
        """Delete the folders that `fresh_place` made for a kind."""
        for folder in self.folder.glob(f"{kind}-*"):
            shutil.rmtree(folder, ignore_errors=True)

    def fresh_place(self, kind: str) -> Path:
        """Make a new, empty folder whose name cannot be guessed."""
        return self.place(f"{kind}-{secrets.token_hex(4)}")


class SessionStore:
    """All sessions of this server. Thread-safe; `clock` gives seconds, and only tests replace it.

    `at_once` says of each kind of work ("prepare", "ask") for how many sessions it is done at a time.
    """

    def __init__(
        self,
        *,
        idle_seconds: float,
        max_sessions: int,
        at_once: Mapping[str, int] | None = None,
        on_end: Callable[[Session], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.root = Path(tempfile.mkdtemp(prefix=f"{ROOT_PREFIX}{os.getpid()}-"))
        self._idle_seconds, self._max_sessions = idle_seconds, max_sessions
        self._on_end, self._clock = [on_end] if on_end is not None else [], clock
        self._lines = {kind: Line(places) for kind, places in (at_once or {}).items()}
        self._due: list[float] = []
        self._by_token: dict[str, Session] = {}
        self._by_tab: dict[str, str] = {}
        self._expired_tabs: set[str] = set()
        self._lock = threading.RLock()
        self._closing = threading.Event()

    def __len__(self) -> int:
        return len(self._by_token)

    def of_tab(self, tab: str, lang: Language) -> Session:
        """Find the session of a browser tab, or begin one in `lang`; either counts as a click."""
        with self._lock:
            session = self._by_token.get(self._by_tab.get(tab, ""))
            if session is None:
                session = self._begin(lang)
                session.after_expiry = tab in self._expired_tabs
                self._expired_tabs.discard(tab)
                self._by_tab[tab] = session.token
            session.tabs.add(tab)
            self._touch(session)
            return session

    def begin(self, lang: Language) -> Session:
        """Begin a session that no tab has, for who keeps its token."""
        with self._lock:
            return self._begin(lang)

    def find(self, token: str) -> Session | None:
        """Find a session by its token; that counts as a click."""
        with self._lock:
            session = self._by_token.get(token)
            if session is not None:
                self._touch(session)
            return session

    def adopt(self, tab: str, token: str, lang: Language) -> Session:
        """Give a reloaded page its earlier session back, if it is there, and note the page's language."""
        with self._lock:
            if token in self._by_token:
                self._by_tab[tab] = token
            session = self.of_tab(tab, lang)
            session.lang = lang
            return session

    def when_one_ends(self, forget: Callable[[Session], None]) -> None:
        """Have `forget` called with every session that ends, after those that were asked for before."""
        self._on_end.append(forget)

    def touch(self, session: Session) -> None:
        """Count as a click: used while long work goes on. It brings no closed tab back."""
        with self._lock:
            if not session.left:
                self._touch(session)

    def leave(self, tab: str) -> None:
        """Note that a tab was closed: its session ends soon unless the page comes back.

        What a person began goes on meanwhile: a reloaded page finds it where it is. All else stops at once.
        """
        with self._lock:
            session = self._by_token.get(self._by_tab.pop(tab, ""))
            if session is not None and session.token not in self._by_tab.values():
                session.left = True
                for kind in set(session.runs) - {"prepare", "ask"}:
                    session.halt(kind)
                session.last_used = self._clock()

    def sweep(self) -> None:
        """End every session that has been idle for too long, and the oldest where there are too many."""
        with self._lock:
            idle = [s for s in self._by_token.values() if self._expired(s)]
        for session in idle:
            self.end(session)
        self._give_back(bool(idle))
        sweep_old_files(self.incoming, self._idle_seconds)

    def _give_back(self, ended: bool) -> None:
        """Hand free memory back when sessions have ended, and again when what still ran for them is gone."""
        now = self._clock()
        if ended:
            self._due = [now, now + ECHO_SECONDS]
        if self._due and now >= self._due[0]:
            self._due.pop(0)
            give_back()

    @property
    def incoming(self) -> Path:
        """The folder where uploads arrive, before a session takes them."""
        return self.root / "incoming"

    def end(self, session: Session) -> None:
        """Forget a session and delete its files."""
        with self._lock:
            self._by_token.pop(session.token, None)
            gone = {tab for tab, token in self._by_tab.items() if token == session.token}
            self._by_tab = {tab: token for tab, token in self._by_tab.items() if tab not in gone}
            if session.work.uploads and len(self._expired_tabs) < MAX_REMEMBERED:
                self._expired_tabs |= gone
        session.halt()
        for forget in self._on_end:
            forget(session)
        shutil.rmtree(session.folder, ignore_errors=True)

    def start_janitor(self) -> None:
        """Sweep in the background until `close`."""
        sweep_abandoned_roots(self.root.parent)
        threading.Thread(target=self._keep_sweeping, name="sessions", daemon=True).start()

    def close(self) -> None:
        """End all sessions and delete the root."""
        self._closing.set()
        for session in list(self._by_token.values()):
            self.end(session)
        shutil.rmtree(self.root, ignore_errors=True)

    def _keep_sweeping(self) -> None:
        while not self._closing.wait(min(5.0, self._idle_seconds / 4)):
            self.sweep()

    def _begin(self, lang: Language) -> Session:
        if len(self._by_token) >= self._max_sessions:
            # Who only opens the page again and again must not end the work of others.
            idle_first = sorted(
                self._by_token.values(), key=lambda s: (s.busy > 0, bool(s.work.uploads), s.last_used)
            )
            self.end(idle_first[0])
        token = secrets.token_urlsafe(24)
        folder = self.root / secrets.token_urlsafe(24)
        folder.mkdir(mode=0o700)
        session = Session(token, folder, lang, self._clock(), lines=self._lines)
        self._by_token[token] = session
        return session

    def _touch(self, session: Session) -> None:
        session.last_used = self._clock()
        session.left = False

    def _expired(self, session: Session) -> bool:
        idle = self._clock() - session.last_used
        if session.left:
            return idle > LEFT_SECONDS
        return session.busy == 0 and idle > self._idle_seconds


def sweep_abandoned_roots(parent: Path) -> None:
    """Delete what servers left behind that were killed: their process number stands in the name."""
    for root in parent.glob(f"{ROOT_PREFIX}*-*"):
        number = root.name.removeprefix(ROOT_PREFIX).split("-")[0]
        if number.isdigit() and not _alive(int(number)):
            shutil.rmtree(root, ignore_errors=True)


def sweep_old_files(folder: Path, seconds: float) -> None:
    """Delete the files of a folder that were not written to for `seconds`, and the folders left empty."""
    limit = time.time() - seconds
    for path in sorted(folder.rglob("*"), reverse=True):
        with suppress(OSError):
            if path.is_dir():
                path.rmdir()
            elif path.stat().st_mtime < limit:
                path.unlink()


def _alive(process: int) -> bool:
    with suppress(PermissionError):
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return False
    return True


def tab_of(request: Any) -> str:
    """Name the browser tab of a Gradio request; a client that names none shares nothing with anybody."""
    return getattr(request, "session_hash", None) or f"once-{secrets.token_hex(8)}"
