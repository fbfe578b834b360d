"""The templates that a visitor can use: the package's, those of the page's owner, and the visitor's own."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from demo.session import Session
from demo.words import say
from toolkit.errors import PreflightError
from toolkit.files import safe_stem
from toolkit.texts import Language, Text

if TYPE_CHECKING:
    from prompts import Template

MAX_OWN = 30
"""Templates that a visitor may add in a session; each has 64 KiB at most."""
FOLDER = "templates"


class TemplateRefusedError(PreflightError):
    """A visitor's template that can't be taken; carries its sentence."""


@dataclass(frozen=True)
class Shelf:
    """Templates by name and language. `broken` are files that could not be used: their name, and why."""

    templates: tuple["Template", ...]
    broken: tuple[tuple[str, Text], ...] = ()
    own: Path | None = None
    shared: Path | None = None

    def find(self, name: str, lang: Language) -> "Template | None":
        """Find a template by name, in `lang` or else in the language that it has."""
        named = [template for template in self.templates if template.name == name]
        return next((t for t in named if t.lang == lang), named[0] if named else None)

    def of_task(self, task: str, lang: Language) -> "Template | None":
        """Find the template that a task takes unless another is named."""
        fitting = [t for t in self.templates if t.task == task and t.lang == lang]
        return next((t for t in fitting if t.name == task), fitting[0] if fitting else None)

    def root(self, template: "Template") -> Path | None:
        """Give the folder that `build_prompt` has to be told; None for a template of the package."""
        if template.built_in:
            return None
        return self.own if self.is_own(template) else self.shared

    def is_own(self, template: "Template") -> bool:
        """Tell whether the visitor brought it along."""
        return self.own is not None and template.path.is_relative_to(self.own)

    def listed(self, lang: Language) -> list["Template"]:
        """List each name once, in `lang` where it has it."""
        names = dict.fromkeys(template.name for template in self.templates)
        return [found for name in names if (found := self.find(name, lang)) is not None]


def shelf_of(session: Session, shared: Path | None = None) -> Shelf:
    """Read the templates of a session; `shared` is the folder that the page was started with."""
    from prompts import read_library

    own = session.folder / FOLDER
    libraries = [read_library()]
    libraries += [read_library(folder) for folder in (shared, own) if folder is not None and folder.is_dir()]
    templates = {(t.name, t.lang): t for library in libraries for t in library.templates if not t.built_in}
    built_in = {(t.name, t.lang): t for t in libraries[0].templates}
    broken = [(b.path.name, without_path(b.text, b.path)) for library in libraries for b in library.broken]
    return Shelf(tuple((built_in | templates).values()), tuple(broken), own, shared)


def without_path(text: Text, path: Path) -> Text:
    """Put a file's name in place of its path, which is nobody's business."""
    return Text(text.en.replace(str(path), path.name), text.zh.replace(str(path), path.name))


def save(session: Session, name: str, source: str) -> Path:
    """Keep a template in the session, under a file name of its own; broken ones too: the list says why."""
    from prompts.sandbox import MAX_SOURCE
    from prompts.template_file import SUFFIX

    data = source.encode("utf-8", "replace")
    if len(data) > MAX_SOURCE:
        raise TemplateRefusedError.from_text(say("prompt_step.own.too_long", limit=MAX_SOURCE // 1024))
    folder = session.place(FOLDER)
    target = folder / f"{safe_stem(Path(name).stem)[:60] or 'template'}{SUFFIX}"
    if not target.exists() and len(list(folder.iterdir())) >= MAX_OWN:
        raise TemplateRefusedError.from_text(say("prompt_step.own.too_many", limit=MAX_OWN))
    target.write_bytes(data)
    return target


def remove(session: Session, file: str) -> None:
    """Forget one of the visitor's own templates, by its file's name."""
    folder = session.folder / FOLDER
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.name == file:
            path.unlink(missing_ok=True)


def fault_of(path: Path) -> Text | None:
    """Say what is wrong with a template file, None if nothing is."""
    from prompts.errors import TemplateError
    from prompts.template_file import read_template

    try:
        read_template(path)
    except TemplateError as error:
        return without_path(error.text, path)
    return None
