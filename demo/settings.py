"""What the person who starts the page decides: where it listens, what answers, what visitors may cost."""

import ipaddress
from dataclasses import dataclass, field
from pathlib import Path

from demo.words import say
from toolkit.texts import Text


class SettingsError(Exception):
    """A setting that cannot be, or that would be unsafe; carries its sentence in both languages."""

    def __init__(self, key: str, /, **values: object) -> None:
        """Take the sentence `key` of sentences/start.toml and fill in `values`."""
        self.text: Text = say(f"start.{key}", **values)
        super().__init__(self.text.en)


@dataclass(frozen=True)
class Limits:
    """What one visitor may take. A MB is 10**6 bytes; `idle_minutes` without a click end a session."""

    max_files: int = 50
    max_file_mb: float = 200.0
    max_pages: int = 300
    max_megapixels: float = 200.0
    idle_minutes: float = 5.0
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
    share: bool = False
    auth_file: Path | None = None
    allow_open: bool = False
    limits: Limits = field(default_factory=Limits)

    def check(self) -> None:
        """Raise SettingsError for a port that cannot be, or a page that anybody could reach."""
        if not 0 <= self.port <= 65535:
            raise SettingsError("bad_port", given=self.port)
        reachable = self.share or not is_loopback(self.host)
        if reachable and self.auth_file is None and not self.allow_open:
            raise SettingsError("open_to_all", host="--share" if self.share else self.host)


def is_loopback(host: str) -> bool:
    """Tell whether only programs of this machine can reach `host`."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
