"""The package's templates: in both languages alike, rendered with their defaults, with examples that hold."""

import pytest
import yaml

from prompts import TASKS, ImageRef, build_prompt, get_task, lint, list_templates, load_template, validate
from toolkit import Recipe

TEMPLATES = list_templates()
IMAGES = [ImageRef(1, 736, 1024), ImageRef(2, 736, 1024)]
EACH = pytest.mark.parametrize("template", TEMPLATES, ids=lambda t: f"{t.name}-{t.lang}")


def built(template, **inputs):
    example = template.example
    images = IMAGES[: max(example.get("images", 1), get_task(template.task).min_images)]
    asked = example.get("format")
    return build_prompt(
        template.name, example.get("region", "whole"), asked, images, template.lang, inputs=inputs
    )


def test_there_are_at_least_24_in_each_language_and_one_for_each_task() -> None:
    for lang in ("en", "zh"):
        found = list_templates(lang=lang)
        assert len(found) >= 24
        assert {t.task for t in found} == set(TASKS)


@EACH
def test_template_has_the_keys_of_prompty(template) -> None:
    head = yaml.safe_load(template.path.read_text(encoding="utf-8").split("\n---\n")[0])
    assert {"name", "description", "metadata", "outputs", "model"} <= head.keys()
    assert head["model"]["options"]["max_tokens"] > 0
    assert template.title and template.description and template.example["answer"]


@EACH
def test_template_renders_with_its_defaults(template) -> None:
    assert len(built(template).text) > 80


@EACH
def test_example_answer_passes_its_own_validator(template) -> None:
    prompt = built(template)
    assert template.validator == prompt.format.name
    checked = validate(template.example["answer"], prompt.format, prompt.images)
    assert (checked.sentences("en"), checked.repairs) == ([], ())


@EACH
def test_each_choice_and_filled_input_renders(template) -> None:
    plain = built(template).text
    for declared in template.inputs:
        values = declared.choices or {"list": [["alpha", "beta"]]}.get(declared.type, ["alpha beta"])
        texts = {built(template, **{declared.name: value}).text for value in values}
        assert len(texts) == len(values), declared.name
        if not declared.choices:
            assert "alpha" in next(iter(texts)) and texts != {plain}


@EACH
def test_recipe_is_one_that_the_toolkit_takes(template) -> None:
    assert Recipe.from_dict(dict(template.recipe)).scenario == template.recipe.get("scenario")
    assert set(template.recipe) <= set(Recipe.__dataclass_fields__)


@EACH
def test_built_template_has_no_errors_of_lint(template) -> None:
    assert [f for f in lint(built(template)) if f.severity == "error"] == []


@pytest.mark.parametrize("name", sorted({t.name for t in TEMPLATES}))
def test_both_languages_are_alike(name: str) -> None:
    en, zh = load_template(name, "en"), load_template(name, "zh")
    for key in ("task", "format", "validator", "recipe", "sampling"):
        assert getattr(en, key) == getattr(zh, key), key
    assert [(i.name, i.type, i.choices) for i in en.inputs] == [
        (i.name, i.type, i.choices) for i in zh.inputs
    ]
    assert en.body.count("\n- ") == zh.body.count("\n- ")


@pytest.mark.parametrize("name", sorted({t.name for t in TEMPLATES}))
def test_inputs_that_a_task_needs_are_declared(name: str) -> None:
    template = load_template(name, "en")
    assert set(get_task(template.task).inputs) <= {i.name for i in template.inputs}


def test_list_filters_by_task_language_and_format() -> None:
    assert [t.name for t in list_templates(task="table", lang="zh")] == ["table"]
    assert {t.name for t in list_templates(format="boxes", lang="en")} == {"read-boxes", "locate-objects"}
    assert list_templates(task="table", format="text") == []
