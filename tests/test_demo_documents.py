"""Step 1 without a browser: presets and knobs, fields sent along, looking closely, hostile events."""

import json
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from demo_client import Visitor, open_page
from documents import Page, Words, write_pdf
from PIL import Image

from demo import gallery, history, uploads
from demo.detail import facts
from demo.history import tidy
from demo.looking import make_look, original_region
from demo.preparing import prepare_uploads
from demo.presets import CUSTOM, PRESETS, preset_choices, preset_of
from demo.session import Session, SessionStore
from demo.settings import Limits, Settings
from demo.steps.documents import read_recipe
from demo.steps.documents.sources import MAX_DRAFTS, read_drafts
from demo.steps.documents.step import take_look
from toolkit.errors import UsageError
from toolkit.recipe import Recipe
from toolkit.texts import Language


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    store = SessionStore(idle_seconds=300, max_sessions=3)
    opened = store.of_tab("a", "en")
    words = Words("Small print of the page", y=400, size=12)
    add(opened, write_pdf(tmp_path / "a.pdf", Page(content=(words,))))
    list(prepare_uploads(opened, Recipe(), "", Limits(), lambda: None))
    yield opened
    store.close()


def add(session: Session, path: Path) -> None:
    uploads.add_files(session, [str(path)], 10)


@pytest.mark.parametrize("name", list(PRESETS))
def test_every_preset_is_found_again_and_explained(name: str) -> None:
    recipe = PRESETS[name].recipe
    assert preset_of(recipe) == name
    assert preset_of(replace(recipe, family="qwen2.5-vl", keep_pages=True, compress="small")) == name
    for lang in ("en", "zh"):
        title, about = {v: k for k, v in preset_choices(lang)}[name].split("\n")  # type: ignore[arg-type]
        assert title
        assert len(about) > 10


def test_a_knob_turned_by_hand_is_no_preset() -> None:
    assert preset_of(Recipe(dpi=150)) == CUSTOM
    assert [value for _, value in preset_choices("en", custom=True)][-1] == CUSTOM


@pytest.mark.parametrize(
    ("given", "side"),
    [
        ("auto", "auto"),
        ("1024", 1024),
        ("1,280 px", 1280),
        ("１６００", 1600),
        ("2048像素", 2048),
        ("", "auto"),
    ],
)
def test_read_recipe_takes_sizes_as_people_type_them(given: str, side: int | str) -> None:
    recipe = read_recipe(given, "qwen3-vl", 300, "never", "copy", True, False)
    assert recipe.long_side == side


@pytest.mark.parametrize("given", ["huge", "-5", "1e9", "9999999", "1024; rm", "3"])
def test_read_recipe_refuses_what_is_no_size(given: str) -> None:
    with pytest.raises(UsageError):
        read_recipe(given, "qwen3-vl", 300, "never", "copy", True, False)


def test_read_recipe_takes_every_knob() -> None:
    recipe = read_recipe("auto", "qwen2.5-vl", 200, "always", "enlarged", False, True, "2", "ocr", True)
    wanted = Recipe(
        dpi=200, family="qwen2.5-vl", second_look="always", second_look_kind="enlarged", split=False,
        keep_pages=True, merge=2, scenario="ocr", compress="small",
    )  # fmt: skip
    assert recipe == wanted


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "{",
        "[1]",
        '[["pages"]]',
        '[["pages", "x", "1"]]',
        '[["pages", -1, "1"]]',
        "[" * 9000,
        '{"a": 1}',
    ],
)
def test_odd_drafts_are_none(text: str) -> None:
    assert read_drafts(text) == []


def test_drafts_are_cut_to_their_limits() -> None:
    rows = [["pages", str(n), "1" * 900] for n in range(2 * MAX_DRAFTS)]
    found = read_drafts(json.dumps(rows[:150]))
    assert found[0] == ("pages", 0, "1" * 300)
    assert len(read_drafts(json.dumps([["pages", "0", "1"]] * 2 * MAX_DRAFTS))) == MAX_DRAFTS


def test_the_original_has_the_pixels_that_the_picture_lost(session: Session) -> None:
    (image,) = session.work.images
    before = original_region(session, image)
    assert before.suffix == ".png"
    with Image.open(before) as page:
        assert max(page.size) > 3 * max(image.size)
        assert page.size[0] / page.size[1] == pytest.approx(image.width / image.height, abs=0.03)


def test_the_region_of_a_piece_is_cut_out_of_its_page(session: Session, tmp_path: Path) -> None:
    tall = Image.new("RGB", (600, 4000), "white")
    for y in range(20, 3980, 60):
        tall.paste((0, 0, 0), (40, y, 500, y + 24))
    tall.putpixel((0, 0), (255, 0, 0))
    tall.save(tmp_path / "tall.png")
    session.work.uploads.clear()
    add(session, tmp_path / "tall.png")
    list(prepare_uploads(session, Recipe(second_look="never"), "", Limits(), lambda: None))
    pieces = session.work.images
    assert len(pieces) > 1
    heights = []
    for piece in pieces:
        with Image.open(original_region(session, piece)) as region:
            assert region.width == 600
            heights.append(region.height)
            assert (region.getpixel((0, 0)) == (255, 0, 0)) == (piece is pieces[0])
    assert sum(heights) >= 4000


def test_what_was_drawn_goes_with_its_pictures(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    make_look(session, session.work.images[0], "text")
    drawn = [*session.folder.glob("look-*"), *session.folder.glob("page-*")]
    assert drawn
    tidy(session)
    assert all(folder.is_dir() for folder in drawn)
    monkeypatch.setattr(history, "DRAWN_SECONDS", -1.0)
    list(prepare_uploads(session, Recipe(), "", Limits(), lambda: None))
    assert not any(folder.exists() for folder in drawn)


def test_text_is_framed_on_the_original(session: Session) -> None:
    look = make_look(session, session.work.images[0], "text")
    assert look.fault is None
    assert look.path is not None
    with Image.open(look.path) as plot:
        colours = {colour for _, colour in plot.convert("RGB").getcolors(2**24) or []}
    assert {(0, 158, 115), (230, 159, 0), (204, 40, 40)} & colours
    assert make_look(session, session.work.images[0], "text") is look


def test_an_original_that_is_gone_is_named_with_what_to_do(session: Session, tmp_path: Path) -> None:
    session.work.uploads[0].path.unlink()
    look = make_look(session, session.work.images[0], "compare")
    assert look.path is None
    assert look.fault is not None
    assert "a.pdf" in look.fault.en
    assert "a.pdf" in look.fault.zh
    assert str(session.folder) not in look.fault.en


def test_facts_say_quality_and_mend_in_the_language_of_the_page(session: Session) -> None:
    (image,) = session.work.images
    poor = {
        "verdict": "poor",
        "reason": "Blurred.",
        "reason_zh": "模糊。",
        "mend": "Scan.",
        "mend_zh": "重扫。",
    }
    image = replace(image, quality=poor, tokens=1638)
    session.work.window = 16_384
    english, chinese = (facts(image, session.work, lang) for lang in ("en", "zh"))  # type: ignore[arg-type]
    assert english["quality"] == {"mark": "bad", "words": "poor", "more": "Blurred. Scan."}
    assert chinese["quality"]["more"] == "模糊。重扫。"
    assert "10 %" in english["share"]
    assert english["bar"] == pytest.approx(10, abs=0.1)


def test_facts_of_hostile_figures_are_unmeasured(session: Session) -> None:
    (image,) = session.work.images
    odd: dict[str, Any] = {"verdict": ["<b>"], "smallest": "<script>"}
    shown = facts(replace(image, quality=odd, text_height=odd), session.work, "en")
    assert shown["quality"]["words"] == "not measured"
    assert shown["text"]["words"] == "no text found"


@pytest.mark.parametrize(
    ("act", "arg", "value"),
    [("look", "99", ""), ("look", "-1", ""), ("look", "<b>", ""), ("view", "../x", ""), ("window", "", "7")],
)
def test_a_hostile_look_changes_nothing(session: Session, act: str, arg: str, value: str) -> None:
    before = (session.work.looking, session.work.look, session.work.window)
    take_look(session, act, arg, value)
    assert (session.work.looking, session.work.look, session.work.window) == before


@pytest.fixture(scope="module")
def page() -> Iterator[tuple[Any, Any]]:
    with open_page() as opened:
        yield opened


def test_the_page_prepares_looks_and_undoes(page: tuple[Any, Any], tmp_path: Path) -> None:
    visitor = Visitor(*page, headers={"accept-language": "zh-CN"})
    step = visitor.blocks.context.steps["documents"]
    visitor.fire("add", visitor.upload(write_pdf(tmp_path / "合同.pdf", Page(), Page(), Page())))
    visitor.fire("look_closer")
    told = visitor.fire("run", json.dumps([["pages", "0", "1,3"]]))
    assert "2 张图片已就绪" in told[step.gallery]
    told = visitor.fire("act", act="look", arg="2", value="")
    assert "vp-compare-before" in told[step.gallery]
    assert "第 3 页" in told[step.gallery]
    told = visitor.fire("act", act="back", arg="", value="")
    assert "合同.pdf" in told[step.gallery]
    visitor.fire("change_list", act="remove", arg="0", value="")
    told = visitor.fire("act", act="undo", arg="", value="")
    assert "合同.pdf" in told[step.sources.list]


def test_a_letter_that_calls_itself_a_pdf_is_named_as_an_office_document(
    page: tuple[Any, Any], tmp_path: Path
) -> None:
    visitor = Visitor(*page, {"accept-language": "zh"})
    with zipfile.ZipFile(tmp_path / "letter.pdf", "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
    visitor.fire("add", visitor.upload(tmp_path / "letter.pdf"))
    shown = str(visitor.fire("look_closer"))
    assert "letter.pdf 其实是 Office 文档" in shown
    assert "ZIP" not in shown
    assert "letter.pdf 其实是 Office 文档" in str(visitor.fire("run", "[]"))


def test_a_folder_given_at_the_start_is_offered_and_opened(tmp_path: Path) -> None:
    from toolkit import prepare

    prepare([write_pdf(tmp_path / "a.pdf", Page(), Page())], Recipe(), output_dir=tmp_path / "ready")
    with open_page(Settings(open_folder=tmp_path / "ready")) as page:
        visitor = Visitor(*page, headers={"accept-language": "en"})
        step = visitor.blocks.context.steps["documents"]
        visitor.fire("open_folder", act="open", arg="ready", value="")
        told = visitor.fire("redraw")
        assert "2 images are ready" in told[step.gallery]
        assert str(tmp_path) not in told[step.gallery]


@pytest.mark.parametrize(
    ("lang", "words"), [("en", "1 image may be hard to read"), ("zh", "有 1 张图片可能看不清")]
)
def test_the_gallery_says_how_many_images_may_be_hard_to_read(
    session: Session, lang: Language, words: str
) -> None:
    session.lang = lang
    assert words not in gallery.of_session(session)
    manifest = session.work.manifest
    assert manifest is not None
    first, *others = manifest.images
    session.work.manifest = replace(manifest, images=(replace(first, quality={"verdict": "poor"}), *others))
    assert words in gallery.of_session(session)


def test_the_gallery_warns_of_a_window_that_is_too_small_for_a_model_only(session: Session) -> None:
    session.work.window = 500
    assert "Step 2 shows what helps" in gallery.of_session(session)
    session.work.talkative = False  # the built-in reader reads image by image
    assert "Step 2 shows what helps" not in gallery.of_session(session)
