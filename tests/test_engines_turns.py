"""The messages of a conversation, however its earlier turns are given."""

from dataclasses import replace

import pytest

from demo.engines import Request
from demo.engines.turns import images_in, turns
from prompts import ImageRef, build_prompt
from prompts.prompt import Prompt, assistant, text_part, user

IMAGE = ImageRef(1, 64, 64)


def prompt(text: str, images: tuple[ImageRef, ...] = (IMAGE,)) -> Prompt:
    return build_prompt("answer", format="text", images=images, inputs={"question": text})


def roles(request: Request) -> str:
    return "".join(message["role"][0] for message in turns(request))


def test_turns_of_a_follow_up_stand_once_also_where_the_history_is_given() -> None:
    first = prompt("What is it?")
    second = first.follow_up("A bill.", "And why?")
    history = (*first.messages, assistant("A bill."))
    assert turns(Request(second)) == turns(Request(second, history=history)) == tuple(second.messages)
    assert images_in(turns(Request(second, history=history))) == [IMAGE]


def test_turns_keep_the_system_text_that_was_sent_first() -> None:
    first, other = prompt("What is it?"), prompt("And this?", ())
    found = turns(Request(other, history=(*first.messages, assistant("A bill."))))
    assert [m["role"] for m in found] == ["system", "user", "assistant", "user"]
    assert found[0] == first.messages[0]


@pytest.mark.parametrize("history", [(user([text_part("Hello")]), assistant("Yes?"))])
def test_turns_put_the_system_text_before_a_history_that_has_none(history: tuple[object, ...]) -> None:
    own = prompt("What is it?")
    assert roles(Request(own, history=history)) == "suau"  # type: ignore[arg-type]
    bare = replace(own, messages=tuple(m for m in own.messages if m["role"] != "system"))
    assert roles(Request(bare, history=history)) == "uau"  # type: ignore[arg-type]
