"""What programs can have done in a session, whichever door they come by: plain data in, plain data out.

Every job is an iterator: it gives how far it is now and then, and its result last. Closing it stops the work.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from demo import answering, questions, uploads
from demo.answers import Answer
from demo.arguments import ArgumentError, checked
from demo.arranging import arrange_by, start_over
from demo.comparing import look
from demo.inspecting import inspect
from demo.preparing import prepare_uploads
from demo.session import Session
from demo.work import Question
from toolkit.manifest import Manifest
from toolkit.recipe import Recipe
from toolkit.texts import Language

if TYPE_CHECKING:
    from demo.context import Context
    from prompts import Prompt

Plain = dict[str, Any]
"""What becomes a JSON object."""
Job = Callable[["Context", Session, Mapping[str, Any]], Iterator[Plain]]


def run(context: "Context", session: Session, name: str, given: Mapping[str, Any]) -> Iterator[Plain]:
    """Check what was given to the endpoint `name` and do its job; its `files` are paths of uploads.

    Raises ArgumentError for a value that cannot be, KeyError for a name that is none, and what jobs raise.
    """
    values = checked(name, given)
    return JOBS[name](context, session, values | {"files": given.get("files") or ()})


def prepare(context: "Context", session: Session, given: Mapping[str, Any]) -> Iterator[Plain]:
    """Prepare the files in `given["files"]`, uploaded paths; the session then holds the images."""
    limits = context.settings.limits
    if not given["files"]:
        raise ArgumentError("files.none")
    session.work.uploads.clear()
    left_out = uploads.add_files(session, given["files"], limits.max_files)
    recipe = Recipe(
        dpi=given["dpi"],
        long_side=given["long_side"],
        family=given["family"],
        second_look=given["second_look"],
    )
    touch = partial(context.store.touch, session)
    for news in prepare_uploads(session, recipe, given["password"], limits, touch):
        yield {"done": news.done, "total": news.total, "before": news.before}
    yield described(session) | {"left_out": left_out}


def order(context: "Context", session: Session, given: Mapping[str, Any]) -> Iterator[Plain]:
    """Put the images in order by a scenario, then by hand; give the reason for each place."""
    work = session.work
    start_over(work)
    for _ in look(session, given["scenario"]):
        pass  # others are served first
    arrange_by(work, given["scenario"])
    arrange_by_hand(session, given["labels"], given["roles"])
    places = work.arrangement.places
    reasons = [
        {
            "label": label,
            "reason": places[label].reason.en if label in places else "",
            "reason_zh": places[label].reason.zh if label in places else "",
        }
        for label in work.arrangement.labels
    ]
    yield described(session) | {"places": reasons}


def build_prompt(context: "Context", session: Session, given: Mapping[str, Any]) -> Iterator[Plain]:
    """Build the prompt; an image stands in it as its number."""
    prompt, _ = composed(session, given)
    yield {"task": prompt.task, "format": prompt.format.name, "messages": _messages(prompt)}


def ask(context: "Context", session: Session, given: Mapping[str, Any]) -> Iterator[Plain]:
    """Ask the page's engine; the text so far, at the end the checked answer."""
    prompt, manifest = composed(session, given)
    touch = partial(context.store.touch, session)
    for news in answering.ask(context.engine, session, prompt, manifest, touch, enforce=given["enforce"]):
        yield {"text": news.text, "done": False, "before": news.before}
    yield answered(session.work.answer)


def composed(session: Session, given: Mapping[str, Any]) -> tuple["Prompt", Manifest]:
    """Give the prompt that is asked for and the images it is about. Raises PromptError or QuestionError."""
    from prompts.tasks import get_task

    lang: Language = given["language"]
    question = Question(
        task=given["task"],
        format=given["format"] or get_task(given["task"]).formats[0],
        text=given["words"],
        fields=given["fields"],
        lang=lang,
        written=given["region"],
    )
    manifest = session.work.sending
    if manifest is None or not manifest.images:
        raise questions.QuestionError("missing.images_first")
    session.work.question = question
    return questions.compose(question, manifest, lang), manifest


def arrange_by_hand(session: Session, labels: Sequence[int], roles: Mapping[int, str]) -> None:
    """Take an order and roles that a program gave. Raises QuestionError for an image that is not there."""
    arrangement = session.work.arrangement
    there = set(arrangement.labels)
    for label in (*labels, *roles):
        if label not in there:
            allowed = ", ".join(str(one) for one in sorted(there)) or "–"
            raise questions.QuestionError("order.no_such", number=label, allowed=allowed)
    if labels:
        arrangement.labels = list(dict.fromkeys(labels))
        arrangement.by_hand = True
    arrangement.roles |= roles


def described(session: Session) -> Plain:
    """Give a session's manifest in sending order as plain data; it names no path of this machine."""
    manifest = session.work.sending
    if manifest is None:
        return {"images": [], "failures": []}
    plain: Plain = json.loads(manifest.to_json())
    return plain | {"tokens": manifest.tokens}


def answered(answer: Answer | None) -> Plain:
    """Give a finished answer as plain data."""
    if answer is None:
        return {"text": "", "done": True, "ok": False}
    pages = [
        {
            "file": page.source.file,
            "page": page.source.page,
            "unit": page.source.unit,
            "places": [{"text": m.text, "label": m.label, "box": list(m.box)} for m in page.marks],
        }
        for page in answer.pages
    ]
    checked = answer.checked
    return {
        "text": answer.result.text,
        "done": True,
        "stop_reason": answer.result.stop_reason,
        "ok": checked.ok,
        "faults": [fault.en for fault in checked.faults],
        "faults_zh": [fault.zh for fault in checked.faults],
        "notes": [note.en for note in answer.result.notes],
        "notes_zh": [note.zh for note in answer.result.notes],
        "value": checked.value,
        "header": list(checked.header),
        "rows": [list(row) for row in checked.rows],
        "pages": pages,
    }


def _messages(prompt: "Prompt") -> list[Plain]:
    return [
        {
            "role": message["role"],
            "content": [
                {"type": "image", "image": part["image"].label} if part["type"] == "image" else part
                for part in message["content"]
            ],
        }
        for message in prompt.messages
    ]


JOBS: Mapping[str, Job] = {
    "prepare": prepare,
    "inspect": inspect,
    "order": order,
    "build_prompt": build_prompt,
    "ask": ask,
}
"""By the name of the endpoint, in the order in which they are called."""
