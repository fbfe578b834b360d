"""A user's own templates: found, preferred, and where broken named with file, line and reason."""

import os
from pathlib import Path

import pytest

from prompts import (
    TemplateError,
    UnknownNameError,
    build_prompt,
    list_templates,
    load_template,
    read_library,
)

GOOD = """---
name: stamps
description: What a stamp says.
metadata: {task: read-text, lang: en, format: text}
inputs:
  colour: {type: string, default: red, choices: [red, blue]}
---
Read the {{ colour }} stamp {{ inside }}.
"""


def write(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / f"{name}.prompty"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_own_template_is_listed_and_built(tmp_path: Path) -> None:
    write(tmp_path, "stamps", GOOD)
    assert not load_template("stamps", folder=tmp_path).built_in
    prompt = build_prompt("stamps", inputs={"colour": "blue"}, templates=tmp_path)
    assert prompt.task == "read-text" and prompt.template == "stamps"
    assert prompt.text.startswith("Read the blue stamp in the image.\n\nReturn only the text itself")
    assert len(list_templates(folder=tmp_path)) == len(list_templates()) + 1


def test_own_template_of_the_same_name_hides_the_package_s(tmp_path: Path) -> None:
    write(tmp_path, "x", GOOD.replace("name: stamps", "name: read-text"))
    assert build_prompt("read-text", templates=tmp_path).text.startswith("Read the red stamp")
    assert build_prompt("read-text").text.startswith("Read all the text")


def test_body_that_places_the_notes_itself_gets_them_once(tmp_path: Path) -> None:
    write(tmp_path, "x", GOOD + "\n{{ format_note }}\n\nEnd.\n")
    text = build_prompt("stamps", "area:header", templates=tmp_path).text
    assert text.count("Return only the text itself") == 1
    assert text.index("Return only") < text.index("End.") < text.index("Ignore everything")


def test_changed_file_is_read_again(tmp_path: Path) -> None:
    path = write(tmp_path, "stamps", GOOD)
    first = load_template("stamps", folder=tmp_path)
    write(tmp_path, "stamps", GOOD.replace("Read the", "Copy out the"))
    os.utime(path, ns=(1, 1))
    assert load_template("stamps", folder=tmp_path).body != first.body


BROKEN = {
    "no-head": ("Read it.", "line 1: it must begin with ---"),
    "open-head": ("---\nname: x\n", "line 3: the YAML head is not closed"),
    "bad-yaml": ("---\nname: x\nmetadata: [1, 2\n---\nRead.", "line [34]: did not find expected"),
    "not-keys": ("---\n- a\n---\nRead.", "must be keys and values"),
    "no-task": (GOOD.replace("task: read-text, ", ""), "task cannot be None; choose one of: read-text"),
    "bad-lang": (GOOD.replace("lang: en", "lang: fr"), "lang cannot be 'fr'; choose one of: en, zh"),
    "bad-format": (GOOD.replace("format: text", "format: csv"), "format cannot be 'csv'; choose one"),
    "bad-input": (GOOD.replace("type: string", "type: colour"), "the input 'colour' needs a plain name"),
    "bad-default": (GOOD.replace("default: red", "default: green"), "colour cannot be 'green'"),
    "unknown-name": (GOOD.replace("{{ inside }}", "{{ outside }}"), "line 8: the body uses 'outside'"),
    "syntax": (GOOD.replace("{{ inside }}", "{{ inside"), "line 8: "),
    "call": (GOOD.replace("{{ inside }}", "\n{{ inside.upper() }}"), r"line 9: a call other than range\(\)"),
    "include": (GOOD + "\n{% include '/etc/passwd' %}", "line 10: {% include %} is not allowed"),
    "not-utf8": (GOOD.encode() + b"\n\xff\xfe", "line 10: it is not UTF-8"),
    "too-long": (GOOD + "x" * 70_000, "longer than 65536 bytes"),
    "alias": (GOOD.replace("name: stamps", "name: &a stamps\ntags: [*a]"), "line 2: YAML anchors"),
    "binary": (b"\x00\x01\x02" * 50, "line 1"),
    "empty": ("", "line 1"),
    "bomb": (GOOD.replace("stamps", "stamps\nx: " + "[" * 30_000, 1), "line 3: it is nested too deeply"),
    "tag": (GOOD.replace("stamps", "!!python/object/apply:os.system [a]", 1), "line 2: could not determine"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_broken_file_is_named_and_does_not_disturb_the_rest(name: str, tmp_path: Path) -> None:
    text, says = BROKEN[name]
    write(tmp_path, "broken", text)
    write(tmp_path, "good", GOOD.replace("name: stamps", "name: fine"))
    library = read_library(tmp_path)
    assert [b.path.name for b in library.broken] == ["broken.prompty"]
    assert "broken.prompty" in library.broken[0].text.zh
    with pytest.raises(AssertionError, match=says):
        raise AssertionError(library.broken[0].text.en)
    assert load_template("fine", folder=tmp_path).name == "fine"


def test_two_files_of_one_name_keep_the_first_and_name_the_other(tmp_path: Path) -> None:
    write(tmp_path, "a", GOOD)
    write(tmp_path, "b", GOOD)
    library = read_library(tmp_path)
    assert "b.prompty is left out" in library.broken[0].text.en


def test_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    inside = tmp_path / "inside"
    outside.mkdir()
    inside.mkdir()
    write(outside, "secret", GOOD)
    (inside / "x.prompty").symlink_to(outside / "secret.prompty")
    (inside / "folder").symlink_to(outside)
    library = read_library(inside)
    assert [str(b.path.name) for b in library.broken] == ["x.prompty"]
    assert "leads out of its folder" in library.broken[0].text.en
    assert [t.name for t in library.templates if not t.built_in] == []


def test_thing_that_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.prompty")
    (tmp_path / "dir.prompty").mkdir()
    assert ["not a regular file" in b.text.en for b in read_library(tmp_path).broken] == [True]


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "/etc/passwd", "read-text\x00", "read-text.prompty", ""]
)
def test_name_is_never_a_path(name: str) -> None:
    with pytest.raises(UnknownNameError, match="no template"):
        load_template(name)


def test_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match="is not a folder"):
        read_library(tmp_path / "nothing")


def test_template_that_breaks_a_limit_while_it_renders_is_named(tmp_path: Path) -> None:
    body = "{% for a in range(999) %}{% for b in range(999) %}x{% endfor %}{% endfor %}"
    write(tmp_path, "loop", GOOD + body)
    with pytest.raises(TemplateError, match=r"loop\.prompty cannot be used: .*more than 20000 steps"):
        build_prompt("stamps", templates=tmp_path)
