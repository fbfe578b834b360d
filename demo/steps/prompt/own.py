"""The fold of step 3 for templates: two side by side, and a visitor's own, written here or loaded."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from demo import shelf as shelves
from demo.choices import task_names
from demo.context import Context, Updates, action_html, html, label, read_action
from demo.questions import settle
from demo.session import Session
from demo.shelf import Shelf
from demo.steps.prompt.cards import title_of
from demo.steps.prompt.preview import compared
from demo.views import file_url, view
from demo.words import say

if TYPE_CHECKING:
    from prompts import Template

MAX_SOURCE = 64 * 1024


class OwnTemplates:
    """The chosen template beside another, the editor, and the list of what a visitor brought along."""

    def __init__(self, context: Context) -> None:
        self.context = context

    def build(self) -> None:
        """Make the components."""
        with gr.Accordion(label("prompt.own"), open=False, elem_classes="vp-fold", elem_id="vp-own-fold"):
            self.shown = action_html("form", elem_id="vp-own")
            self.source = gr.Textbox(
                lines=14,
                max_lines=28,
                max_length=MAX_SOURCE,
                label=label("prompt.own_source"),
                visible=False,
                elem_id="vp-own-source",
                elem_classes="vp-mono",
            )
            self.fault = html(visible=False)
            with gr.Row(elem_classes="vp-actions"):
                self.save = gr.Button(label("prompt.own_save"), visible=False, elem_id="vp-own-save")
                self.upload = gr.UploadButton(
                    label("prompt.own_load"), file_count="multiple", elem_id="vp-own-load"
                )

    @property
    def outputs(self) -> list[Any]:
        """The components that `show` speaks of."""
        return [self.shown, self.source, self.fault, self.save]

    def wire(self, redraw: Callable[..., Updates], outputs: list[Any], address: Any) -> None:
        """Tie the events; `address` is told the file that is to be downloaded."""
        context = self.context

        def own_act(request: gr.Request, event: gr.EventData) -> Updates:
            session = context.session(request)
            found = self.do(session, *read_action(event))
            return redraw(session) | {address: found}

        def own_save(source: str, request: gr.Request) -> Updates:
            session = context.session(request)
            self.keep(session, str(source or ""))
            return redraw(session)

        def own_load(files: list[str] | None, request: gr.Request) -> Updates:
            session = context.session(request)
            self.take_files(session, files or [])
            return redraw(session)

        acted = context.on(self.shown.input, own_act, [], [*outputs, address])
        acted.then(None, [address], js="(url) => window.vlPreflight.download(url)", api_visibility="private")
        context.on(self.save.click, own_save, [self.source], outputs)
        context.on(self.upload.upload, own_load, [self.upload], outputs)

    def do(self, session: Session, act: str, arg: str, value: str) -> str:
        """Do what was clicked; give the address of a file to download, "" for none."""
        desk, shelf = session.work.desk, self.context.shelf(session)
        desk.news = None
        if act == "other":
            desk.other = value
        elif act == "edit":
            template = shelf.find(arg, session.work.question.lang or session.lang)
            desk.source = "" if template is None else _source(template, shelf)
            desk.fault = None
        elif act == "drop":
            shelves.remove(session, arg)
            desk.news = say("prompt_step.own.dropped")
        elif act == "file":
            return _own_file(session, shelf, arg)
        return ""

    def keep(self, session: Session, source: str) -> None:
        """Save the editor's text as the visitor's template and choose it; or keep it open and say why not."""
        desk = session.work.desk
        desk.source, desk.news, desk.fault = source, None, None
        try:
            path = shelves.save(session, _name_in(source), source)
        except shelves.TemplateRefusedError as error:
            desk.fault = error.text
            return
        desk.fault = shelves.fault_of(path)
        if desk.fault is not None:
            path.unlink()
            return
        self._choose(session, path)
        desk.source = ""

    def _choose(self, session: Session, path: Path) -> None:
        shelf, question = self.context.shelf(session), session.work.question
        saved = next((t for t in shelf.templates if t.path == path), None)
        if saved is None:
            return
        question.template, question.task, question.format = saved.name, saved.task, ""
        question.by_hand = True
        question.lang = None if saved.lang == session.lang else saved.lang
        settle(question, session.lang, self.context.able(session), shelf)
        session.work.desk.news = say("prompt_step.own.saved", title=saved.title)

    def take_files(self, session: Session, files: list[str]) -> None:
        """Take uploaded templates; broken ones stay in the list with the reason."""
        desk = session.work.desk
        desk.news = desk.fault = None
        for path in map(Path, files[: shelves.MAX_OWN]):
            try:
                text = path.read_bytes()[: MAX_SOURCE + 4].decode("utf-8-sig")
                shelves.save(session, path.name, text)
            except UnicodeDecodeError:
                desk.fault = say("prompt_step.own.no_text", name=path.name[:80])
            except shelves.TemplateRefusedError as error:
                desk.fault = error.text
        desk.news = say("prompt_step.own.loaded", count=len(self._mine(self.context.shelf(session))))

    def _mine(self, shelf: Shelf) -> list["Template"]:
        return [t for t in shelf.templates if shelf.is_own(t)]

    def show(self, session: Session, template: "Template | None") -> Updates:
        """Draw the fold for the chosen template."""
        desk, lang = session.work.desk, session.lang
        fault = "" if desk.fault is None else desk.fault.in_language(lang)
        return {
            self.shown: view("own", lang, **self._described(session, template)),
            self.source: gr.update(value=desk.source, visible=bool(desk.source)),
            self.fault: gr.update(
                value=fault and view("notice", lang, kind="bad", words=fault), visible=bool(fault)
            ),
            self.save: gr.update(visible=bool(desk.source)),
        }

    def _described(self, session: Session, template: "Template | None") -> dict[str, Any]:
        lang, desk, shelf = session.lang, session.work.desk, self.context.shelf(session)
        titles = task_names(lang)
        others = [(t.name, title_of(t, titles)) for t in shelf.listed(lang)]
        other = shelf.find(desk.other, template.lang) if template is not None and desk.other else None
        return {
            "chosen": None
            if template is None
            else {"name": template.name, "title": title_of(template, titles)},
            "others": others,
            "other": desk.other if other else "",
            "pair": _pair(template, other, titles) if template is not None and other is not None else None,
            "mine": [{"name": t.name, "title": t.title, "file": t.path.name} for t in self._mine(shelf)],
            "broken": [(name, text.in_language(lang)) for name, text in shelf.broken],
            "news": "" if desk.news is None else desk.news.in_language(lang),
        }


def _pair(one: "Template", other: "Template", titles: Mapping[str, str]) -> dict[str, Any]:
    from prompts import diff_templates

    facts = [line for line in diff_templates(one, other) if line[:2] in ("- ", "+ ") and ": " in line]
    keys = {line for line in facts if line[2:].split(":")[0].replace(".", "").replace("_", "").isalnum()}
    return {
        "left": title_of(one, titles),
        "right": title_of(other, titles),
        "rows": compared(one.body.split("\n"), other.body.split("\n")),
        "facts": [line for line in facts if line in keys][:60],
        "same": not diff_templates(one, other),
    }


def _source(template: "Template", shelf: Shelf) -> str:
    """Give a template's file as text; a copy of one that is not the visitor's gets a name of its own."""
    text: str = template.path.read_text(encoding="utf-8-sig").replace("\r\n", "\n")
    if shelf.is_own(template):
        return text
    head, line, rest = text.partition(f"name: {template.name}\n")
    return f"{head}name: my-{template.name}\n{rest}" if line else text


def _name_in(source: str) -> str:
    for line in source.split("\n")[:40]:
        if line.startswith("name:"):
            return line.removeprefix("name:").strip().strip("'\"")[:60]
    return "template"


def _own_file(session: Session, shelf: Shelf, file: str) -> str:
    found = next((t.path for t in shelf.templates if shelf.is_own(t) and t.path.name == file), None)
    return "" if found is None else file_url(found)
