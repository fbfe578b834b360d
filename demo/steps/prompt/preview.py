"""The right-hand side of step 3 as plain values: what is sent, what it costs, what could be better."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from demo.arranging import role_words
from demo.asking import Question
from demo.cards import card, parts_of
from demo.mends import Mend, find_mends
from demo.words import say
from toolkit.budget import MARKS
from toolkit.manifest import Manifest
from toolkit.texts import Language

if TYPE_CHECKING:
    from prompts import Prompt

HAN_PER_TOKEN, LETTERS_PER_TOKEN = 1.5, 4.0
"""Characters of Chinese and of other text in a token of the Qwen tokenizers, on average: a rough rule."""


def messages(prompt: "Prompt", manifest: Manifest, lang: Language) -> list[dict[str, Any]]:
    """Describe the messages for views/preview.html, pictures with their labels and roles."""
    pictures = {}
    for image, part in zip(manifest.images, parts_of(manifest.images), strict=True):
        shown = card(image, manifest.folder, lang, part=part)
        pictures[image.label] = shown | {"role": role_words(image.role).in_language(lang)}
    return [_message(message, pictures) for message in prompt.messages]


def _message(message: dict[str, Any], pictures: dict[int, dict[str, Any]]) -> dict[str, Any]:
    """Group a message for the eye: each picture with the label that is sent before it, all in one grid."""
    groups: list[dict[str, Any]] = []
    before = ""
    for part in message["content"]:
        if part["type"] == "image":
            if not groups or "pictures" not in groups[-1]:
                groups.append({"pictures": []})
            groups[-1]["pictures"].append(pictures[part["image"].label] | {"before": before})
            before = ""
        else:
            if before:
                groups.append({"text": before})
            before = part["text"]
    if before:
        groups.append({"text": before})
    return {"role": message["role"], "groups": [{"pictures": [], "text": ""} | group for group in groups]}


def plain_text(given: Any) -> str:
    """Write messages as plain text for the clipboard: images stand as [1], [2] …"""
    blocks = []
    for message in given:
        parts = [
            f"[{part['image'].label}]" if part["type"] == "image" else part["text"]
            for part in message["content"]
        ]
        blocks.append("\n".join(parts))
    return "\n\n".join(blocks)


def _words(given: Any) -> str:
    """Put together all text of messages, without what stands for an image."""
    return "".join(part["text"] for message in given for part in message["content"] if part["type"] == "text")


def text_tokens(text: str) -> int:
    """Guess the tokens of a text; the tokenizer itself comes with the model."""
    han = sum("\u2e80" <= character <= "\u9fff" for character in text)
    return round(han / HAN_PER_TOKEN + (len(text) - han) / LETTERS_PER_TOKEN)


def cost(
    prompt: "Prompt", manifest: Manifest, lang: Language, size: int, *, limited: bool = True
) -> dict[str, Any]:
    """Say what a prompt takes of a window of so many tokens, the one that was chosen in step 1 or 2.

    `limited` tells that whoever answers has a window; then what goes beyond it is a fault.
    """
    from demo.answers import count_images

    visual = sum(image.tokens for image in manifest.images)
    text = text_tokens(_words(prompt.messages)) + MARKS * len(manifest.images)
    share = 100 * (visual + text) / size
    line = say(
        "prompt_step.tokens.line",
        images=count_images(len(manifest.images)),
        visual=f"{visual:,}",
        text=f"{text:,}",
    )
    window = f"{size:,}"
    whole = say("prompt_step.tokens.share", percent=f"{share:.1f}", window=window)
    values = ", ".join(f"{name} {value:g}" for name, value in prompt.sampling.items() if _is_number(value))
    sampling = say("prompt_step.tokens.sampling", values=values)
    return {
        "line": line.in_language(lang),
        "share": whole.in_language(lang),
        "percent": round(min(100.0, max(share, 0.5)), 1),
        "over": say("prompt_step.tokens.over").in_language(lang) if limited and share > 100 else "",
        "sampling": sampling.in_language(lang) if values else "",
    }


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def findings(prompt: "Prompt", question: Question, lang: Language) -> list[dict[str, Any]]:
    """Describe what lint found for views/findings.html, with the words of the click that mends it."""
    return [_finding(mend, lang) for mend in find_mends(prompt, question)]


def _finding(mend: Mend, lang: Language) -> dict[str, Any]:
    found = mend.finding
    button = {"contradictory-formats": "format", "no-region": "region"}.get(found.rule, "use")
    reworded = mend.question is not None and button == "use"
    return {
        "key": mend.key,
        "kind": "bad" if found.severity == "error" else "warn" if found.severity == "warning" else "note",
        "text": found.text.in_language(lang),
        "better": found.better if reworded else "",
        "button": say(f"prompt_step.lint.{button}").in_language(lang) if mend.question is not None else "",
    }


def compared(left: Sequence[str], right: Sequence[str]) -> list[dict[str, str]]:
    """Set two texts side by side, line by line; `kind` tells the lines that differ."""
    import difflib

    rows: list[dict[str, str]] = []
    for kind, a, b, c, d in difflib.SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        for place in range(max(b - a, d - c)):
            one = left[a + place] if a + place < b else ""
            other = right[c + place] if c + place < d else ""
            rows.append({"left": one, "right": other, "kind": "" if kind == "equal" else "changed"})
    return rows
