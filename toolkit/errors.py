"""Every error the toolkit raises on purpose, as one tree; each says what was wrong and what mends it.

PreflightError                     exit code
├── UsageError                     2   an option or argument that cannot be
├── SourceError                    1   a whole file that cannot be used
│   ├── SourceMissingError             not there, or not readable
│   ├── NotADocumentError              neither a PDF nor a known image
│   ├── EmptySourceError               0 bytes, or a PDF without pages
│   ├── DamagedSourceError             truncated or broken
│   ├── TooManyFramesError             a TIFF that names more pages than the limit
│   └── PasswordError                  encrypted, and the password is missing or wrong
├── PageError                      1   one page that cannot be used
│   ├── PageTooLargeError              over --max-megapixels, or a side ratio no model takes
│   ├── PageTimeoutError               outlasted --page-timeout, twice
│   ├── WorkerCrashError               killed its worker, twice
│   └── RenderError                    the renderer gave up
├── OutputError                    1   what was made cannot be written
│   ├── DiskFullError
│   └── NotWritableError
├── ManifestError                  1   a manifest that is missing, malformed, or points outside its folder
├── MissingDependencyError         2   an optional package or program that is not installed
└── NothingDoneError               3   no page at all came out
"""

from toolkit.texts import Text, say


class PreflightError(Exception):
    """The root: carries its sentence in both languages, and the exit code of the command line."""

    exit_code = 1

    def __init__(self, key: str, /, **values: object) -> None:
        """Take the sentence `<key>` of sentences/errors.toml and fill in `values`."""
        self.text: Text = say(f"errors.{key}", **values)
        super().__init__(self.text.en)

    @classmethod
    def from_text(cls, text: Text) -> "PreflightError":
        """Rebuild an error from its finished sentence, as it came back from a worker process."""
        error = cls.__new__(cls)
        Exception.__init__(error, text.en)
        error.text = text
        return error


class UsageError(PreflightError):
    """An option or an argument that cannot be."""

    exit_code = 2


class PageLimitError(UsageError):
    """More pages were given than the limit allows."""


class SourceError(PreflightError):
    """A whole file that cannot be used."""


class SourceMissingError(SourceError):
    """The file is not there or may not be read."""


class NotADocumentError(SourceError):
    """The content is neither a PDF nor a known image."""


class EmptySourceError(SourceError):
    """The file has 0 bytes, or the PDF has no pages."""


class DamagedSourceError(SourceError):
    """The file is truncated or broken."""


class TooManyFramesError(SourceError):
    """The TIFF names more frames than the limit."""


class PasswordError(SourceError):
    """The document is encrypted and the password is missing or wrong."""


class PageError(PreflightError):
    """One page that cannot be used; the others go on."""


class PageTooLargeError(PageError):
    """The page has more pixels than the limit, or a side ratio that no model takes."""


class PageTimeoutError(PageError):
    """The page outlasted its time, twice."""


class WorkerCrashError(PageError):
    """The page killed its worker process, twice."""


class RenderError(PageError):
    """The renderer gave up on the page."""


class OutputError(PreflightError):
    """What was made cannot be written."""


class DiskFullError(OutputError):
    """No space is left on the device, or a quota is used up."""


class NotWritableError(OutputError):
    """The folder or file may not be written."""


class ManifestError(PreflightError):
    """The manifest is missing, malformed, or points outside its folder."""


class MissingDependencyError(PreflightError):
    """An optional package or program is not installed."""

    exit_code = 2


class NothingDoneError(PreflightError):
    """No page at all came out."""

    exit_code = 3


def error_class(name: str) -> type[PreflightError]:
    """Find an error class by its name, as a worker or a manifest gives it; PreflightError if unknown."""
    found = globals().get(name)
    if isinstance(found, type) and issubclass(found, PreflightError):
        return found
    return PreflightError
