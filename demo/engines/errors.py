"""Every error an engine raises on purpose, as one tree; each says what was wrong and what mends it.

EngineError
├── UnknownEngineError          no engine of that name is in this version
├── NotInstalledError           the engine's packages are missing
├── ModelNotFoundError          no such model, or its files are not usable
├── OutOfMemoryError            the work does not fit into memory
├── ContextTooLongError         more tokens than the model's window
├── ServerUnreachableError      nobody answers at the address
├── ServerRefusedError          the server answered no, or something that is no answer
├── TimedOutError               nothing came for too long
├── RepetitionError             the model repeated itself without end, also when tried again
├── ImageUnreadableError        an image of the question is not there, damaged, or not what it was
└── CannotDoError               the engine can't do this task, or not in this format
"""

from pathlib import Path
from typing import TYPE_CHECKING, Self

from toolkit.texts import Catalogue, Text

if TYPE_CHECKING:
    from prompts import ImageRef

say = Catalogue(Path(__file__).parents[1] / "sentences")
"""The demo's sentences; those of the engines stand in engines.toml and engines_*.toml."""


class EngineError(Exception):
    """The root: carries its sentence in both languages."""

    def __init__(self, key: str, /, **values: object) -> None:
        """Take the sentence `key` ("engines.unknown" is `[unknown]` of engines.toml) with `values` put in."""
        self.text: Text = say(key, **values)
        super().__init__(self.text.en)

    @classmethod
    def from_text(cls, text: Text) -> Self:
        """Make an error from a finished sentence."""
        error = cls.__new__(cls)
        Exception.__init__(error, text.en)
        error.text = text
        return error


class UnknownEngineError(EngineError):
    """There is no engine of that name in this version."""


class NotInstalledError(EngineError):
    """The packages of the engine are missing."""


class ModelNotFoundError(EngineError):
    """The model is not there, or its files can't be used."""


class OutOfMemoryError(EngineError):
    """The work does not fit into memory."""


class ContextTooLongError(EngineError):
    """The question has more tokens than the model's window."""


class ServerUnreachableError(EngineError):
    """Nobody answers at the server's address."""


class ServerRefusedError(EngineError):
    """The server said no, or answered something that is no answer."""


class TimedOutError(EngineError):
    """Nothing came for too long."""


class RepetitionError(EngineError):
    """The model repeated itself without end, also when it was tried again."""


class ImageUnreadableError(EngineError):
    """An image of the question is not there, damaged, or not what it was when it was prepared."""

    @classmethod
    def of(cls, image: "ImageRef", key: str, **values: object) -> Self:
        """Make the error whose sentence `key` names `image` by its label and its file."""
        name = "?" if image.path is None else Path(image.path).name
        return cls(key, label=image.label, file=name, **values)


class CannotDoError(EngineError):
    """The engine can't do this task, or not in this format."""
