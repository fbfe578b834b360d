"""HTML of the page, by Jinja2 templates that escape everything: file names and answers are hostile."""

from functools import cache
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from demo.words import say
from toolkit.texts import Language


@cache
def _environment() -> Environment:
    loader = FileSystemLoader(Path(__file__).with_name("views"))
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["file_url"] = file_url
    environment.filters["thousands"] = thousands
    return environment


def view(name: str, lang: Language, /, **values: object) -> str:
    """Render views/NAME.html in one language. Inside, `t("page.key", …)` gives a sentence."""

    def t(key: str, **fill: object) -> str:
        return say(key, **fill).in_language(lang)

    return _environment().get_template(f"{name}.html").render(t=t, lang=lang, **values).strip()


def file_url(path: Path) -> str:
    """Give the address under which Gradio serves a file of the session's folder."""
    return f"gradio_api/file={quote(str(path))}"


def thousands(number: int) -> str:
    """Write 12345 as 12,345."""
    return f"{number:,}"
