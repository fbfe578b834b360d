"""How good a picture of text is: one verdict, the figure that decided it, and what mends it.

Everything is measured on the lines of text, because white paper hides blur and noise from whole-page
measures. The limits come from pages degraded in known steps: benchmarks/quality_thresholds.py makes them
and docs/quality.md shows how well they hold on other pages.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from toolkit.texts import Text, say

if TYPE_CHECKING:
    from PIL import Image

    from toolkit.quality_measures import Measures

Verdict = Literal["good", "doubtful", "poor"]


@dataclass(frozen=True)
class Limit:
    """One row: beyond `doubtful` the measure is doubtful, beyond `poor` it is poor; `low` if small is bad."""

    name: str
    doubtful: float
    poor: float
    low: bool = False

    def verdict(self, value: float) -> Verdict:
        """Judge one value."""
        sign = -1 if self.low else 1
        if sign * value > sign * self.poor:
            return "poor"
        return "doubtful" if sign * value > sign * self.doubtful else "good"


LIMITS = (
    Limit("sharpness", 7.5, 5.5, low=True),
    Limit("contrast", 0.25, 0.12, low=True),
    Limit("noise", 0.10, 0.18),
    Limit("blocking", 2.1, 2.5),
    Limit("skew", 5.5, 12.0),
)
"""In the order in which they are named when several are equally bad."""


@dataclass(frozen=True)
class Quality:
    """The quality of one picture as given.

    `sharpness` is how many edge widths (10 to 90 %) fit into an em, 33 for clean 10 pt text at 300 dpi, in
    the direction of the worst blur; of Chinese text four fifths count, because its strokes are finer.
    `contrast` is the difference of paper and ink, 0 to 1. `noise` is the standard deviation on the paper as
    a share of that difference. `blocking` is by how many grey levels neighbours differ more across JPEG's
    8-pixel borders than beside them. `exposure` is -1 for ink and paper both black, 1 for both white,
    0 for a full range. `skew_degrees` counts counter-clockwise. Sharpness, contrast, noise and exposure are
    None where no text was found, the skew where no long line was. `source` is "drawn" for a page whose text a
    PDF draws itself, sharp at any size: nothing was measured, and all these are None but the blocking, 0.
    """

    sharpness: float | None
    contrast: float | None
    noise: float | None
    blocking: float
    exposure: float | None
    skew_degrees: float | None
    verdict: Verdict
    reason: Text
    mend: Text
    source: Literal["pixels", "drawn"] = "pixels"

    def to_dict(self) -> dict[str, Any]:
        """Give plain data for a manifest, rounded to what the measures can tell."""
        return {
            "verdict": self.verdict,
            "sharpness": _rounded(self.sharpness, 1),
            "contrast": _rounded(self.contrast, 2),
            "noise": _rounded(self.noise, 3),
            "blocking": _rounded(self.blocking, 2),
            "exposure": _rounded(self.exposure, 2),
            "skew_degrees": _rounded(self.skew_degrees, 1),
            "reason": self.reason.en,
            "reason_zh": self.reason.zh,
            "mend": self.mend.en,
            "mend_zh": self.mend.zh,
            "source": self.source,
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "Quality":
        """Read a quality back from a manifest or a worker."""
        figures = {name: data[name] for name in _FIGURES}
        reason, mend = (Text(data[name], data[f"{name}_zh"]) for name in ("reason", "mend"))
        source = data.get("source", "pixels")
        return cls(**figures, verdict=data["verdict"], reason=reason, mend=mend, source=source)


_FIGURES = ("sharpness", "contrast", "noise", "blocking", "exposure", "skew_degrees")


def assess_quality(image: "Image.Image") -> Quality:
    """Judge the picture `image` by its lines of text; where it has none, by its strongest edges."""
    from toolkit.page_lines import read_lines
    from toolkit.quality_measures import measure

    return judge(measure(read_lines(image)))


def drawn_quality() -> Quality:
    """Give the quality of a page that a PDF draws as text and lines: good by construction, not measured."""
    reason, mend = say("quality.drawn.reason"), say("quality.good.mend")
    return Quality(None, None, None, 0.0, None, None, "good", reason, mend, "drawn")


def judge(measures: "Measures") -> Quality:
    """Turn measures into a verdict: the worst one decides, and names the reason and the mend."""
    if measures.sharpness is None:
        verdict, key = _without_text(measures)
        return _quality(measures, verdict, key)
    graded = [(limit, _graded(limit, measures)) for limit in LIMITS]
    for grade in ("poor", "doubtful"):
        if grade == "doubtful" and measures.stand != "upright":
            return _quality(measures, "doubtful", measures.stand)
        for limit, verdict in graded:
            if verdict == grade:
                return _quality(measures, verdict, _key(limit.name, measures))
    return _quality(measures, "good", "good")


def _graded(limit: Limit, measures: "Measures") -> Verdict:
    as_drawn = measures.as_drawn and (measures.em or 0.0) >= SMALL_EM
    return "good" if limit.name == "sharpness" and as_drawn else limit.verdict(measures.value(limit.name))


def _without_text(measures: "Measures") -> tuple[Verdict, str]:
    if measures.grain > GRAIN_LIMIT:
        return "poor", "no_text_noise"
    if measures.soft is None:
        return "doubtful", "blank"
    if measures.soft.blurred or measures.soft.shaken:
        return "poor", "no_text_blurred" if measures.soft.blurred else "no_text_shaken"
    if measures.traces >= TRACES or measures.soft.soft:
        return "doubtful", "text_traces" if measures.traces >= TRACES else "no_text_soft"
    return "good", "no_text"


TRACES = 5.0
"""Characters in rows that look like text but are too few, too bent or too uneven to be called so; leaves and
blots reach two."""

GRAIN_LIMIT = 30.0
"""Grey levels of noise in which text of full contrast begins to drown; photos in good light have 0 to 10."""


SMALL_EM = 10.0
"""Px per em under which strokes are about as thin as pixels: the size is to blame, whatever the lens did."""


def _key(name: str, measures: "Measures") -> str:
    if name == "sharpness":
        return "blurred" if (measures.em or 0.0) >= SMALL_EM else "too_small"
    if name == "contrast":
        exposure = measures.exposure or 0.0
        return "too_dark" if exposure < -0.5 else "too_bright" if exposure > 0.5 else "faint"
    return name


def _quality(measures: "Measures", verdict: Verdict, key: str) -> Quality:
    values = {name: getattr(measures, name) for name in _SHOWN}
    shown = {name: 0.0 if value is None else value for name, value in values.items()}
    shown["percent"], shown["degrees"] = 100 * shown["contrast"], abs(shown["skew_degrees"])
    return Quality(
        sharpness=measures.sharpness,
        contrast=measures.contrast,
        noise=measures.noise,
        blocking=measures.blocking,
        exposure=measures.exposure,
        skew_degrees=measures.skew_degrees,
        verdict=verdict,
        reason=say(f"quality.{key}.reason", **shown),
        mend=say(f"quality.{key}.mend", **shown),
    )


_SHOWN = ("sharpness", "contrast", "noise", "blocking", "exposure", "skew_degrees", "em", "edge_px")


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
