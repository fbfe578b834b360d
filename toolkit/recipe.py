"""The recipe: every choice of a preparation, checked once, saved in the manifest."""

from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, get_args

from toolkit.errors import UsageError
from toolkit.families import DEFAULT_FAMILY, get_family

SecondLook = Literal["low-quality", "always", "never"]
SecondLookKind = Literal["copy", "enlarged"]
Scenario = Literal["ocr", "compare", "diagnose", "locate"]
Compression = Literal["fast", "small"]

MIN_DPI, MAX_DPI = 18, 2400
DEFAULT_MEGAPIXELS = 200.0
"""The largest page that is rendered unless the user says otherwise: A0 at 300 dpi has 139 megapixels; drawn,
200 take 800 MB."""
PAGES_FOLDER = "pages"
"""Where `keep_pages` puts the full-size pages, inside the output folder."""


@dataclass(frozen=True)
class Recipe:
    """How documents are to be prepared.

    `dpi` is that of the full-size page; `long_side` in pixels, or "auto" for the smallest that keeps the
    text readable (1024 where that is enough). `merge` is the number of columns of a grid, 0 for as many as
    keep the cells largest, None for no grid. `keep_pages` also keeps the full-size pages, in `pages/`.
    """

    dpi: int = 300
    long_side: int | Literal["auto"] = "auto"
    family: str = DEFAULT_FAMILY
    split: bool = True
    second_look: SecondLook = "low-quality"
    second_look_kind: SecondLookKind = "copy"
    merge: int | None = None
    scenario: Scenario | None = None
    compress: Compression = "fast"
    keep_pages: bool = False

    def __post_init__(self) -> None:
        row = get_family(self.family)
        for name, extra in (("dpi", ()), ("long_side", ("auto",)), ("merge", (None,))):
            _check_whole(name, getattr(self, name), extra)
        if not MIN_DPI <= self.dpi <= MAX_DPI:
            raise UsageError("dpi_out_of_range", given=self.dpi, low=MIN_DPI, high=MAX_DPI)
        if self.long_side != "auto" and self.long_side < row.factor:
            raise UsageError("long_side_too_small", given=self.long_side, factor=row.factor, family=row.name)
        if self.merge is not None and self.merge < 0:
            raise UsageError("columns_below_zero", given=self.merge)
        for name, choices in _CHOICES.items():
            value = getattr(self, name)
            if value not in choices and not (name == "scenario" and value is None):
                raise UsageError("unknown_choice", option=name, given=value, allowed=", ".join(choices))

    def to_dict(self) -> dict[str, Any]:
        """Give the recipe as plain data for a manifest."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "Recipe":
        """Read a recipe from a manifest; unknown keys are left out."""
        known = {field.name for field in fields(cls)}
        return cls(**{name: value for name, value in data.items() if name in known})


def _check_whole(name: str, value: object, extra: tuple[object, ...]) -> None:
    """A recipe may come from a file or a form, so that a number can be anything."""
    if value not in extra and (not isinstance(value, int) or isinstance(value, bool)):
        raise UsageError("not_a_whole_number", option=name, given=value)


_CHOICES: dict[str, tuple[str, ...]] = {
    "second_look": get_args(SecondLook),
    "second_look_kind": get_args(SecondLookKind),
    "scenario": get_args(Scenario),
    "compress": get_args(Compression),
}
