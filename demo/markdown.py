"""A model's Markdown as HTML that can do nothing: no HTML of its own, no images, no links to click.

A document can tell a model to write an address with the document's words in it; whoever loads or clicks it
sends them away. So an image stays its description, and a link its words with the address beside them.
"""

from functools import cache
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

MAX_NESTING = 20


@cache
def _parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    # CommonMark with tables; `html: False` writes tags as text.
    parser = MarkdownIt("commonmark", {"html": False, "linkify": False, "maxNesting": MAX_NESTING})
    parser.enable(["table", "strikethrough"])
    for name, rule in {"image": _image, "link_open": _nothing, "link_close": _address}.items():
        parser.add_render_rule(name, rule)
    return parser


def _image(_self: Any, tokens: Any, index: int, _options: Any, _env: Any) -> str:
    token = tokens[index]
    return f"<span>[{escape(token.content)}]</span> <code>{escape(str(token.attrGet('src') or ''))}</code>"


def _nothing(_self: Any, _tokens: Any, _index: int, _options: Any, _env: Any) -> str:
    return ""


def _address(_self: Any, tokens: Any, index: int, _options: Any, _env: Any) -> str:
    opening = next((t for t in reversed(tokens[:index]) if t.type == "link_open"), None)
    return "" if opening is None else f" <code>{escape(str(opening.attrGet('href') or ''))}</code>"


def render(text: str) -> str:
    """Render Markdown to harmless HTML: headings, lists, tables, emphasis, code."""
    return str(_parser().render(text))
