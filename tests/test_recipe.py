"""The recipe: every choice checked once, and back from a manifest."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit import Recipe
from toolkit.errors import UsageError

ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=5),
    st.lists(st.integers(), max_size=2),
)


def test_the_default_recipe_is_that_of_the_design() -> None:
    recipe = Recipe()
    assert (recipe.dpi, recipe.long_side, recipe.family) == (300, "auto", "qwen3-vl")
    assert (recipe.second_look, recipe.second_look_kind) == ("low-quality", "copy")
    assert (recipe.merge, recipe.scenario, recipe.split) == (None, None, True)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"dpi": 17}, "17 dpi is outside 18 to 2400"),
        ({"dpi": 2401}, "2401 dpi"),
        ({"dpi": "300"}, "dpi must be a whole number"),
        ({"long_side": 31}, "Give at least 32"),
        ({"long_side": 27, "family": "qwen2-vl"}, "Give at least 28"),
        ({"long_side": "large"}, "long_side must be a whole number"),
        ({"merge": -1}, "cannot have -1 columns"),
        ({"merge": 1.5}, "merge must be a whole number"),
        ({"family": "gpt"}, "no model family 'gpt'"),
        ({"family": ["qwen3-vl"]}, "no model family"),
        ({"second_look": "sometimes"}, "low-quality, always, never"),
        ({"second_look_kind": "bigger"}, "copy, enlarged"),
        ({"scenario": "art"}, "ocr, compare, diagnose, locate"),
        ({"compress": "zip"}, "fast, small"),
    ],
)
def test_a_wrong_choice_is_refused_with_what_is_allowed(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Recipe(**wrong)


@pytest.mark.parametrize(
    "right",
    [{"dpi": 18}, {"dpi": 2400}, {"long_side": 32}, {"long_side": 28, "family": "qwen2-vl"}, {"merge": 0}],
)
def test_each_limit_itself_is_allowed(right: dict[str, Any]) -> None:
    assert Recipe(**right).to_dict().items() >= right.items()


def test_a_recipe_comes_back_from_its_data_without_unknown_keys() -> None:
    recipe = Recipe(dpi=150, merge=2, scenario="ocr", long_side=1280, keep_pages=True)
    assert Recipe.from_dict(recipe.to_dict() | {"later": 1}) == recipe


@given(st.dictionaries(st.sampled_from(sorted(Recipe().to_dict())), ANYTHING))
def test_any_data_is_a_recipe_or_a_usage_error(data: dict[str, Any]) -> None:
    try:
        recipe = Recipe.from_dict(data)
    except UsageError:
        return
    assert 18 <= recipe.dpi <= 2400
