"""What endpoints, tools and their arguments are, for programs and models: English and Chinese together.

A description is read before anybody's language is known, often by a model that speaks both.
"""

from demo.words import say


def both(key: str) -> str:
    """Give a sentence of tools.toml in both languages, English first, each on its line."""
    text = say(f"tools.{key}")
    return f"{text.en}\n{text.zh}"


def titled(name: str) -> str:
    """Give the title of an endpoint or tool in both languages on one line."""
    text = say(f"tools.{name}.title")
    return f"{text.en} · {text.zh}"


def about(name: str) -> str:
    """Say what an endpoint or tool does and gives."""
    return both(f"{name}.about")


def argument(name: str) -> str:
    """Say what an argument is."""
    return both(f"argument.{name}")
