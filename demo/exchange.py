"""A conversation as a file to keep: Markdown for people, JSON for programs, a ZIP with the images."""

import json
import re
import zipfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from demo.asking import Reply, Talk, Turn
from demo.choices import task_names
from demo.words import say
from toolkit.files import part_file
from toolkit.manifest import Manifest
from toolkit.texts import Language
from toolkit.version import VERSION

FORMS: dict[str, str] = {"markdown": "exchange.md", "json": "exchange.json", "zip": "exchange.zip"}
"""The forms and the names of their files."""


def write_exchange(talk: Talk, form: str, folder: Path, lang: Language) -> Path:
    """Write the conversation into `folder`, whole or not at all. Raises KeyError, OutputError."""
    target = folder / FORMS[form]
    with part_file(target) as part:
        if form == "zip":
            _write_zip(talk, part, lang)
        else:
            part.write_text(
                to_markdown(talk, lang) if form == "markdown" else to_json(talk), encoding="utf-8"
            )
    return target


def _write_zip(talk: Talk, part: Path, lang: Language) -> None:
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as bundle:
        bundle.writestr(FORMS["markdown"], to_markdown(talk, lang))
        bundle.writestr(FORMS["json"], to_json(talk))
        for name, path in _files(talk).items():
            bundle.write(path, f"images/{name}", zipfile.ZIP_STORED)


def _files(talk: Talk) -> dict[str, Path]:
    """List the image files of every turn by name, each once."""
    found: dict[str, Path] = {}
    for manifest in _manifests(talk):
        found |= {image.file: manifest.folder / image.file for image in manifest.images}
    return {name: path for name, path in found.items() if path.is_file()}


def _manifests(talk: Talk) -> list[Manifest]:
    return [reply.manifest for turn in talk.turns for reply in turn.all]


def to_json(talk: Talk) -> str:
    """Write the conversation as JSON; images stand as the names of their files."""
    data = {"tool": f"vl-preflight {VERSION}", "turns": [_turn(turn) for turn in talk.turns]}
    return json.dumps(data, ensure_ascii=False, indent=1) + "\n"


def _turn(turn: Turn) -> dict[str, Any]:
    return {
        "kind": turn.kind,
        "words": turn.words,
        "rounds": [_reply(reply) for reply in turn.rounds],
        "replies": [_reply(reply) for reply in turn.replies],
    }


def _reply(reply: Reply) -> dict[str, Any]:
    prompt, answer = reply.prompt, reply.answer
    plain: dict[str, Any] = {
        "engine": reply.engine,
        "title": None if reply.title is None else reply.title.en,
        "task": prompt.task,
        "region": str(prompt.region),
        "format": prompt.format.to_dict(),
        "sampling": dict(prompt.sampling),
        "images": [_image(image) for image in reply.manifest.images],
        "messages": [_message(message, reply.manifest) for message in prompt.messages],
        "text": reply.text,
        "fault": None if reply.fault is None else reply.fault.en,
    }
    if answer is None:
        return plain
    checked, usage = answer.checked, answer.result.usage
    return plain | {
        "stop_reason": answer.result.stop_reason,
        "ok": checked.ok,
        "faults": [fault.en for fault in checked.faults],
        "value": checked.value,
        "usage": {key: value for key, value in asdict(usage).items() if value is not None},
        "places": [
            {"file": page.source.file, "page": page.source.page, "unit": page.source.unit,
             "marks": [{"text": m.text, "label": m.label, "box": list(m.box)} for m in page.marks]}
            for page in answer.pages
        ],
    }  # fmt: skip


def _image(image: Any) -> dict[str, Any]:
    return {
        "label": image.label,
        "file": f"images/{image.file}",
        "sha256": image.sha256,
        "role": image.role,
        "source": {"file": image.source.file, "page": image.source.page},
    }


def _message(message: Any, manifest: Manifest) -> dict[str, Any]:
    content = [
        {"type": "image", "image": f"images/{manifest.image(part['image'].label).file}"}
        if part["type"] == "image"
        else dict(part)
        for part in message["content"]
    ]
    return {"role": message["role"], "content": content}


def to_markdown(talk: Talk, lang: Language) -> str:
    """Write the conversation for people: each question and what it was about, its answers word for word."""
    lines = [f"# {say('ask_step.exchange.title').in_language(lang)}", ""]
    for number, turn in enumerate(talk.turns, 1):
        lines += [f"## {number}. {_one_line(turn.words) or _asked(turn, lang)}", ""]
        lines += [f"*{_asked(turn, lang)}*", ""]
        for reply in turn.all:
            lines += _markdown_reply(reply, lang)
    return "\n".join(lines)


def _asked(turn: Turn, lang: Language) -> str:
    prompt = turn.reply.prompt
    task = task_names(lang).get(prompt.task, prompt.task)
    form = say(f"messages.format.{prompt.format.name}").in_language(lang)
    files = dict.fromkeys(image.source.file for image in turn.reply.manifest.images)
    return " · ".join([task, form, *(_one_line(name) for name in files)])


def _markdown_reply(reply: Reply, lang: Language) -> list[str]:
    from demo.answers import figures

    title = reply.title.in_language(lang) if reply.title is not None else reply.engine
    lines = [f"### {title}", "", *_fenced(reply.text), ""]
    if reply.fault is not None:
        lines += [f"> {reply.fault.in_language(lang)}", ""]
    if reply.answer is not None:
        faults = reply.answer.checked.sentences(lang)
        lines += [f"- {fault}" for fault in faults] + ([""] if faults else [])
        lines += [f"*{' · '.join(figures(reply.answer.result.usage, lang))}*", ""]
    return lines


def _fenced(text: str) -> list[str]:
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return [fence, text, fence]


def _one_line(text: str) -> str:
    return re.sub(r"([\\`*_\[\]<>#|])", r"\\\1", " ".join(text.split()))[:200]
