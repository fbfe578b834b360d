"""The documents of step 1: samples, uploads, paste, camera, page ranges and passwords."""

import json
from typing import Any

import gradio as gr

from demo import gallery, opening, uploads
from demo.context import Context, Updates, action_html, html, label, read_action
from demo.session import Session
from demo.views import view
from demo.words import say

MAX_DRAFTS = 500
"""Fields beside documents that a page can send at once."""


class SourcesPart:
    """The field for files, the ways in beside it, the list of documents, and the samples."""

    def __init__(self, context: Context) -> None:
        self.context = context

    def build(self) -> None:
        """Make the components."""
        self.lead = html()
        self.upload = gr.File(
            file_count="multiple",
            label=label("documents.upload"),
            show_label=False,
            height=150,
            elem_id="vp-upload",
        )
        self.ways = action_html(elem_id="vp-ways-in")
        self.list = action_html("fields", elem_id="vp-documents")
        self.samples = action_html()

    @property
    def outputs(self) -> list[Any]:
        """The components that `show` speaks of."""
        return [self.lead, self.ways, self.samples, self.list]

    def add(self, files: list[str] | None, request: gr.Request) -> Updates:
        """Take uploaded files into the session; a ZIP of prepared pictures is opened instead."""
        session = self.context.session(request)
        limits = self.context.settings.limits
        zips = [path for path in files or [] if opening.is_zip(path) and not opening.is_office(path)]
        documents = [path for path in files or [] if path not in zips]
        left_out = uploads.add_files(session, documents, limits.max_files)
        notes = [say("messages.uploads.too_many", limit=limits.max_files, left_out=left_out)]
        opened = opening.open_zips(session, zips, limits)
        session.work.said = (*(notes if left_out else []), *opened)
        return {self.upload: None, **self.shown_list(session)}

    def add_sample(self, request: gr.Request, event: gr.EventData) -> Updates:
        """Take one of the bundled documents."""
        session = self.context.session(request)
        act, name, _ = read_action(event)
        session.work.said = ()
        if act == "sample":
            uploads.add_sample(session, name)
        return self.shown_list(session)

    def open_folder(self, request: gr.Request, event: gr.EventData) -> Updates:
        """Open the folder that the page was started with."""
        session = self.context.session(request)
        folder = self.context.settings.open_folder
        act, arg, _ = read_action(event)
        if folder is not None and act == "open":
            opening.open_server_folder(session, folder, arg, self.context.settings.limits)
        return self.shown_list(session)

    def look_closer(self, request: gr.Request) -> Updates:
        """Look into the new documents: pages, encryption, faults."""
        session = self.context.session(request)
        uploads.survey(session, self.context.settings.limits.max_megapixels)
        return self.shown_list(session)

    def change_list(self, request: gr.Request, event: gr.EventData) -> Updates:
        """Remove one document or all; take a page range or a password."""
        session = self.context.session(request)
        act, arg, value = read_action(event)
        session.work.said = ()
        if act == "clear":
            uploads.remove_all(session)
        elif arg.isdecimal():
            _change(session, act, int(arg), value)
        return self.shown_list(session)

    def take_drafts(self, session: Session, drafts: str) -> None:
        """Take what stands in the fields beside the documents, sent before or not. Hostile input."""
        for act, arg, value in read_drafts(drafts):
            if act in ("pages", "password"):
                _change(session, act, arg, value)

    def show(self, session: Session) -> Updates:
        """Draw the documents of a session."""
        lang = session.lang
        return {
            self.lead: view("lead", lang, step="documents"),
            self.ways: view("ways_in", lang, folders=opening.offered(self.context.settings.open_folder)),
            self.samples: view("samples", lang, samples=gallery.sample_cards(lang)),
            **self.shown_list(session),
        }

    def shown_list(self, session: Session) -> Updates:
        """Draw the list of documents, and what there is to say about those that were just added."""
        words = [note.in_language(session.lang) for note in session.work.said]
        return {self.list: view("uploads", session.lang, uploads=listed(session), notes=words)}


def listed(session: Session) -> list[dict[str, Any]]:
    """Describe the documents for views/uploads.html."""
    lang = session.lang
    return [
        {
            "name": upload.name,
            "locked": upload.encrypted and not upload.opened,
            "opened": upload.opened,
            "pages": upload.pages,
            "ranges": upload.kind == "pdf" and (upload.pages or 0) > 1,
            "wanted": upload.wanted,
            "wanted_fault": "" if upload.wanted_fault is None else upload.wanted_fault.in_language(lang),
            "fault": "" if upload.fault is None else upload.fault.in_language(lang),
        }
        for upload in session.work.uploads
    ]


def read_drafts(text: str) -> list[tuple[str, int, str]]:
    """Read the fields that the page sends along: what, of which document, the value. Odd ones drop out."""
    try:
        rows = json.loads(text[:200_000])
    except (TypeError, ValueError, RecursionError):
        return []
    if not isinstance(rows, list):
        return []
    return [
        (str(row[0]), int(row[1]), str(row[2])[:300])
        for row in rows[:MAX_DRAFTS]
        if isinstance(row, list) and len(row) == 3 and str(row[1]).isdecimal() and len(str(row[1])) < 6
    ]


def _change(session: Session, act: str, index: int, value: str) -> None:
    if act == "remove":
        uploads.remove(session, index)
    elif act == "pages":
        uploads.choose_pages(session, index, value)
    elif act == "password":
        uploads.give_password(session, index, value)
