"""The follow-up that asks a model to mend its answer."""

from collections.abc import Iterable

from prompts.neutral import one_line, quote_block
from prompts.words import say
from toolkit.texts import Language, Text

MAX_QUOTED = 4_000
"""Characters of the old answer that are quoted; the model still has the whole of it in its context."""


def repair_prompt(answer: str, faults: Iterable[Text | str], lang: Language = "en") -> str:
    """Write the follow-up that asks for the mend of `answer`, naming each fault once.

    `faults` are those of a `Validation`, or sentences. Send it with `Prompt.follow_up(answer, ...)`; where
    the answer is no longer in the context, put it in with `quote=True` of `repair_text`.
    """
    return repair_text(answer, faults, lang, quote=False)


def repair_text(answer: str, faults: Iterable[Text | str], lang: Language = "en", *, quote: bool) -> str:
    """Write the same with the old answer quoted (`quote`), for a server that keeps no conversation."""
    named = dict.fromkeys(f.in_language(lang) if isinstance(f, Text) else f for f in faults)
    listed = "\n".join(f"- {one_line(fault, 300)}" for fault in named)
    opening = say("mending.opening" if named else "mending.nothing").in_language(lang)
    parts = [opening, listed, say("mending.request").in_language(lang)]
    if any(fault == say("faults.cut_off").in_language(lang) for fault in named):
        parts.append(say("mending.cut_off").in_language(lang))
    if quote:
        shown = quote_block(answer)[:MAX_QUOTED]
        parts.insert(0, say("mending.quoted", answer=shown).in_language(lang))
    return "\n\n".join(part for part in parts if part)
