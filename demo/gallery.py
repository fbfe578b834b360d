"""The right-hand side of step 1: progress, pictures, what failed, and the bundled documents to begin with."""

import base64
from functools import cache
from typing import Any

from demo import window
from demo.cards import MAX_CARDS, cards, is_worrying, summary
from demo.history import history_of
from demo.preparing import Snapshot
from demo.session import Session
from demo.theme import STATIC
from demo.views import view
from demo.waiting import place_words
from demo.words import say
from demo.work import Work, sentences
from toolkit.manifest import ImageRecord
from toolkit.texts import Language, Text

Notice = tuple[str, Text]
"""A kind ("good", "warn", "bad", "note") and a sentence."""


def draw(lang: Language, *, notice: Notice | None = None, **values: Any) -> str:
    """Draw the gallery; without anything it says what to do."""
    headline = None if notice is None else {"kind": notice[0], "words": notice[1].in_language(lang)}
    plain: dict[str, Any] = {
        "images": [], "failures": [], "hidden": 0, "progress": None, "waiting": 0, "undo": "", "share": "",
        "warnings": [],
    }  # fmt: skip
    return view("gallery", lang, headline=headline, **(plain | values))


def of_session(session: Session, notice: Notice | None = None) -> str:
    """Draw what a session has prepared, in sending order; `notice` stands in place of the usual headline."""
    work, lang = session.work, session.lang
    manifest = work.manifest
    undo = undo_words(work, lang)
    if manifest is None:
        return draw(lang, notice=notice or _without_pictures(session), undo=undo)
    images = [manifest.image(label) for label in work.arrangement.labels]
    return draw(
        lang,
        images=cards(images, manifest.folder, lang),
        hidden=max(0, len(images) - MAX_CARDS),
        failures=[text.in_language(lang) for text in sentences(work)],
        notice=notice or _headline(work, images),
        undo=undo,
        share=share_words(images, work, lang) if images else "",
        warnings=[text.in_language(lang) for text in _warnings(work, images)],
    )


def _warnings(work: Work, images: list[ImageRecord]) -> list[Text]:
    """Say how many images may be hard to read, and where a model with a window can't take them all."""
    found = []
    count = sum(map(is_worrying, images))
    if count:
        key = "doubts_one" if count == 1 else "doubts"
        found.append(say(f"documents.gallery.{key}", count=count))
    if work.talkative and sum(image.tokens for image in images) > work.window:
        found.append(say("documents.gallery.over"))
    return found


def of_snapshot(news: Snapshot, lang: Language, expected: int = 0) -> str:
    """Draw a preparation that is under way; `expected` pages have their places from the start."""
    left = say("messages.progress.left", seconds=max(1, round(news.left or 0)))
    progress = {
        "words": _doing(news).in_language(lang),
        "left": "" if news.left is None else left.in_language(lang),
        "failed": say("documents.gallery.failed", count=news.failed).in_language(lang) if news.failed else "",
        "percent": round(100 * news.done / news.total) if news.total else 0,
    }
    shown = cards(news.images, news.folder, lang)
    coming = (news.total - news.done) if news.total else expected
    return draw(lang, images=shown, progress=progress, waiting=max(0, min(coming, MAX_CARDS - len(shown))))


def _doing(news: Snapshot) -> Text:
    if news.before is not None:
        return place_words(news.before)
    if news.total:
        return say("messages.progress.pages", done=news.done, total=news.total)
    return say("documents.gallery.surveying")


def undo_words(work: Work, lang: Language) -> str:
    """Say what Undo would take back; empty where there is nothing."""
    last = history_of(work).last
    return "" if last is None else say("documents.undo.button", what=last.in_language(lang)).in_language(lang)


def share_words(images: list[ImageRecord], work: Work, lang: Language) -> str:
    """Say which share of the window all images take."""
    percent = 100 * sum(image.tokens for image in images) / work.window
    text = say("documents.gallery.share", percent=window.percent_words(percent), window=f"{work.window:,}")
    return text.in_language(lang)


def _without_pictures(session: Session) -> Notice | None:
    work = session.work
    if work.stopped:
        return ("warn", say("messages.progress.stopped_empty"))
    return ("warn", say("messages.expired")) if session.after_expiry else None


def _headline(work: Work, images: list[ImageRecord]) -> Notice:
    if work.preparation is not None and work.preparation.kept_earlier:
        return ("warn", say("documents.gallery.kept_earlier"))
    if work.stopped:
        return ("warn", say("messages.progress.stopped", done=work.done, total=work.total))
    if not images:
        key = "missing.all_removed" if work.manifest and work.manifest.images else "gallery.none"
        return ("bad", say(f"messages.{key}"))
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
