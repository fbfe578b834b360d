"""All templates that can be had: those of the package, and a user's folder on top of them."""

import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from prompts.errors import TemplateError, UnknownNameError
from prompts.template_file import SUFFIX, Template, read_template
from prompts.words import say
from toolkit.texts import Language, Text

BUILT_IN = Path(__file__).with_name("templates")
MAX_FILES = 2_000
"""Files that are read of one folder; a folder given by mistake may hold millions."""


@dataclass(frozen=True)
class Broken:
    """A template file that could not be used, with the sentence that names file, line and reason."""

    path: Path
    text: Text


@dataclass(frozen=True)
class Library:
    """The templates found, and the files that are broken. A user's template hides one of the same name."""

    templates: tuple[Template, ...]
    broken: tuple[Broken, ...] = ()


def list_templates(
    *,
    task: str | None = None,
    lang: Language | None = None,
    format: str | None = None,
    folder: Path | str | None = None,
) -> list[Template]:
    """List the templates, the package's and those of `folder`, by task, language and format; sorted by name.

    A broken file of `folder` is left out: `read_library` tells which and why.
    """
    wanted = {"task": task, "lang": lang, "format": format}
    return [
        template
        for template in read_library(folder).templates
        if all(value is None or getattr(template, key) == value for key, value in wanted.items())
    ]


def load_template(name: str, lang: Language = "en", *, folder: Path | str | None = None) -> Template:
    """Find a template by name and language. Raises UnknownNameError with the names that are near or known."""
    for template in read_library(folder).templates:
        if template.name == name and template.lang == lang:
            return template
    known = [t.name for t in read_library(folder).templates if t.lang == lang]
    raise UnknownNameError("unknown_template", given=str(name)[:80], lang=lang, allowed=", ".join(known))


def read_library(folder: Path | str | None = None) -> Library:
    """Read the package's templates and those of `folder`; a file that did not change is read once.

    Raises TemplateError if `folder` is no folder.
    """
    own = _built_in()
    if folder is None:
        return own
    path = Path(folder)
    if not path.is_dir():
        raise TemplateError("no_folder", folder=path)
    found, broken = _read_folder(path)
    hidden = {(t.name, t.lang) for t in found}
    kept = [t for t in own.templates if (t.name, t.lang) not in hidden]
    return Library(_sorted([*kept, *found]), tuple(broken))


@lru_cache(maxsize=1)
def _built_in() -> Library:
    files = sorted(BUILT_IN.glob(f"*/*{SUFFIX}"))
    return Library(_sorted([read_template(path, built_in=True) for path in files]))


def _sorted(templates: list[Template]) -> tuple[Template, ...]:
    return tuple(sorted(templates, key=lambda t: (t.name, t.lang)))


def _read_folder(folder: Path) -> tuple[list[Template], list[Broken]]:
    found: dict[tuple[str, str], Template] = {}
    broken: list[Broken] = []
    for path in _files(folder):
        try:
            template = _read_checked(path, folder)
        except TemplateError as error:
            broken.append(Broken(path, error.text))
            continue
        other = found.setdefault((template.name, template.lang), template)
        if other is not template:
            twice = TemplateError("template_twice", file=path, name=template.name, other=other.path)
            broken.append(Broken(path, twice.text))
    return list(found.values()), broken


def _files(folder: Path) -> list[Path]:
    found: list[Path] = []
    for root, folders, names in os.walk(folder, followlinks=False):
        folders.sort()
        found += [Path(root) / name for name in sorted(names) if name.endswith(SUFFIX)]
        if len(found) > MAX_FILES:
            break
    return found[:MAX_FILES]


def _read_checked(path: Path, folder: Path) -> Template:
    if not path.resolve().is_relative_to(folder.resolve()):
        raise TemplateError("template_broken", file=path, reason=say("errors.template_outside"))
    if not path.is_file():
        raise TemplateError("template_broken", file=path, reason=say("errors.template_no_file"))
    state = path.stat()
    return _read_once(path, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=MAX_FILES)
def _read_once(path: Path, _changed: int, _size: int) -> Template:
    return read_template(path)
