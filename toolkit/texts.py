"""Text that people read: English and Chinese side by side, kept in TOML files beside the code."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Language = Literal["en", "zh"]


@dataclass(frozen=True)
class Text:
    """One sentence in both languages. `str(text)` is the English one."""

    en: str
    zh: str

    def __str__(self) -> str:
        return self.en

    def in_language(self, lang: Language) -> str:
        """Give the sentence in `lang`."""
        return self.zh if lang == "zh" else self.en


class Catalogue:
    """The sentences of a folder of TOML files, each a table with the keys `en` and `zh`.

    A file is read when one of its sentences is first asked for.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[str, dict[str, object]] = {}

    def __call__(self, key: str, /, **values: object) -> Text:
        """Fill in the sentence called `key`: "errors.empty" is the table `[empty]` of errors.toml.

        A value that is itself a `Text` is put in by its language. Values are inserted as they are and
        never read as templates. Raises KeyError for an unknown key or a missing value.
        """
        entry = self._entry(key)
        return Text(en=_fill(entry["en"], values, "en"), zh=_fill(entry["zh"], values, "zh"))

    def keys(self) -> list[str]:
        """List every key of the folder, sorted."""
        names = sorted(path.stem for path in self._folder.glob("*.toml"))
        return [f"{name}.{key}" for name in names for key in _flat(self._read(name))]

    def _entry(self, key: str) -> Mapping[str, str]:
        name, *parts = key.split(".")
        entry: object = self._read(name)
        for part in parts:
            entry = entry.get(part) if isinstance(entry, Mapping) else None
        if not isinstance(entry, Mapping) or not {"en", "zh"} <= entry.keys():
            raise KeyError(f"{self._folder / name}.toml has no sentence {key!r}")
        return entry

    def _read(self, name: str) -> dict[str, object]:
        if name not in self._files:
            path = self._folder / f"{name}.toml"
            if not path.is_file():
                raise KeyError(f"there is no file of sentences {path}")
            self._files[name] = tomllib.loads(path.read_text(encoding="utf-8"))
        return self._files[name]


def _flat(table: Mapping[str, object]) -> list[str]:
    if {"en", "zh"} <= table.keys():
        return [""]
    found: list[str] = []
    for key, value in table.items():
        if isinstance(value, Mapping):
            found += [f"{key}.{rest}".rstrip(".") for rest in _flat(value)]
    return found


def _fill(template: str, values: Mapping[str, object], lang: Language) -> str:
    shown = {name: v.in_language(lang) if isinstance(v, Text) else v for name, v in values.items()}
    return template.format_map(shown)


def preferred_language(environ: Mapping[str, str] = os.environ) -> Language:
    """Read the language a person wants from VL_PREFLIGHT_LANG, then LC_ALL, LC_MESSAGES and LANG."""
    for name in ("VL_PREFLIGHT_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = environ.get(name, "")
        if value:
            return "zh" if value.lower().startswith("zh") else "en"
    return "en"


say = Catalogue(Path(__file__).with_name("sentences"))
"""The toolkit's own sentences."""
