"""The sending order: what a person says holds, everything can be taken back, offers say their price."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from scenes import scene_and_close_up

from demo import window
from demo.arranging import arrange_by, change_row, start_over
from demo.comparing import MOST_IMAGES, being_compared, is_to_look, known_facts, look
from demo.history import remember_prepared, undo
from demo.merging import merge_first
from demo.offers import grid_offer, steps_offer
from demo.ordering import draw_offers, draw_order, offers_of, places_now, sequence, warnings_of
from demo.session import Session, SessionStore
from demo.waiting import Line
from toolkit import visual_tokens
from toolkit.files import sha256_of
from toolkit.geometry import Placement
from toolkit.manifest import ImageRecord, Manifest, SourceRef
from toolkit.texts import Text

SIZE = (736, 1024)


def record(
    folder: Path, number: int, smallest: float | None = 30.0, size: tuple[int, int] = SIZE
) -> ImageRecord:
    path = folder / f"p{number}.png"
    Image.new("L", size, 30 * number).save(path)
    source = SourceRef(f"doc{number}.pdf", str(number) * 64, 1, 595.0, 842.0, "pt")
    text = {"smallest": smallest, "verdict": "readable", "lines": 9} if smallest else None
    return ImageRecord(
        path.name, sha256_of(path), *size, source, Placement.scaling(size, (595.0, 842.0)),
        visual_tokens(size, "qwen3-vl"), label=number, text_height=text,
        quality={"verdict": "good", "sharpness": 2.0**number},
    )  # fmt: skip


@pytest.fixture
def session() -> Iterator[Session]:
    store = SessionStore(idle_seconds=300, max_sessions=3)
    opened = store.of_tab("a", "en")
    folder = opened.fresh_place("prepared")
    images = tuple(record(folder, number) for number in (1, 2, 3, 4))
    opened.work.take(Manifest("qwen3-vl", {}, images, (), folder))
    yield opened
    store.close()


def test_roles_by_hand_hold_when_a_scenario_is_chosen(session: Session) -> None:
    work = session.work
    change_row(work, "role", 3, "main")
    arrange_by(work, "compare")
    assert work.arrangement.labels[0] == 3
    assert work.arrangement.roles[3] == "main"
    assert [work.arrangement.roles[n] for n in (1, 2, 4)] == ["reference"] * 3
    arrange_by(work, "none")
    assert work.arrangement.labels == [1, 2, 3, 4]
    assert work.arrangement.roles == {3: "main"}


def test_what_was_left_out_stays_out_when_a_scenario_is_chosen(session: Session) -> None:
    change_row(session.work, "remove", 2, "")
    for scenario in ("ocr", "compare", "diagnose", "locate", "none"):
        arrange_by(session.work, scenario)
        assert sorted(session.work.arrangement.labels) == [1, 3, 4], scenario
    start_over(session.work)
    assert session.work.arrangement.labels == [1, 2, 3, 4]


def test_a_copy_whose_original_was_left_out_is_ordered_too(session: Session) -> None:
    work = session.work
    assert work.manifest is not None
    images = list(work.manifest.images)
    images[1] = replace(images[1], copy_of=1, role="second-look")
    work.take(replace(work.manifest, images=tuple(images)))
    change_row(work, "remove", 1, "")
    for scenario in ("ocr", "compare", "diagnose", "locate"):
        arrange_by(work, scenario)
        assert sorted(work.arrangement.labels) == [2, 3, 4]


@pytest.mark.parametrize(
    ("act", "value", "labels"),
    [
        ("up", "", [1, 2, 3, 4]),
        ("down", "", [2, 1, 3, 4]),
        ("put", "4", [2, 3, 4, 1]),
        ("remove", "", [2, 3, 4]),
    ],
)
def test_change_row_moves_or_drops(session: Session, act: str, value: str, labels: list[int]) -> None:
    moved = change_row(session.work, act, 1, value)
    assert session.work.arrangement.labels == labels
    assert moved == (act != "up")


@pytest.mark.parametrize(
    ("act", "label", "value"),
    [
        ("up", 99, ""),
        ("put", 1, "99"),
        ("put", 1, "x"),
        ("role", 1, "<b>"),
        ("explode", 1, ""),
        ("role", 1, ""),
    ],
)
def test_a_hostile_change_changes_nothing(session: Session, act: str, label: int, value: str) -> None:
    before = session.work.arrangement.copy()
    assert not change_row(session.work, act, label, value)
    assert session.work.arrangement == before


def test_undo_takes_back_one_change_after_the_other(session: Session) -> None:
    work = session.work
    for scenario in ("compare", "ocr"):
        remember_prepared(work, Text(scenario, scenario))
        arrange_by(work, scenario)
    remember_prepared(work, Text("remove", "remove"))
    change_row(work, "remove", 1, "")
    assert undo(session) == Text("remove", "remove")
    assert work.arrangement.scenario == "ocr"
    assert 1 in work.arrangement.labels
    undo(session)
    assert work.arrangement.scenario == "compare"
    undo(session)
    assert work.arrangement.scenario is None
    assert undo(session) is None


def test_warnings_go_by_the_numbers_that_images_have_now(session: Session) -> None:
    work = session.work
    assert work.manifest is not None
    images = list(work.manifest.images)
    images[3] = replace(images[3], quality={"verdict": "poor"})
    work.manifest = replace(work.manifest, images=tuple(images))
    change_row(work, "put", 4, "2")
    found = warnings_of(work)
    assert [bool(texts) for texts in found] == [False, True, False, False]
    assert "2" in found[1][0].en
    assert "图2" in found[1][0].zh


def test_stretches_stand_one_after_the_other() -> None:
    placed = window.stretches([736, 100], 4096)
    assert [(one.start, one.end) for one in placed] == [(0, 736), (736, 836)]
    assert placed[0].percent == pytest.approx(736 / 40.96)
    assert not placed[1].overflows
    assert [one.overflows for one in window.stretches([3000, 2000], 4096)] == [False, True]


@pytest.mark.parametrize(
    ("percent", "words"), [(0.0, "0"), (0.4, "<1"), (1.4, "1"), (37.5, "38"), (250, "250")]
)
def test_percent_words_never_say_zero_for_something(percent: float, words: str) -> None:
    assert window.percent_words(percent) == words


def test_the_window_of_an_engine_is_offered_and_named_besides() -> None:
    assert window.read_window("40960") is None
    assert window.read_window("40960", 40_960) == 40_960
    assert (40_960, "40,960（本模型的上限）", True) in window.menu(40_960, 40_960, "zh")
    assert [size for size, _, _ in window.menu(8_192, 40_960, "en")] == sorted((*window.WINDOWS, 40_960))


def test_a_copy_is_named_by_the_number_its_original_has_now(session: Session) -> None:
    assert session.work.manifest is not None
    manifest = session.work.manifest
    images = tuple(replace(i, copy_of=1 if i.label == 2 else None) for i in manifest.images)
    session.work.take(replace(manifest, images=images))
    arrange_by(session.work, "ocr")
    labels = list(session.work.arrangement.labels)
    # What stood before it is left out: the numbers of both change.
    first = labels[0]
    assert first not in (1, 2)
    change_row(session.work, "remove", first, "")
    now = session.work.arrangement.labels.index(1) + 1
    assert now == labels.index(1)
    assert f"It repeats image {now}" in draw_order(session)


@pytest.mark.parametrize("scenario", ["ocr", "compare", "diagnose", "locate"])
def test_reasons_name_images_by_the_numbers_that_they_have_now(session: Session, scenario: str) -> None:
    work = session.work
    arrange_by(work, scenario)
    labels = list(work.arrangement.labels)
    places = places_now(work)
    assert list(places) == labels
    named = [re.findall(r"image (\d)", place.reason.en) for place in places.values()]
    if scenario == "ocr":  # the sharpest is the last that was prepared
        assert labels == [4, 3, 2, 1]
        assert named == [[], ["1"], ["2"], ["3"]]
    change_row(work, "remove", labels[1], "")
    assert list(places_now(work)) == [labels[0], *labels[2:]]
    assert not work.arrangement.by_hand


def test_what_was_moved_by_hand_is_given_no_reason_that_no_longer_holds(session: Session) -> None:
    arrange_by(session.work, "ocr")
    assert "best carrier of text" in draw_order(session)
    change_row(session.work, "up", 1, "")
    assert places_now(session.work) == {}
    assert "best carrier of text" not in draw_order(session)


def test_the_cost_of_rounds_counts_the_answer_that_brings_them_together(session: Session) -> None:
    assert "4 rounds of one image each" in draw_offers(session)
    assert "5 answers in all" in draw_offers(session)


def test_step_by_step_says_what_it_needs_where_no_language_model_answers(session: Session) -> None:
    session.work.window = 4096
    assert "Needs a language model" not in draw_offers(session)
    session.work.talkative = False
    assert "Needs a language model" in draw_offers(session)


def test_read_window_takes_only_what_is_offered() -> None:
    assert window.read_window("32768") == 32768
    for given in ("", "0", "-1", "1e9", "99999999999", "32768; drop"):
        assert window.read_window(given) is None


def test_the_plot_shows_the_whole_of_an_overfull_window(session: Session) -> None:
    work = session.work
    work.window = 4096
    assert work.manifest is not None
    images = [replace(image, tokens=2000) for image in work.manifest.images]
    drawn = sequence(images, work, "en")
    assert drawn[-1]["left"] + drawn[-1]["width"] == pytest.approx(100, abs=0.01)
    assert [one["over"] for one in drawn] == [False, False, True, True]


def test_a_grid_is_offered_where_its_text_stays_readable(tmp_path: Path) -> None:
    large = [record(tmp_path, number, smallest=40.0) for number in (1, 2, 3, 4)]
    offer = grid_offer(large, "qwen3-vl")
    assert offer is not None
    assert offer.helps
    assert offer.reading == "readable"
    assert offer.tokens <= 0.75 * offer.tokens_apart
    assert offer.tokens_apart == 4 * visual_tokens(SIZE, "qwen3-vl")
    assert offer.text_height == pytest.approx(40 * offer.smallest_scale)
    small = [record(tmp_path, number, smallest=10.0) for number in (1, 2, 3, 4)]
    priced = grid_offer(small, "qwen3-vl")
    assert priced is not None
    assert not priced.helps


def test_nothing_is_offered_for_a_single_image(session: Session) -> None:
    for label in (2, 3, 4):
        change_row(session.work, "remove", label, "")
    assert offers_of(session.work) == (None, None)
    assert draw_offers(session).strip() == ""


def test_step_by_step_is_offered_where_the_window_is_half_full(session: Session) -> None:
    assert session.work.manifest is not None
    images = session.work.manifest.images
    tokens = sum(image.tokens for image in images)
    full, roomy = steps_offer(images, tokens), steps_offer(images, 10 * tokens)
    assert full is not None
    assert roomy is not None
    assert full.helps
    assert not roomy.helps
    assert (full.rounds, full.most, full.at_once) == (4, images[0].tokens, tokens)


def test_a_page_and_its_own_second_look_are_no_two_pages(tmp_path: Path) -> None:
    page = record(tmp_path, 1, smallest=40.0)
    look = replace(record(tmp_path, 2, smallest=80.0), copy_of=1, role="second-look")
    assert grid_offer([page, look], "qwen3-vl") is None
    assert steps_offer([page, look], 100) is None


def test_second_looks_stay_out_of_a_grid_and_go_into_the_round_of_their_page(tmp_path: Path) -> None:
    pages = [record(tmp_path, number, smallest=40.0) for number in (1, 3)]
    looks = [replace(record(tmp_path, n, smallest=80.0), copy_of=n - 1) for n in (2, 4)]
    images = [pages[0], looks[0], pages[1], looks[1]]
    grid, steps = grid_offer(images, "qwen3-vl"), steps_offer(images, 100)
    assert grid is not None and grid.labels == (1, 3)
    assert steps is not None
    assert (steps.rounds, steps.most, steps.at_once) == (2, 2 * pages[0].tokens, 4 * pages[0].tokens)


def test_a_second_look_whose_page_was_left_out_is_a_page(tmp_path: Path) -> None:
    look = replace(record(tmp_path, 2, smallest=80.0), copy_of=1)
    assert steps_offer([look, record(tmp_path, 3)], 100) is not None


def test_merging_leaves_second_looks_where_they_are(session: Session) -> None:
    work = session.work
    assert work.manifest is not None
    images = [replace(one, copy_of=1) if one.label == 2 else one for one in work.manifest.images]
    work.manifest = replace(work.manifest, images=tuple(images))
    offer, _ = offers_of(work)
    assert offer is not None and offer.labels == (1, 3, 4)
    merge_first(session, offer)
    assert work.arrangement.labels == [5, 2]


def test_merging_keeps_the_way_back_to_every_page_and_can_be_undone(session: Session) -> None:
    work = session.work
    offer, _ = offers_of(work)
    assert offer is not None
    merge_first(session, offer)
    (grid,) = work.images
    assert grid.tokens == offer.tokens
    assert [cell.source.file for cell in grid.cells] == [f"doc{n}.pdf" for n in (1, 2, 3, 4)]
    for cell in grid.cells:
        left, upper, right, lower = cell.placement.to_source(cell.box)
        assert (left, upper) == pytest.approx((0, 0), abs=1)
        assert (right, lower) == pytest.approx((595, 842), abs=1)
    assert work.manifest is not None
    with Image.open(work.manifest.path(work.manifest.images[-1])) as drawn:
        assert drawn.size == grid.size
        box = grid.cells[2].box
        middle = (round((box[0] + box[2]) / 2), round((box[1] + box[3]) / 2))
        assert drawn.convert("L").getpixel(middle) == 90
    assert not list(work.manifest.folder.glob("grid*.json"))
    undo(session)
    assert work.arrangement.labels == [1, 2, 3, 4]


def test_start_over_after_merging_gives_the_pictures_back(session: Session) -> None:
    offer, _ = offers_of(session.work)
    assert offer is not None
    merge_first(session, offer)
    start_over(session.work)
    assert session.work.arrangement.labels == [1, 2, 3, 4]


def test_file_names_are_escaped_on_the_page(session: Session) -> None:
    work = session.work
    assert work.manifest is not None
    image = work.manifest.images[0]
    evil = replace(image, source=replace(image.source, file='<img src=x onerror="alert(1)">.pdf'))
    work.manifest = replace(work.manifest, images=(evil, *work.manifest.images[1:]))
    assert "<img src=x" not in draw_order(session)


def test_every_word_comes_in_both_languages(session: Session) -> None:
    session.work.window = 4096
    words = {}
    for lang in ("en", "zh"):
        session.lang = lang
        words[lang] = draw_order(session) + draw_offers(session)
    assert "of a window of 4,096" in words["en"]
    assert "占 4,096 窗口" in words["zh"]
    assert "Merge into one grid" not in words["zh"]
    assert "拼成一张" in words["zh"]


def test_a_close_up_is_found_and_comes_after_its_scene(session: Session) -> None:
    work = session.work
    take_scene_and_close_up(session)
    arrange_by(work, "locate")
    assert work.arrangement.roles[1] != "close-up"
    assert is_to_look(work, "locate")
    for _ in look(session, "locate"):
        pass
    arrange_by(work, "locate")
    assert work.arrangement.labels == [2, 1]
    assert work.arrangement.roles[1] == "close-up"
    assert "image 1" in places_now(work)[1].reason.en
    assert not is_to_look(work, "locate")
    assert not is_to_look(work, "ocr")


def take_scene_and_close_up(session: Session) -> None:
    """Take a drawn scene, and before it a photo of a part of it, enlarged."""
    folder = session.fresh_place("prepared")
    images = []
    for number, picture in enumerate(reversed(scene_and_close_up()), 1):
        one = record(folder, number, None, picture.size)
        picture.save(folder / one.file)
        images.append(replace(one, sha256=sha256_of(folder / one.file)))
    session.work.take(Manifest("qwen3-vl", {}, tuple(images), (), folder))


def test_what_was_found_holds_for_these_images_only(session: Session) -> None:
    take_scene_and_close_up(session)
    list(look(session, "locate"))
    assert known_facts(session.work, session.work.images)[0].close_up_of == 2
    change_row(session.work, "remove", 2, "")
    manifest = session.work.manifest
    assert manifest is not None
    left = [image for image in manifest.images if image.label == 1]
    assert known_facts(session.work, left)[0].close_up_of is None
    session.work.take(replace(manifest, folder=session.fresh_place("prepared")))
    assert is_to_look(session.work, "locate")


def test_too_many_images_are_not_compared_and_that_is_said(session: Session) -> None:
    folder = session.fresh_place("prepared")
    images = tuple(record(folder, number, None, (32, 32)) for number in range(1, MOST_IMAGES + 2))
    session.work.take(Manifest("qwen3-vl", {}, images, (), folder))
    list(look(session, "compare"))
    arrange_by(session.work, "compare")
    assert "21 images are too many to compare here" in draw_order(session)
    assert not is_to_look(session.work, "compare")


def test_a_choice_that_ends_leaves_the_note_of_the_next_one(session: Session) -> None:
    arrange_by(session.work, "locate")
    first, second = being_compared(session), being_compared(session)
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert "vp-comparing" in draw_order(session)
    second.__exit__(None, None, None)
    assert "vp-comparing" not in draw_order(session)


def test_a_stop_leaves_nothing_found(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("demo.comparing.find", lambda *_: pytest.fail("looked"))
    take_scene_and_close_up(session)
    session.lines = {"prepare": Line(1)}
    first = session.stand_in_line("prepare")
    waiting = look(session, "locate")
    assert first.before is None
    next(waiting)
    session.halt("order")
    assert list(waiting) == []
    assert session.work.found is None
