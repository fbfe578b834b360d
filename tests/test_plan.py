import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.errors import PageTooLargeError
from toolkit.families import FAMILIES, fit_long_side, processed_size, visual_tokens
from toolkit.plan import MAX_TOKENS, PIECE_RATIO, USUAL_LONG_SIDE, piece_size, plan_page, second_look_wanted
from toolkit.readability import READABLE_PX, UNREADABLE_PX, smallest_readable_long_side
from toolkit.recipe import Recipe

A4 = (2480, 3508)
SCREEN = (1080, 12000)


def test_page_goes_to_1024_where_its_text_stays_readable() -> None:
    plan = plan_page(A4, 50.0, Recipe())
    assert plan.size == (736, 1024)
    assert plan.piece_ratio is None
    assert "readable" in plan.note().en


def test_page_grows_where_1024_would_lose_its_text() -> None:
    plan = plan_page(A4, 25.0, Recipe())  # 6 pt at 300 dpi: 7.3 px at 1024
    assert max(plan.size) > USUAL_LONG_SIDE
    assert 25.0 * max(plan.size) / 3508 >= READABLE_PX
    assert "7.3 px" in plan.note().en
    assert "7.3 像素" in plan.note().zh


def test_page_is_cut_up_where_one_image_would_cost_too_much() -> None:
    plan = plan_page(A4, 11.0, Recipe())
    assert plan.piece_ratio is not None
    assert "3 pieces" in plan.note(3).en
    whole = visual_tokens(fit_long_side(A4, long_side=3200))
    assert (
        f"long side of 3200 to keep its smallest text readable, which is {whole:,} tokens" in plan.note(3).en
    )
    assert whole > MAX_TOKENS


def test_page_stays_whole_within_the_budget_when_splitting_is_off() -> None:
    plan = plan_page(A4, 11.0, Recipe(split=False))
    assert plan.piece_ratio is None
    assert MAX_TOKENS * 0.9 < visual_tokens(plan.size) <= MAX_TOKENS
    assert str(MAX_TOKENS) in plan.note().en


def test_screenshot_is_cut_into_screens_near_1024() -> None:
    plan = plan_page(SCREEN, 30.0, Recipe())
    assert plan.piece_ratio == PIECE_RATIO
    assert piece_size((1080, 2160), plan, "qwen3-vl") == (512, 1024)


def test_long_page_says_what_one_image_would_leave_of_its_text() -> None:
    note = plan_page(SCREEN, 30.0, Recipe()).note(4)
    assert "as one image of long side 1024 its smallest text would be only 2.6 px high" in note.en
    assert "2.6 像素" in note.zh


def test_cut_up_page_of_tiny_text_says_that_it_stays_tiny() -> None:
    notes = plan_page((5000, 7000), 6.0, Recipe()).notes(6)
    assert "6 pieces" in notes[0].en
    assert "Even at full size the smallest text is only 6.0 px" in notes[1].en
    assert len(plan_page(SCREEN, 30.0, Recipe()).notes(4)) == 1


def test_finer_print_than_the_smallest_that_counts_is_told_where_it_is_lost() -> None:
    sizes = [(50.0, 3000.0), (40.0, 400.0), (20.0, 40.0), (5.0, 90.0)]
    plan = plan_page(A4, 40.0, Recipe(), sizes=sizes)
    assert plan.size == (736, 1024)
    told = plan.notes()[1]
    assert "About 40 characters" in told.en  # those of 5 px are lost on the page itself
    assert f"down to {20 * 1024 / 3508:.1f} px" in told.en
    needed = smallest_readable_long_side(A4, 20.0)
    assert f"long side of {needed}" in told.en
    assert f"长边设为 {needed}" in told.zh
    assert len(plan_page(A4, 40.0, Recipe(long_side=needed), sizes=sizes).notes()) == 1
    few = [(50.0, 3000.0), (20.0, 11.0)]
    assert len(plan_page(A4, 50.0, Recipe(), sizes=few).notes()) == 1


def test_asked_long_side_is_obeyed_with_a_warning() -> None:
    plan = plan_page(A4, 25.0, Recipe(long_side=1024))
    assert plan.size == (736, 1024)
    assert "was asked for" in plan.note().en
    assert "1440" in plan.note().en or "1408" in plan.note().en


def test_asked_long_side_of_a_screenshot_points_to_splitting() -> None:
    plan = plan_page(SCREEN, 30.0, Recipe(long_side=1024))
    assert max(plan.size) == 1024
    assert "cuts the page" in plan.note().en


def test_text_too_small_at_its_source_is_said_so() -> None:
    assert "Even at full size" in plan_page((800, 600), 6.0, Recipe()).note().en


def test_banner_without_text_goes_in_whole() -> None:
    assert plan_page((2000, 500), None, Recipe()).piece_ratio is None


def test_sliver_is_refused_as_the_models_would() -> None:
    with pytest.raises(PageTooLargeError, match="1 x 5000 px is more than 200 times"):
        plan_page((1, 5000), None, Recipe())


@pytest.mark.parametrize(
    ("choice", "verdict", "wanted"),
    [
        ("low-quality", "poor", True),
        ("low-quality", "good", False),
        ("low-quality", None, False),
        ("always", "good", True),
        ("never", "poor", False),
    ],
)
def test_second_look_follows_the_recipe(choice: str, verdict: str | None, wanted: bool) -> None:
    assert second_look_wanted(verdict, Recipe(second_look=choice)) is wanted  # type: ignore[arg-type]


@given(
    st.tuples(st.integers(1, 20_000), st.integers(1, 20_000)),
    st.none() | st.floats(0.5, 400),
    st.sampled_from(sorted(FAMILIES)),
    st.sampled_from(["auto", 64, 1024, 4000]),
)
def test_any_plan_gives_sizes_that_the_processor_keeps(
    size: tuple[int, int], smallest: float | None, family: str, long_side: int
) -> None:
    try:
        plan = plan_page(size, smallest, Recipe(family=family, long_side=long_side))  # type: ignore[arg-type]
    except PageTooLargeError:
        assert max(size) / min(size) > 200
        return
    assert plan.note(2).zh
    if plan.piece_ratio is None:
        assert processed_size(plan.size, family) == plan.size
        return
    assert 0 < plan.scale <= 1
    piece = (min(size), max(1, round(plan.piece_ratio * min(size))))
    target = piece_size(piece, plan, family)
    assert processed_size(target, family) == target


def test_huge_square_page_of_small_text_is_cut_into_tiles_within_the_budget() -> None:
    plan = plan_page((12000, 12000), 10.0, Recipe())
    assert plan.piece_side is not None
    tile = piece_size((plan.piece_side, plan.piece_side), plan, "qwen3-vl")
    assert MAX_TOKENS * 0.9 < visual_tokens(tile) <= MAX_TOKENS
    assert 10.0 * max(tile) / plan.piece_side >= READABLE_PX


def test_page_of_usual_size_is_cut_into_strips_not_tiles() -> None:
    assert plan_page((4000, 5600), 11.0, Recipe()).piece_side is None


def test_small_text_in_pictures_makes_a_page_larger_but_never_cuts_it_up() -> None:
    phone = (1440, 3120)
    alone = plan_page(phone, 40.0, Recipe())
    plan = plan_page(phone, 40.0, Recipe(), inside=9.4)
    assert max(alone.size) == USUAL_LONG_SIDE
    assert UNREADABLE_PX <= 9.4 * max(plan.size) / 3120 < READABLE_PX
    assert "inside the pictures" in plan.note().en
    assert "配图中的小字" in plan.note().zh
    assert plan_page(phone, 40.0, Recipe(), inside=30.0) == alone  # can be made out as it is
    assert plan_page(phone, 40.0, Recipe(), inside=5.0) == alone  # is lost already
    assert plan_page((4000, 5600), 60.0, Recipe(), inside=9.0).piece_ratio is None  # would cost too much
    assert plan_page(phone, 40.0, Recipe(long_side=1024), inside=9.4).size == alone.size
