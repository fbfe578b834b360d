"""Which engines this version has. Adding an engine is adding a row."""

from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from demo.engines.errors import NotInstalledError, UnknownEngineError
from demo.engines.protocol import Engine


@dataclass(frozen=True)
class Row:
    """One engine: the class "module:name", the packages it can't do without, and the extra that brings them.

    `options` are the keyword arguments a person may give on the command line.
    """

    name: str
    home: str
    packages: tuple[str, ...]
    extra: str = ""
    options: tuple[str, ...] = ()

    @property
    def command(self) -> str:
        """The command that installs what is missing."""
        return f"pip install 'vl-preflight[{self.extra}]'" if self.extra else "pip install vl-preflight"


ENGINES: dict[str, Row] = {
    row.name: row
    for row in (
        Row("reader", "demo.engines.reader.engine:ReaderEngine", ("rapidocr", "onnxruntime")),
        Row(
            "transformers",
            "demo.engines.local.engine:TransformersEngine",
            ("torch", "transformers", "llguidance"),
            extra="local",
            options=("model", "device", "dtype", "exact", "cache_mb", "cache_in", "idle_minutes", "window"),
        ),
        Row(
            "openai",
            "demo.engines.served.engine:OpenAIEngine",
            ("openai",),
            options=("base_url", "model", "key_file", "timeout"),
        ),
    )
}
DEFAULT_ENGINE = "reader"


def engine_names() -> tuple[str, ...]:
    """List the engines of this version, the default first."""
    return tuple(ENGINES)


def has_engine(name: str) -> bool:
    """Tell whether this version has an engine called `name`, installed or not."""
    return name in ENGINES


def engine_takes(name: str) -> tuple[str, ...]:
    """List the options that the engine `name` takes. Raises UnknownEngineError."""
    return _row(name).options


def engine(name: str = DEFAULT_ENGINE, /, **options: Any) -> Engine:
    """Make the engine called `name`; its models load with the first question, or by `load()`.

    `options` that are None count as not given; an engine without options is made once and shared.
    Raises UnknownEngineError with the names there are, also for an option the engine doesn't have, and
    NotInstalledError with the command that mends it.
    """
    row = _row(name)
    given = {key: value for key, value in options.items() if value is not None}
    stray = sorted(given.keys() - set(row.options))
    if stray:
        raise UnknownEngineError("engines.stray_option", engine=name, option=", ".join(stray))
    missing = [package for package in row.packages if find_spec(package) is None]
    if missing:
        raise NotInstalledError(
            "engines.not_installed", engine=name, name=", ".join(missing), command=row.command
        )
    return _load(row.home)(**given) if given else _shared(name)


def _row(name: str) -> Row:
    if name not in ENGINES:
        raise UnknownEngineError("engines.unknown", given=name, allowed=", ".join(ENGINES))
    return ENGINES[name]


def _load(home: str) -> Any:
    module, _, attribute = home.partition(":")
    return getattr(import_module(module), attribute)


@cache
def _shared(name: str) -> Engine:
    made: Engine = _load(ENGINES[name].home)()
    return made
