"""Sentences in two languages from TOML files."""

from pathlib import Path

import pytest

from toolkit import Catalogue, Text, preferred_language
from toolkit.texts import say

WORDS = """
[hello]
en = "Hello {name}, {count:.1f} pages"
zh = "{name}，你好，共 {count:.1f} 页"
[deep.down]
en = "down"
zh = "下面"
[half]
en = "only English"
"""


@pytest.fixture
def words(tmp_path: Path) -> Catalogue:
    (tmp_path / "one.toml").write_text(WORDS, encoding="utf-8")
    (tmp_path / "two.toml").write_text('[x]\nen = "x"\nzh = "某"\n', encoding="utf-8")
    return Catalogue(tmp_path)


def test_a_sentence_is_filled_in_both_languages(words: Catalogue) -> None:
    text = words("one.hello", name="A", count=2)
    assert text == Text("Hello A, 2.0 pages", "A，你好，共 2.0 页")
    assert (str(text), text.in_language("zh")) == (text.en, text.zh)


def test_a_text_as_a_value_goes_in_by_its_language(words: Catalogue) -> None:
    text = words("one.hello", name=Text("one", "一"), count=1)
    assert text == Text("Hello one, 1.0 pages", "一，你好，共 1.0 页")


def test_a_value_is_never_read_as_a_template(words: Catalogue) -> None:
    assert (
        words("one.hello", name="{count} {0.__class__}", count=1).en
        == "Hello {count} {0.__class__}, 1.0 pages"
    )


def test_nested_tables_have_dotted_keys(words: Catalogue) -> None:
    assert words("one.deep.down").zh == "下面"


@pytest.mark.parametrize("key", ["one.nothing", "one", "one.deep", "none.hello", "one.half", "one.hello.en"])
def test_an_unknown_or_half_sentence_is_a_key_error(words: Catalogue, key: str) -> None:
    with pytest.raises(KeyError):
        words(key)


def test_a_missing_value_is_a_key_error(words: Catalogue) -> None:
    with pytest.raises(KeyError, match="count"):
        words("one.hello", name="A")


def test_keys_lists_every_whole_sentence(words: Catalogue) -> None:
    assert words.keys() == ["one.hello", "one.deep.down", "two.x"]


def test_the_toolkits_own_sentences_are_found() -> None:
    keys = say.keys()
    assert "errors.empty_file" in keys
    assert "order.ocr.first" in keys


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "en_US", "VL_PREFLIGHT_LANG": "ZH"}, "zh"),
        ({"LANG": "zh_CN", "VL_PREFLIGHT_LANG": ""}, "zh"),
        ({"LC_MESSAGES": "zh_TW", "LANG": "de_DE"}, "zh"),
    ],
)
def test_the_language_of_the_environment(environ: dict[str, str], expected: str) -> None:
    assert preferred_language(environ) == expected
