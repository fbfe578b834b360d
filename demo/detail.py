"""One picture looked at closely, as plain values for views/detail.html."""

from collections.abc import Mapping
from typing import Any

from demo import window
from demo.cards import card, parts_of
from demo.looking import VIEWS, Look, find_look
from demo.session import Session
from demo.views import file_url, view
from demo.words import say
from demo.work import Work
from toolkit.manifest import ImageRecord, notes_in
from toolkit.texts import Language, Text

QUALITY_MARKS = {"good": "good", "doubtful": "warn", "poor": "bad"}
TEXT_MARKS = {"readable": "good", "doubtful": "warn", "unreadable": "bad"}
TEXT_WORDS = {"readable": "readable", "doubtful": "hard", "unreadable": "unreadable"}


def chosen_image(work: Work) -> ImageRecord | None:
    """Give the image that is looked at; None where there is none, or it was left out meanwhile."""
    if work.manifest is None or work.looking not in work.arrangement.labels:
        return None
    return work.manifest.image(work.looking)


def draw_detail(session: Session, image: ImageRecord) -> str:
    """Draw the picture that is looked at, with what is known of it."""
    work, lang = session.work, session.lang
    labels = work.arrangement.labels
    images = [work.manifest.image(label) for label in labels] if work.manifest else []
    place = labels.index(image.label)
    folder = work.manifest.folder if work.manifest else session.folder
    return view(
        "detail",
        lang,
        image=card(image, folder, lang, place + 1, parts_of(images)[place]),
        place=say("documents.looking.place", number=place + 1, count=len(labels)).in_language(lang),
        before=labels[place - 1] if place else None,
        after=labels[place + 1] if place + 1 < len(labels) else None,
        views=VIEWS,
        shown=work.look,
        look=_look(session, image),
        facts=facts(image, work, lang),
        windows=window.menu(work.window, work.own_window, lang),
        notes=_reasons(image, lang),
    )


def _reasons(image: ImageRecord, lang: Language) -> list[str]:
    """Give the notes but for those that stand beside the quality already."""
    quality = image.quality or {}
    said = {_either(quality, key, lang) for key in ("reason", "mend")}
    return [note for note in notes_in(image, lang) if note not in said]


def _look(session: Session, image: ImageRecord) -> dict[str, str]:
    if session.work.look == "true":
        return {"state": "ready", "url": "", "fault": ""}
    look = find_look(session, image, session.work.look) or Look(None)
    if look.path is not None:
        return {"state": "ready", "url": file_url(look.path), "fault": ""}
    if look.fault is not None:
        return {"state": "fault", "url": "", "fault": look.fault.in_language(session.lang)}
    return {"state": "waiting", "url": "", "fault": ""}


def facts(image: ImageRecord, work: Work, lang: Language) -> dict[str, Any]:
    """Say what is known of an image: quality, text, size, cost."""
    share = window.stretches([image.tokens], work.window)[0]
    size = say("documents.facts.pixels", width=image.width, height=image.height).in_language(lang)
    dpi = "" if image.dpi is None else say("documents.facts.dpi", dpi=image.dpi).in_language(lang)
    percent = window.percent_words(share.percent)
    return {
        "quality": _quality(image.quality or {}, lang),
        "text": _text(image.text_height or {}, lang),
        "size": " · ".join(part for part in (size, dpi) if part),
        "tokens": say("documents.facts.tokens", tokens=f"{image.tokens:,}").in_language(lang),
        "share": say("documents.facts.share", percent=percent).in_language(lang),
        "bar": round(min(100.0, share.percent), 2),
    }


def _quality(quality: Mapping[str, Any], lang: Language) -> dict[str, str]:
    verdict = str(quality.get("verdict", ""))
    if verdict not in QUALITY_MARKS:
        return _fact("note", say("documents.facts.unmeasured"), "", lang)
    poor = verdict != "good"
    said = [_either(quality, key, lang) for key in ("reason", "mend")] if poor else []
    more = ("" if lang == "zh" else " ").join(said)
    return _fact(QUALITY_MARKS[verdict], say(f"documents.facts.{verdict}"), more, lang)


def _text(text: Mapping[str, Any], lang: Language) -> dict[str, str]:
    verdict, smallest = str(text.get("verdict")), text.get("smallest")
    if verdict not in TEXT_MARKS or not isinstance(smallest, int | float):
        return _fact("note", say("documents.facts.no_text"), "", lang)
    height = say("documents.facts.height", height=smallest).in_language(lang)
    return _fact(TEXT_MARKS[verdict], say(f"documents.facts.{TEXT_WORDS[verdict]}"), height, lang)


def _either(data: Mapping[str, Any], key: str, lang: Language) -> str:
    return str(data.get(f"{key}_zh" if lang == "zh" else key) or data.get(key) or "")


def _fact(mark: str, words: Text, more: str, lang: Language) -> dict[str, str]:
    return {"mark": mark, "words": words.in_language(lang), "more": more}
