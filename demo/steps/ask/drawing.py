"""The conversation of step 4 as HTML: questions, answers with their panes, places on the original pages."""

from typing import Any

from demo import answers, pictures
from demo.answers import MAX_PLACES, MAX_SHOWN, Answer, MarkedPage
from demo.asking import Reply, Talk, Turn
from demo.choices import task_names
from demo.context import explain
from demo.session import Session
from demo.views import file_url, view
from demo.words import say
from toolkit.texts import Language, Text


def draw_talk(session: Session, *, changed: bool, talkative: bool) -> str:
    """Draw every finished turn. `changed`: asking now would differ; `talkative`: follow-ups work."""
    talk, lang = session.work.talk, session.lang
    thread = talk.thread
    earlier = talk.turns[: len(talk.turns) - len(thread)]
    return view(
        "talk",
        lang,
        earlier=[_turn(session, turn, number, False) for number, turn in enumerate(earlier)],
        turns=[_turn(session, turn, number, True) for number, turn in enumerate(thread, len(earlier))],
        fault="" if talk.fault is None else talk.fault.in_language(lang),
        changed=changed,
        talkative=talkative,
        pictures=bool(session.work.images),
        expired=session.after_expiry,
        last=len(talk.turns) - 1,
    )


def _turn(session: Session, turn: Turn, number: int, full: bool) -> dict[str, Any]:
    lang = session.lang
    newest = turn is session.work.talk.last
    many = len(turn.replies) > 1
    replies = [] if turn.open else turn.replies
    return {
        "number": number,
        "kind": turn.kind,
        "words": turn.words or asked(turn.reply, lang),
        "asked": asked(turn.reply, lang) if turn.words and turn.kind not in ("follow", "mend") else "",
        "open": turn.open,
        "newest": newest,
        "chosen": turn.chosen,
        "pair": many,
        "rounds": [] if turn.open else [_round(reply, lang) for reply in turn.rounds],
        "replies": [_reply(session, reply, f"{number}-{place}", full) for place, reply in enumerate(replies)],
    }


def asked(reply: Reply, lang: Language) -> str:
    """Say what a reply was asked for: task, format, images."""
    prompt = reply.prompt
    task = task_names(lang).get(prompt.task, prompt.task)
    form = say(f"messages.format.{prompt.format.name}").in_language(lang)
    images = answers.count_images(len(reply.manifest.images)).in_language(lang)
    return " · ".join((task, form, images))


def _round(reply: Reply, lang: Language) -> dict[str, str]:
    title = reply.title or Text("", "")
    fault = "" if reply.fault is None else reply.fault.in_language(lang)
    return {"title": title.in_language(lang), "text": reply.text[:MAX_SHOWN], "fault": fault}


def _reply(session: Session, reply: Reply, key: str, full: bool) -> dict[str, Any]:
    lang = session.lang
    shown: dict[str, Any] = {
        "key": key,
        "title": "" if reply.title is None else reply.title.in_language(lang),
        "fault": "" if reply.fault is None else reply.fault.in_language(lang),
        "anew": [say("ask_step.anew", reason=why).in_language(lang) for why in reply.anew],
        "partial": reply.text[:MAX_SHOWN] if reply.answer is None else "",
        "answer": None,
        "places": None,
    }
    if reply.answer is not None:
        shown["answer"] = answers.describe(reply.answer, lang)
        shown["places"] = draw_places(session, reply.answer) if full and reply.answer.pages else None
    return shown


def draw_live(session: Session) -> str:
    """Draw the turn that is being answered."""
    talk, lang = session.work.talk, session.lang
    turn = talk.last
    if turn is None or not turn.open:
        return ""
    return view("live", lang, replies=[_live(reply, lang) for reply in turn.all], pair=len(turn.replies) > 1)


def _live(reply: Reply, lang: Language) -> dict[str, Any]:
    title = "" if reply.title is None else reply.title.in_language(lang)
    doing = reply.doing or say("ask_step.waiting" if reply.state == "waiting" else "messages.ask.working")
    return {
        "title": title,
        "state": reply.state,
        "text": reply.text[-MAX_SHOWN:],
        "doing": "" if reply.text and reply.doing is None else doing.in_language(lang),
        "anew": [say("ask_step.anew", reason=why).in_language(lang) for why in reply.anew],
        "fault": "" if reply.fault is None else reply.fault.in_language(lang),
    }


def draw_places(session: Session, answer: Answer) -> dict[str, Any]:
    """Describe the pages that an answer names places on, the chosen one drawn with its boxes."""
    lang = session.lang
    page = answer.pages[min(answer.chosen_page, len(answer.pages) - 1)]
    counts = [len(one.marks) for one in answer.pages]
    return {
        "pages": [page_name(one).in_language(lang) for one in answer.pages],
        "counts": counts,
        "count": sum(counts),
        "chosen": answer.chosen_page,
        "cut": MAX_PLACES if len(page.marks) > MAX_PLACES else 0,
        "page": _drawn(session, page),
    }


def _drawn(session: Session, page: MarkedPage) -> dict[str, Any]:
    lang = session.lang
    alt = say("messages.ask.marked_alt", page=page_name(page), count=len(page.marks))
    shown: dict[str, Any] = {"url": "", "gone": "", "alt": alt.in_language(lang)}
    marks = page.marks[:MAX_PLACES]
    words = [{"text": mark.text, "label": mark.label, "unsure": mark.unsure} for mark in marks]
    try:
        picture = pictures.page_picture(session, page.source)
    except Exception as error:
        return shown | {"gone": explain(error).in_language(lang), "places": words}
    boxes = [picture.percent(mark.box) for mark in marks]
    placed = [one | box for one, box in zip(words, boxes, strict=True)]
    return shown | {"url": file_url(picture.path), "places": placed}


def page_name(page: MarkedPage) -> Text:
    """Name a page of a document for people."""
    source = page.source
    if source.unit == "px" and source.page == 1:
        return Text(source.file, source.file)
    return say("messages.ask.page_of", name=source.file, page=source.page)


def finished(talk: Talk) -> bool:
    """Tell whether there is an answer that a conversation can go on from."""
    return talk.last is not None and talk.last.reply.state == "done"
