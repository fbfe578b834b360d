"""One page inspected, inside a worker: only figures go back, and a picture where one is wanted."""

from pathlib import Path
from typing import Any

from toolkit.families import fit_long_side
from toolkit.judged import judge_page
from toolkit.merge_job import MEASURE_BYTES
from toolkit.pages import PageRequest
from toolkit.pdf.limits import POINTS_PER_INCH
from toolkit.readability import seen_height
from toolkit.reshape_job import load_picture


def run(payload: dict[str, Any]) -> dict[str, Any]:
    """Judge one page, and draw it with its lines if `plot_dir` says where.

    Raises SourceError or PageError, naming the file, PageTooLargeError for a shape that no model takes, and
    OutputError if the picture cannot be written.
    """
    page, picture = load_picture(PageRequest.from_dict(payload), MEASURE_BYTES)
    seen = fit_long_side(picture.size, long_side=payload["long_side"], family=payload["family"])
    judged = judge_page(picture, page.text_heights, (page.dpi or POINTS_PER_INCH) / POINTS_PER_INCH)
    plot = None
    if payload["plot_dir"] is not None:
        from toolkit.inspect_plot import write_plot

        scale = seen_height(picture.size, seen, 1.0)
        path = Path(payload["plot_dir"]) / f"{payload['stem']}-inspect.png"
        plot = str(write_plot(picture, judged.lines, scale, path, payload["lang"]))
    return {
        "size": picture.size,
        "dpi": page.dpi,
        "text_height": judged.text.to_dict(),
        "quality": judged.quality.to_dict(),
        "inside": judged.inside,
        "notes": [[note.en, note.zh] for note in page.notes],
        "plot": plot,
    }
