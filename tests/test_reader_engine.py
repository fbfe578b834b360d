"""The reader as a whole, on pictures drawn here and on the samples. One loaded engine serves all."""

import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw
from reader_pages import ask, draw_page, draw_table, errors, save

from demo.engines import CannotDoError, ImageUnreadableError, Piece, Request, Result, engine
from demo.engines.reader.engine import ReaderEngine
from demo.engines.reader.model import TextModels
from prompts import build_prompt, validate
from prompts.images import ImageRef
from toolkit.families import to_pixels
from toolkit.geometry import intersection_over_union

TEXTS = [
    (40, 30, "Payment is due within thirty days."),
    (40, 70, "Reference AB-2024/0917"),
    (40, 110, "We regret the delay; please call 555-0134."),
]


@pytest.fixture
def note(tmp_path: Path) -> ImageRef:
    """A small page of three lines."""
    return save(draw_page((520, 160), TEXTS)[0], tmp_path / "note.png")


def test_text_is_read_in_order(note: ImageRef) -> None:
    result, _ = ask("read-text", "text", [note])
    assert result.text.split("\n") == [text for _, _, text in TEXTS]
    assert result.stop_reason == "done"


def test_pieces_come_line_by_line(note: ImageRef) -> None:
    _, pieces = ask("read-text", "text", [note])
    assert [piece for piece in pieces if piece.strip()] == [text for _, _, text in TEXTS]


@pytest.mark.parametrize(
    ("ink", "paper"), [("black", "white"), ("#dddddd", "#1e1e2e"), ("#666666", "#f4f0e0")]
)
def test_boxes_are_tight_on_any_ground(tmp_path: Path, ink: str, paper: str) -> None:
    picture, boxes = draw_page((520, 160), TEXTS, ink=ink, paper=paper)
    result, _ = ask("read-boxes", "boxes", [save(picture, tmp_path / "a.png")])
    overlaps = [max(intersection_over_union(f.box, box) for f in result.found) for box in boxes]
    assert min(overlaps) > 0.9


@pytest.mark.parametrize("family", ["qwen3-vl", "qwen2.5-vl"])
def test_boxes_are_written_in_the_familys_coordinates(note: ImageRef, family: str) -> None:
    result, _ = ask("read-boxes", "boxes", [note], family=family)
    checked = validate(result.text, build_prompt("read-boxes", images=[note], family=family).format, [note])
    assert checked.ok, checked.sentences("en")
    for written, found in zip(json.loads(result.text), result.found, strict=True):
        pixels = to_pixels(tuple(written["bbox_2d"]), note.size, family)
        assert pixels == pytest.approx(found.box, abs=1)
        assert written["label"] == found.text


def test_region_keeps_what_lies_inside(note: ImageRef) -> None:
    result, _ = ask("read-text", "text", [note], region="box:0,60,520,100")
    assert result.text == "Reference AB-2024/0917"
    assert ask("read-text", "text", [note], region="area:upper")[0].text.startswith("Payment")


def test_region_through_a_line_keeps_whole_words(note: ImageRef) -> None:
    result, _ = ask("read-text", "text", [note], region="box:0,60,140,100")
    assert result.text == "Reference"


def test_region_without_text_gives_nothing_and_says_so(note: ImageRef) -> None:
    result, _ = ask("read-text", "text", [note], region="box:500,0,520,20")
    assert result.text == ""
    assert any("No text was found" in text.en for text in result.notes)


def test_several_images_are_labelled_in_the_language_asked_for(note: ImageRef, tmp_path: Path) -> None:
    other = save(draw_page((300, 60), [(20, 20, "Second page")])[0], tmp_path / "b.png", 2)
    result, _ = ask("read-text", "text", [note, other], lang="zh")
    assert result.text.startswith("图1\nPayment")
    assert result.text.endswith("图2\nSecond page")
    assert {found.image for found in result.found} == {1, 2}
    assert "Image 2\n" in ask("read-text", "text", [note, other])[0].text


def test_copy_of_an_image_is_read_once_and_said(note: ImageRef) -> None:
    copy = ImageRef(2, note.width, note.height, note.path, copy_of=1)
    result, _ = ask("read-text", "text", [note, copy])
    assert result.text.count("Payment") == 1
    assert any("same as image 1" in text.en for text in result.notes)


def test_json_lines_and_array_hold_each_line(note: ImageRef) -> None:
    for form in ("json", "jsonl"):
        result, _ = ask("read-text", form, [note])
        checked = validate(result.text, build_prompt("read-text", format=form, images=[note]).format)
        assert [record["text"] for record in checked.records()] == [text for _, _, text in TEXTS]
        assert checked.ok


ROWS = [
    ["Item", "Qty", "Amount"],
    ["Paper", "20", "500.00"],
    ["Ink", "4", "474.00"],
    ["Folder", "15", "102.00"],
]


@pytest.mark.parametrize("rules", [True, False])
@pytest.mark.parametrize("form", ["markdown-table", "csv", "html-table", "json"])
def test_table_comes_back_in_each_format(tmp_path: Path, form: str, rules: bool) -> None:
    image = save(draw_table(ROWS, (160, 90, 130), rules=rules), tmp_path / "t.png")
    result, _ = ask("table", form, [image])
    checked = validate(result.text, build_prompt("table", format=form, images=[image]).format, [image])
    assert checked.ok, checked.sentences("en")
    rows = [checked.value["columns"], *checked.value["rows"]] if form == "json" else checked.value
    assert rows == ROWS


def test_box_of_text_between_rules_holds_the_text_alone(tmp_path: Path) -> None:
    picture, boxes = draw_page((300, 120), [(40, 46, "Between rules")], em=22)
    left, upper, right, lower = boxes[0]
    pen = ImageDraw.Draw(picture)
    for y in (upper - 5, lower + 4):
        pen.line((0, y, 300, y), fill="black", width=2)
    for x in (left - 7, right + 6):
        pen.line((x, 0, x, 120), fill="black", width=2)
    (found,) = ask("read-boxes", "boxes", [save(picture, tmp_path / "b.png")])[0].found
    assert found.text == "Between rules"
    assert intersection_over_union(found.box, boxes[0]) > 0.9


@pytest.mark.parametrize("degrees", [2.5, -1.5])
def test_tilted_page_keeps_its_rows_and_its_boxes(tmp_path: Path, degrees: float) -> None:
    page = draw_table(ROWS, (220, 140, 180), em=22, rules=False)
    tilted = page.rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor="white")
    image = save(tilted, tmp_path / "tilted.png")
    result, _ = ask("table", "csv", [image])
    assert [list(validate(result.text, "csv").header), *map(list, validate(result.text, "csv").rows)] == ROWS
    ink = np.asarray(tilted.convert("L")) < 128
    for found in result.found:
        left, upper, right, lower = (round(side) for side in found.box)
        outside = ink[upper - 4 : lower + 4, left - 4 : right + 4].sum() - ink[upper:lower, left:right].sum()
        assert outside <= 0.1 * ink[upper:lower, left:right].sum(), found.text


def test_page_without_a_table_says_so(note: ImageRef) -> None:
    result, _ = ask("table", None, [note])
    assert result.text == ""
    assert any("No table was found in image 1" in text.en for text in result.notes)


def test_table_over_two_pages_is_one(tmp_path: Path) -> None:
    more = [ROWS[0], ["Glue", "7", "21.00"], ["Tape", "2", "9.80"]]
    images = [
        save(draw_table(rows, (160, 90, 130)), tmp_path / f"{n}.png", n)
        for n, rows in enumerate((ROWS, more), 1)
    ]
    result, _ = ask("table", "csv", images)
    assert validate(result.text, "csv").rows == tuple(map(tuple, [*ROWS[1:], *more[1:]]))


def test_fields_are_found_and_those_missing_are_null(tmp_path: Path) -> None:
    texts = [(40, 30, "Invoice no:"), (260, 30, "INV-77"), (40, 70, "Date:"), (260, 70, "2026-03-17")]
    image = save(draw_page((520, 180), [*texts, (40, 130, "Total due:  1,234.50")])[0], tmp_path / "i.png")
    result, _ = ask("extract-fields", "json:invoice_number,date:date,total:number,fax", [image])
    assert json.loads(result.text) == {
        "invoice_number": "INV-77",
        "date": "2026-03-17",
        "total": 1234.5,
        "fax": None,
    }
    assert {found.label for found in result.found} == {"invoice_number", "date", "total"}
    assert any("fax" in text.en for text in result.notes)


def test_markdown_has_headings_and_tables(tmp_path: Path) -> None:
    table = draw_table(ROWS, (160, 90, 130))
    page = Image.new("RGB", (520, 420), "white")
    page.paste(draw_page((520, 80), [(40, 20, "Yearly report")], em=36)[0], (0, 0))
    page.paste(table, (0, 90))
    page.paste(draw_page((520, 60), [(40, 10, "All amounts are net of tax.")])[0], (0, 350))
    result, _ = ask("to-markdown", None, [save(page, tmp_path / "m.png")])
    assert result.text.startswith("# Yearly report")
    assert "| Paper | 20 | 500.00 |" in result.text
    assert result.text.endswith("All amounts are net of tax.")


@pytest.mark.parametrize("task", ["describe", "summarize", "translate", "answer", "count", "chart-question"])
def test_other_tasks_are_refused_by_name_with_what_to_do(note: ImageRef, task: str) -> None:
    prompt = build_prompt(task, images=[note])
    with pytest.raises(CannotDoError, match=f"can't do the task '{task}'.*read-text") as caught:
        engine("reader").ask(Request(prompt))
    assert "不是语言模型" in caught.value.text.zh
    reason = engine("reader").refusal(prompt)
    assert reason is not None
    assert ("--engine openai" in reason.en) == ("openai" in __import__("demo.engines").engines.engine_names())


def test_marked_region_is_refused(note: ImageRef) -> None:
    with pytest.raises(CannotDoError, match="box drawn into the picture"):
        engine("reader").ask(Request(build_prompt("read-text", "marked:red", "text", [note])))


def test_prompt_without_images_is_refused() -> None:
    with pytest.raises(CannotDoError, match="no image"):
        engine("reader").ask(Request(build_prompt("read-text")))


def test_every_task_that_is_offered_answers_in_every_format_offered(note: ImageRef) -> None:
    info = engine("reader").describe("en")
    assert info.tasks is not None
    for task, forms in info.tasks.items():
        for form in forms:
            prompt = build_prompt(task, format=form, images=[note])
            *_, result = engine("reader").ask(Request(prompt))
            assert isinstance(result, Result)
            if result.text:
                checked = validate(result.text, prompt.format, [note])
                assert checked.ok, (task, form, checked.sentences("en"))


def test_description_is_in_both_languages_and_loads_nothing() -> None:
    fresh = ReaderEngine()
    assert fresh.describe("zh").title == "内置文字识别"
    assert not fresh.describe("en").loaded
    assert not fresh.describe("en").is_language_model
    assert "Korean" in " ".join(fresh.describe("en").limits)


def test_second_question_on_the_same_pixels_costs_no_reading(tmp_path: Path) -> None:
    picture = draw_page((300, 60), [(20, 20, "Only once please")])[0]
    first = save(picture, tmp_path / "one.png")
    second = save(picture, tmp_path / "two.png")
    assert ask("read-text", "text", [first])[0].usage.cached_images == 0
    again = ask("read-boxes", "boxes", [second])[0]
    assert again.usage.cached_images == 1
    assert "recognise" not in again.usage.phases
    engine("reader").forget()
    assert ask("read-text", "text", [first])[0].usage.cached_images == 0


def test_pages_go_when_the_session_that_had_them_read_ends(tmp_path: Path) -> None:
    note = save(draw_page((300, 60), [(20, 20, "For one visit")])[0], tmp_path / "one.png")
    prompt = build_prompt("read-text", format="text", images=[note])

    def cached(session: str) -> int | None:
        *_, result = engine("reader").ask(Request(prompt, session=session))
        assert isinstance(result, Result)
        return result.usage.cached_images

    assert [cached("one"), cached("one")] == [0, 1]
    engine("reader").forget("one")
    assert cached("two") == 0


def test_usage_counts_characters_and_time_and_claims_no_tokens(note: ImageRef) -> None:
    engine("reader").forget()
    usage = ask("read-text", "text", [note])[0].usage
    assert usage.output_characters == len("\n".join(text for _, _, text in TEXTS))
    assert usage.seconds_to_first_piece is not None
    assert 0 < usage.seconds_to_first_piece <= usage.seconds
    assert {"detect", "recognise"} <= usage.phases.keys()
    assert sum(usage.phases.values()) <= usage.seconds + 0.05
    assert usage.prompt_tokens is usage.output_tokens is usage.visual_tokens is None


def test_cancel_stops_between_lines_and_keeps_nothing_half_read(note: ImageRef) -> None:
    engine("reader").forget()
    stop = threading.Event()
    stream = engine("reader").ask(Request(build_prompt("read-text", format="text", images=[note])), stop)
    assert next(stream) == Piece("Payment is due within thirty days.")
    stop.set()
    *_, result = stream
    assert isinstance(result, Result)
    assert result.stop_reason == "cancelled"
    assert result.text == "Payment is due within thirty days."
    assert ask("read-text", "text", [note])[0].text.endswith("555-0134.")


def test_questions_at_the_same_time_get_their_own_answers(tmp_path: Path) -> None:
    words = ["alpha", "bravo", "delta", "echo"]
    images = [save(draw_page((260, 60), [(20, 18, w)], em=24)[0], tmp_path / f"{w}.png") for w in words]
    answers: dict[str, str] = {}

    def run(word: str, image: ImageRef) -> None:
        answers[word] = ask("read-text", "text", [image])[0].text

    threads = [threading.Thread(target=run, args=pair) for pair in zip(words, images, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert answers == {word: word for word in words}


@pytest.fixture
def _no_network(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("the reader reached for the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    yield


@pytest.mark.usefixtures("_no_network")
def test_models_load_without_a_network_and_without_a_word(capfd: pytest.CaptureFixture[str]) -> None:
    models = TextModels()
    models.load()
    assert models.loaded
    assert models.recognise(np.full((32, 64, 3), 255, np.uint8)).result().text == ""
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
def test_picture_of_any_mode_is_read(tmp_path: Path, mode: str) -> None:
    picture = draw_page((300, 60), [(20, 16, "Any mode at all")], em=22)[0]
    if mode == "I;16":
        changed = Image.fromarray(np.asarray(picture.convert("L")).astype(np.uint16) * 257)
    else:
        changed = picture.convert(mode)
    result, _ = ask("read-text", "text", [save(changed, tmp_path / "m.png")])
    assert result.text == "Any mode at all"


def test_black_text_on_nothing_is_read_on_white(tmp_path: Path) -> None:
    picture = draw_page((300, 60), [(20, 16, "Transparent paper")], em=22)[0].convert("L")
    clear = Image.new("RGBA", picture.size, (0, 0, 0, 0))
    clear.putalpha(picture.point(lambda v: 255 - v))
    assert ask("read-text", "text", [save(clear, tmp_path / "c.png")])[0].text == "Transparent paper"


@pytest.mark.parametrize(("size", "colour"), [((1, 1), "white"), ((1, 3000), "white"), ((64, 64), "black")])
def test_picture_without_text_gives_nothing(tmp_path: Path, size: tuple[int, int], colour: str) -> None:
    result, _ = ask("read-text", "text", [save(Image.new("RGB", size, colour), tmp_path / "e.png")])
    assert result.text == ""
    assert result.stop_reason == "done"


def test_file_that_is_gone_damaged_or_changed_is_named(note: ImageRef, tmp_path: Path) -> None:
    gone = ImageRef(3, 10, 10, tmp_path / "gone.png")
    with pytest.raises(ImageUnreadableError, match=r"Image 3 \(gone.png\) is no longer there"):
        ask("read-text", "text", [gone])
    changed = ImageRef(1, note.width, note.height, note.path, sha256="0" * 64)
    with pytest.raises(ImageUnreadableError, match="changed since"):
        ask("read-text", "text", [changed])
    assert note.path is not None
    note.path.write_bytes(note.path.read_bytes()[:-200])
    with pytest.raises(ImageUnreadableError, match="can't be read"):
        ask("read-text", "text", [note])


def test_tall_picture_is_read_in_tiles(tmp_path: Path) -> None:
    """Takes a few seconds: a screenshot of 5,000 px is what is tested."""
    texts = [(40, 30 + 90 * i, f"Message number {i}") for i in range(54)]
    picture, boxes = draw_page((700, 4950), texts, em=30)
    result, _ = ask("read-boxes", "boxes", [save(picture, tmp_path / "tall.png")])
    assert [found.text for found in result.found] == [text for _, _, text in texts]
    overlaps = [intersection_over_union(f.box, box) for f, box in zip(result.found, boxes, strict=True)]
    assert min(overlaps) > 0.85


def test_small_text_on_a_large_page_survives(tmp_path: Path) -> None:
    texts = [(60, 60 + 400 * i, f"Footnote {i}: see page {i + 7}.") for i in range(8)]
    picture, _ = draw_page((2400, 3200), texts, em=15)
    result, _ = ask("read-text", "text", [save(picture, tmp_path / "large.png")])
    assert sorted(result.text.split("\n")) == sorted(text for _, _, text in texts)


def test_script_that_the_models_do_not_know_is_reported(tmp_path: Path) -> None:
    """Blocks of uneven strokes stand for letters of no script at all."""
    random = np.random.default_rng(5)
    strip = np.full((60, 420), 255, np.uint8)
    for i in range(22):
        glyph = np.kron(random.integers(0, 2, (4, 3)), np.ones((5, 4)))
        strip[20:40, 20 + 17 * i : 32 + 17 * i][glyph > 0] = 0
    result, _ = ask("read-text", "text", [save(Image.fromarray(strip), tmp_path / "s.png")])
    doubtful = [found for found in result.found if found.doubtful]
    assert result.text == "" or doubtful
    assert result.notes


SAMPLES = Path(__file__).parents[1] / "demo" / "samples"


@pytest.mark.parametrize(("name", "page"), [("invoice", 1), ("report", 2)])
def test_samples_are_read_within_the_figures_at_1024(tmp_path: Path, name: str, page: int) -> None:
    """At most 1 % of the characters wrong, boxes that overlap the true ones by 0.7; seconds a page."""
    truth = json.loads((SAMPLES / "truth.json").read_text(encoding="utf-8"))
    document = next(d for d in truth["documents"] if d["name"] == name)
    true = next(p for p in document["pages"] if p["page"] == page)
    image = save(_sample_at_1024(SAMPLES / document["file"], page), tmp_path / "s.png")
    found = ask("read-boxes", "boxes", [image])[0].found
    across, down = true["width"] / image.width, true["height"] / image.height
    wrong, overlaps = 0, []
    for line in true["lines"]:
        left, upper, right, lower = line["box"]
        box = (left / across, upper / down, right / across, lower / down)
        best = max(found, key=lambda f: intersection_over_union(f.box, box))
        overlaps.append(intersection_over_union(best.box, box))
        wrong += errors(line["text"], best.text)
    assert wrong <= 0.01 * sum(len(line["text"]) for line in true["lines"])
    assert min(overlaps) >= 0.7


def _sample_at_1024(file: Path, page: int) -> Image.Image:
    import pypdfium2

    with pypdfium2.PdfDocument(file) as document:
        width, height = document[page - 1].get_size()
        picture: Image.Image = document[page - 1].render(scale=300 / 72).to_pil()
    return picture.convert("RGB").resize(
        (round(1024 * width / height / 32) * 32, 1024), Image.Resampling.LANCZOS
    )


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ch_en_num.jpg", ["大桶装更划算", "惊喜福利不容错过", "假一赔十"]),
        ("black_font_color_transparent.png", ["我是中国人"]),
    ],
)
def test_real_pictures_are_read(shared_data: Path, tmp_path: Path, name: str, expected: list[str]) -> None:
    with Image.open(shared_data / "images" / name) as picture:
        image = save(picture.copy(), tmp_path / "r.png")
    text = ask("read-text", "text", [image])[0].text
    assert all(part in text for part in expected), text
