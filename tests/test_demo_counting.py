"""One way of counting: every step, and every program, names the same sum of visual tokens for the images."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from documents import write_pdf

from demo import answering, gallery, programs, uploads
from demo.detail import draw_detail
from demo.ordering import draw_order
from demo.preparing import prepare_uploads
from demo.session import Session, SessionStore
from demo.settings import Limits
from demo.steps.prompt import preview
from demo.words import say
from toolkit.families import FAMILIES, visual_tokens
from toolkit.recipe import Recipe
from toolkit.texts import Language


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    store = SessionStore(idle_seconds=300, max_sessions=9)
    opened = store.of_tab("counting", "en")
    uploads.add_files(opened, [str(write_pdf(tmp_path / f"{n}.pdf")) for n in (1, 2, 3)], 10)
    list(prepare_uploads(opened, Recipe(long_side=1024), "", Limits(), lambda: None))
    yield opened
    store.close()


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_step_names_the_same_sum(session: Session, lang: Language) -> None:
    session.lang = lang
    assert session.work.manifest is not None
    sizes = [image.size for image in session.work.images]
    total = sum(visual_tokens(size, FAMILIES["qwen3-vl"]) for size in sizes)
    prompt, manifest = answering.compose(session, None, lang)
    cost = preview.cost(prompt, manifest, lang, session.work.window)
    assert programs.described(session)["tokens"] == total
    for drawn in (gallery.of_session(session), draw_order(session), cost["line"]):
        assert re.search(rf"{total:,} (visual tokens|个视觉 token)", drawn)
        assert f"{total + 2 * len(sizes):,}" not in drawn


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_one_sentence_says_what_is_counted(session: Session, lang: Language) -> None:
    session.lang = lang
    said = say("messages.counting").in_language(lang)
    assert said in draw_order(session)
    assert said in draw_detail(session, session.work.images[0])


def test_the_marks_of_the_images_count_as_text(session: Session) -> None:
    prompt, manifest = answering.compose(session, None, "en")
    words = "".join(
        part["text"] for message in prompt.messages for part in message["content"] if part["type"] == "text"
    )
    line = preview.cost(prompt, manifest, "en", session.work.window)["line"]
    assert f"about {round(len(words) / 4) + 2 * 3} tokens of text" in line


def test_a_prompt_that_is_too_large_says_what_to_do_where_there_is_a_window(session: Session) -> None:
    prompt, manifest = answering.compose(session, None, "zh")
    assert "请在第 2 步" in preview.cost(prompt, manifest, "zh", 500)["over"]
    assert preview.cost(prompt, manifest, "zh", 500, limited=False)["over"] == ""
    assert preview.cost(prompt, manifest, "zh", 32_768)["over"] == ""
