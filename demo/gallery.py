"""The right-hand side of step 1: progress, pictures, what failed, and the bundled documents to begin with."""

import base64
from functools import cache
from typing import Any

from demo.cards import MAX_CARDS, cards, summary
from demo.preparing import Snapshot
from demo.session import Session
from demo.theme import STATIC
from demo.views import view
from demo.words import say
from demo.work import Work, sentences
from toolkit.texts import Language, Text

Notice = tuple[str, Text]
"""A kind ("good", "warn", "bad", "note") and a sentence."""


def draw(lang: Language, *, notice: Notice | None = None, **values: Any) -> str:
    """Draw the gallery; without anything it says what to do."""
    headline = None if notice is None else {"kind": notice[0], "words": notice[1].in_language(lang)}
    plain: dict[str, Any] = {"images": [], "failures": [], "hidden": 0, "progress": None}
    return view("gallery", lang, headline=headline, **(plain | values))


def of_session(session: Session) -> str:
    """Draw what a session has prepared."""
    manifest, lang = session.work.manifest, session.lang
    if manifest is None:
        return draw(lang, notice=("warn", say("messages.expired")) if session.after_expiry else None)
    return draw(
        lang,
        images=cards(manifest.images, manifest.folder, lang),
        hidden=max(0, len(manifest.images) - MAX_CARDS),
        failures=[text.in_language(lang) for text in sentences(session.work)],
        notice=_headline(session.work),
    )


def of_snapshot(news: Snapshot, lang: Language) -> str:
    """Draw a preparation that is under way."""
    key = "pages" if news.total else "starting"
    left = say("messages.progress.left", seconds=max(1, round(news.left or 0)))
    progress = {
        "words": say(f"messages.progress.{key}", done=news.done, total=news.total).in_language(lang),
        "left": "" if news.left is None else left.in_language(lang),
        "percent": round(100 * news.done / news.total) if news.total else 0,
    }
    return draw(lang, images=cards(news.images, news.folder, lang), progress=progress)


def _headline(work: Work) -> Notice:
    images = work.manifest.images if work.manifest else ()
    if work.stopped:
        key = "stopped" if images else "stopped_empty"
        return ("warn", say(f"messages.progress.{key}", done=work.done, total=work.total))
    if not images:
        return ("bad", say("messages.gallery.none"))
    return ("good", summary(images))


@cache
def sample_thumbnail(name: str) -> str:
    """Give a sample's small picture as an address that holds the picture itself."""
    data = (STATIC / "samples" / f"{name}.webp").read_bytes()
    return f"data:image/webp;base64,{base64.b64encode(data).decode()}"


def sample_cards(lang: Language) -> list[dict[str, str]]:
    """Describe the bundled documents for the template."""
    from demo.samples import SAMPLES

    return [
        {
            "name": sample.name,
            "title": sample.title.in_language(lang),
            "about": sample.about.in_language(lang),
            "thumbnail": sample_thumbnail(sample.name),
        }
        for sample in SAMPLES
    ]
