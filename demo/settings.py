"""What the person who starts the page decides: where it listens, what answers, what visitors may cost."""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from demo.engines import engine_names, engine_takes
from demo.words import say
from toolkit.texts import Text

_HOST_NAME = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")


class SettingsError(Exception):
    """A setting that cannot be, or that would be unsafe; carries its sentence in both languages."""

    def __init__(self, key: str, /, **values: object) -> None:
        """Take the sentence `key` of sentences/start.toml and fill in `values`."""
        self.text: Text = say(f"start.{key}", **values)
        super().__init__(self.text.en)


@dataclass(frozen=True)
class Limits:
    """What one visitor may take. A MB is 10**6 bytes; `idle_minutes` without a click end a session.

    `max_requests` counts those of one address in a minute, assets and pictures left out; the default lets
    thirty visitors behind one router work.
    """

    max_files: int = 50
    max_file_mb: float = 200.0
    max_pages: int = 300
    max_megapixels: float = 200.0
    idle_minutes: float = 5.0
    max_requests: int = 1200
    max_sessions: int = 200
    preparing_at_once: int = 2
    asking_at_once: int = 2

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if value <= 0:
                raise SettingsError("limit_not_positive", option=name.replace("_", "-"), given=value)

    @property
    def max_bytes(self) -> int:
        """The largest upload in bytes."""
        return int(self.max_file_mb * 10**6)


@dataclass(frozen=True)
class Settings:
    """Where the page listens and what answers; safe as it stands: only this machine can reach it."""

    host: str = "127.0.0.1"
    port: int = 7860
    engine: str = "reader"
    model: str | None = None
    base_url: str | None = None
    key_file: Path | None = None
    device: str | None = None
    exact: bool = False
    cache_mb: float | None = None
    cache_in: str | None = None
    preload: bool = False
    allow_custom_server: bool = False
    templates: Path | None = None
    open_folder: Path | None = None
    share: bool = False
    auth_file: Path | None = None
    allow_open: bool = False
    allowed_hosts: tuple[str, ...] = ()
    mcp: bool = False
    limits: Limits = field(default_factory=Limits)

    def engine_options(self, name: str) -> Mapping[str, Any]:
        """Give what was decided for the engine `name`: only what it takes, and only what was given.

        `model` belongs to the engine that `--engine` names; the rest to every engine that takes it.
        Raises UnknownEngineError where this version has no such engine.
        """
        given = {
            "model": self.model if name == self.engine else None,
            "base_url": self.base_url,
            "key_file": self.key_file,
            "device": self.device,
            "exact": self.exact or None,
            "cache_mb": self.cache_mb,
            "cache_in": self.cache_in,
            "idle_minutes": self.limits.idle_minutes,
        }
        takes = engine_takes(name)
        return {key: value for key, value in given.items() if value is not None and key in takes}

    def check(self) -> None:
        """Raise SettingsError for a port that cannot be, or a page that anybody could reach."""
        if not 0 <= self.port <= 65535:
            raise SettingsError("bad_port", given=self.port)
        for name in self.allowed_hosts:
            if not _HOST_NAME.fullmatch(name):
                raise SettingsError("bad_allowed_host", given=name)
        for option in ("model", "base_url", "key_file", "device", "cache_mb", "cache_in"):
            self._check_taken(option)
        for option, folder in (("templates", self.templates), ("open", self.open_folder)):
            if folder is not None and not folder.is_dir():
                raise SettingsError("no_folder", option=option, given=folder)
        if self.mcp and find_spec("mcp") is None:
            raise SettingsError("no_mcp")
        reachable = self.share or not is_loopback(self.host)
        if reachable and self.auth_file is None and not self.allow_open:
            raise SettingsError("open_to_all", host="--share" if self.share else self.host)

    def _check_taken(self, option: str) -> None:
        engines = [self.engine] if option == "model" else engine_names()
        if getattr(self, option) is not None and not any(option in engine_takes(name) for name in engines):
            raise SettingsError("stray_option", option=option.replace("_", "-"), engine=self.engine)


def is_loopback(host: str) -> bool:
    """Tell whether only programs of this machine can reach `host`."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
