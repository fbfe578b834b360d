"""What a link to a prompt does when the page is opened with it."""

import gradio as gr

from demo import permalink
from demo.context import Context
from demo.questions import settle
from demo.session import Session
from demo.words import say


def restore_link(context: Context, session: Session, link: str) -> None:
    """Take what a link says, if it is one of this page, and tell the visitor what came of it."""
    from prompts import TASKS

    shelf = context.shelf(session)
    found = permalink.from_link(link, {*TASKS, *(template.name for template in shelf.templates)})
    if found is None:
        return
    question, notes = found
    if question.task or question.template:
        session.work.question = question
        settle(question, session.lang, None, shelf)
        there = bool(session.work.images)
        session.work.step = "prompt" if there else "documents"
        key = "restored_there" if there else "restored"
        notes = [say(f"prompt_step.link.{key}"), *notes]
    for note in notes:
        gr.Info(
            note.in_language(session.lang),
            title=say("messages.notice").in_language(session.lang),
            duration=10,
        )
