"""Every error `prompts` raises on purpose; each says what was wrong and what mends it.

PromptError                    exit code
├── UnknownNameError           2   a task, template, format, area or input that does not exist
├── InputError                 2   a value that cannot be: a field, a region, an image number, an input
├── CombinationError           2   task, region, format and images that do not go together
└── TemplateError              1   a template file that is broken, or breaks a limit while it renders
"""

from prompts.words import say
from toolkit.texts import Text


class PromptError(Exception):
    """The root: carries its sentence in both languages, and the exit code of the command line."""

    exit_code = 1

    def __init__(self, key: str, /, **values: object) -> None:
        """Take the sentence `<key>` of sentences/errors.toml and fill in `values`."""
        self.text: Text = say(f"errors.{key}", **values)
        super().__init__(self.text.en)


class UnknownNameError(PromptError):
    """A task, template, format, area, input or target that does not exist."""

    exit_code = 2


class InputError(PromptError):
    """A value that cannot be: a field, a region, an image number, an input of a template."""

    exit_code = 2


class CombinationError(PromptError):
    """Task, region, format and images that do not go together."""

    exit_code = 2


class TemplateError(PromptError):
    """A template file that is broken, or that breaks a limit while it renders."""
