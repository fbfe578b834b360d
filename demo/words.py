"""The page's sentences: labels by the browser's language, messages by the session's."""

from collections.abc import Mapping
from pathlib import Path

from toolkit.texts import Catalogue, Language

say = Catalogue(Path(__file__).with_name("sentences"))
"""The demo's own sentences."""

PAGE = "page."
"""Keys of page.toml hold no values to fill in: the browser itself puts them on labels."""


def page_translations() -> dict[str, dict[str, str]]:
    """Give every sentence of page.toml as `gr.I18n` takes them: a locale to keys and words.

    Traditional Chinese falls to simplified, which a reader of it understands better than English.
    """
    texts = {key: say(key) for key in say.keys() if key.startswith(PAGE)}  # noqa: SIM118 - not a dict
    english = {key: text.en for key, text in texts.items()}
    chinese = {key: text.zh for key, text in texts.items()}
    return {"en": english, "zh-CN": chinese, "zh-TW": chinese, "zh": chinese}


def language_of(wanted: str) -> Language:
    """Choose a language by a browser's list, such as "zh-TW,zh;q=0.9,en;q=0.8"; the first one known wins.

    Anything else than Chinese is answered in English.
    """
    ranked = sorted(_weighted(wanted[:1000]), key=lambda pair: -pair[1])
    for tag, weight in ranked:
        if weight > 0 and tag.split("-")[0] in ("zh", "en"):
            return "zh" if tag.startswith("zh") else "en"
    return "en"


def _weighted(wanted: str) -> list[tuple[str, float]]:
    pairs = []
    for part in wanted.lower().split(","):
        tag, _, weight = part.strip().partition(";q=")
        try:
            pairs.append((tag.strip(), float(weight or 1)))
        except ValueError:
            continue
    return pairs


def language_of_request(headers: Mapping[str, str] | None) -> Language:
    """Choose a language by the headers of a request."""
    return language_of((headers or {}).get("accept-language", ""))
