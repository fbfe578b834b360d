"""Errors carry their sentence in both languages."""

import pytest

from prompts import CombinationError, InputError, PromptError, TemplateError, UnknownNameError


@pytest.mark.parametrize(
    ("kind", "code"),
    [(PromptError, 1), (UnknownNameError, 2), (InputError, 2), (CombinationError, 2), (TemplateError, 1)],
)
def test_errors_carry_both_languages_and_an_exit_code(kind: type[PromptError], code: int) -> None:
    error = kind("no_folder", folder="/x")
    assert error.exit_code == code
    assert "/x" in error.text.zh
    assert "文件夹" in error.text.zh
    assert str(error) == error.text.en
