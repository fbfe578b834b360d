"""Windows, what servers make of images, and budgets shared by need."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolkit import context_budget, fit_tokens, fit_visual_tokens, on_server, visual_tokens
from toolkit.budget import MARKS, SERVERS, default_window_note
from toolkit.errors import UsageError
from toolkit.families import get_family, is_kept
from toolkit.readability import seen_height

A4 = (2480, 3508)
SIDE = st.integers(60, 5000)


def test_a_window_counts_the_marks_of_every_image() -> None:
    budget = context_budget([(736, 1024)] * 3, window=4096, reserved=1000)
    assert (budget.images, budget.used, budget.left) == ((736,) * 3, 3 * 738, 4096 - 1000 - 3 * 738)
    assert "882 are left" in budget.note.en


def test_an_overflow_says_how_much_is_missing() -> None:
    budget = context_budget([A4], window=4096)
    assert budget.left == 4096 - 8582
    assert "4486 are missing" in budget.note.en
    assert "还缺 4486 个" in budget.note.zh


@pytest.mark.parametrize(("window", "reserved"), [(0, 0), (-5, 0), (100, -1)])
def test_an_impossible_window_is_refused(window: int, reserved: int) -> None:
    with pytest.raises(UsageError, match="window of at least 1"):
        context_budget([A4], window=window, reserved=reserved)


def test_llama_cpp_shrinks_an_a4_page_and_the_note_says_what_is_left_of_its_text() -> None:
    effect = on_server(A4, "llama.cpp", text_height=20.0)
    assert effect.tokens <= 4096
    assert is_kept(effect.size)
    left = seen_height(A4, effect.size, 20.0)
    assert 13 < left < 15
    assert f"{left:.1f} px per em, which is readable" in str(effect.note)
    assert "--image-max-tokens 8580" in str(effect.note)


def test_llama_cpp_leaves_small_images_alone_and_vllm_all() -> None:
    assert on_server((736, 1024), "llama.cpp").note is None
    assert on_server(A4, "vllm").note is None
    assert on_server(A4, "vllm").tokens == 8580


def test_llama_cpp_does_not_enlarge_as_the_processor_would() -> None:
    effect = on_server((96, 96), "llama.cpp")
    assert (effect.tokens, visual_tokens((96, 96))) == (9, 64)
    assert "gets 9 visual tokens, not 64" in str(effect.note)


@pytest.mark.parametrize(
    ("size", "server", "family"),
    [
        ((1560, 44), "llama.cpp", "qwen3-vl"),
        ((387, 175), "llama.cpp", "qwen3.5"),
        ((110, 620), "ollama", "qwen3.5"),
    ],
)
def test_image_that_only_rounding_brings_below_the_least_area_is_not_said_to_shrink(
    size: tuple[int, int], server: str, family: str
) -> None:
    """Its own area is above the least one, that of its sides in whole tokens below; no cap is in reach."""
    effect = on_server(size, server, family=family)
    assert size[0] * size[1] > get_family(family).min_pixels
    assert effect.tokens < visual_tokens(size, family) < 100
    assert effect.note is not None
    assert "does not enlarge" in effect.note.en


def test_ollama_enlarges_small_images_of_some_families_and_has_no_setting_for_large_ones() -> None:
    effect = on_server((736, 1024), "ollama")
    assert effect.tokens >= 1024
    assert f"from 736 to {effect.tokens} visual tokens" in str(effect.note)
    assert on_server((736, 1024), "ollama", family="qwen3.5").note is None
    assert "the server has no setting for it" in str(on_server(A4, "ollama").note)


def test_ollamas_default_window_is_too_small_for_one_full_page() -> None:
    assert "only 4096 by default" in str(default_window_note([A4], "ollama"))
    assert default_window_note([(736, 1024)], "ollama") is None
    assert default_window_note([A4] * 50, "vllm") is None


@pytest.mark.parametrize("call", [on_server, lambda size, server: default_window_note([size], server)])
def test_an_unknown_server_is_refused_with_the_known_ones(call: object) -> None:
    with pytest.raises(UsageError, match=r"llama\.cpp, ollama, vllm, sglang"):
        call(A4, "skynet")  # type: ignore[operator]
    assert list(SERVERS) == ["llama.cpp", "ollama", "vllm", "sglang"]


@settings(max_examples=100, deadline=None)
@given(
    pages=st.lists(st.tuples(st.tuples(SIDE, SIDE), st.none() | st.floats(4, 120)), min_size=1, max_size=8),
    total=st.integers(1, 40_000),
    family=st.sampled_from(["qwen2.5-vl", "qwen3-vl"]),
)
def test_shares_stay_within_the_budget_and_readable_comes_first(
    pages: list[tuple[tuple[int, int], float | None]], total: int, family: str
) -> None:
    sizes, heights = [page[0] for page in pages], [page[1] for page in pages]
    try:
        shares = fit_tokens(sizes, total=total, text_heights=heights, family=family)
    except UsageError:
        assert total < sum(visual_tokens(size, family) + MARKS for size in sizes)
        return
    assert sum(share.tokens + MARKS for share in shares) <= total
    for share in shares:
        assert is_kept(share.size, family)
        assert share.tokens == visual_tokens(share.size, family)
    if any(share.readable is False for share in shares):
        room = total - sum(share.tokens + MARKS for share in shares)
        plenty = fit_tokens(sizes, total=10**7, text_heights=heights, family=family)
        starving = [s for s, p in zip(shares, plenty, strict=True) if p.readable and not s.readable]
        rich = [
            s.tokens - visual_tokens(fit_visual_tokens(size, tokens=1, family=family), family)
            for s, size, height in zip(shares, sizes, heights, strict=True)
            if height is None
        ]
        assert not starving or sum(rich) + room <= 400, "no image without text is rich while one starves"


def test_a_tight_budget_goes_to_the_page_with_small_text_first() -> None:
    dense, sparse = fit_tokens([A4, A4], total=3000, text_heights=[25.0, 100.0])
    assert dense.readable
    assert sparse.readable
    assert dense.tokens > 1.5 * sparse.tokens


def test_a_budget_that_keeps_nothing_readable_says_so() -> None:
    shares = fit_tokens([A4, A4], total=300, text_heights=[25.0, 25.0])
    assert [share.readable for share in shares] == [False, False]
    assert abs(shares[0].tokens - shares[1].tokens) <= 12


def test_what_is_not_needed_is_given_to_those_who_can_use_it() -> None:
    large, small = fit_tokens([A4, (320, 320)], total=5000, text_heights=[None, None])
    assert 64 < small.tokens <= 100
    assert 4850 < large.tokens + small.tokens <= 4996


def test_nothing_is_enlarged_by_a_large_budget() -> None:
    (share,) = fit_tokens([(640, 480)], total=100_000)
    assert share.size == (640, 480)


def test_a_budget_below_the_least_sizes_is_refused_with_the_sum_it_takes() -> None:
    with pytest.raises(UsageError, match=r"100 tokens do not hold 2 images: at their smallest they take \d+"):
        fit_tokens([A4, A4], total=100)


def test_no_images_take_nothing() -> None:
    assert fit_tokens([], total=10) == []
