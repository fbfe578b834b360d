"""What an order needs to know of pictures, measured inside a worker."""

from typing import Any

from toolkit.errors import PreflightError
from toolkit.families import fit_long_side
from toolkit.merge_job import MEASURE_BYTES
from toolkit.pages import PageImage, PageRequest
from toolkit.pdf.limits import POINTS_PER_INCH
from toolkit.picture import Picture
from toolkit.reshape_job import load_picture

READ_BYTES = 3 * 2**30
"""Memory for the reader's models and what they compute on a screen of 1,600 px."""
COMPARE_BYTES = 2**30
"""Memory for the scale space of 1,400 px and the table of 4,000 x 4,000 matches."""


def facts(payload: dict[str, Any]) -> dict[str, Any]:
    """Measure one page: its size, quality, text, and with `read` a sample of that, or why it is `unread`.

    Heights are those at the long side `long_side`, as the model will see them. Raises SourceError, PageError.
    """
    request = PageRequest.from_dict(payload)
    page, picture = load_picture(request, READ_BYTES if payload["read"] else MEASURE_BYTES)
    measured = measure_page(page, picture, payload["long_side"], payload["family"])
    if payload["read"]:
        measured |= _sample(request, picture)
    return measured


def _sample(request: PageRequest, picture: Picture) -> dict[str, Any]:
    """Recognise some text; a reader that fails costs the guess of the role and nothing else."""
    from toolkit.text_sample import sample_text

    try:
        return {"text_sample": sample_text(request, picture)}
    except PreflightError as error:
        return {"unread": [error.text.en, error.text.zh]}
    except Exception as error:  # the reader's own errors come from three libraries without a common root
        reason = type(error).__name__
        return {"unread": [reason, reason]}


def relations(payload: dict[str, Any]) -> dict[str, Any]:
    """Compare the pages of `pairs`: triples of first, second (numbers from 0) and the kind of relation."""
    from toolkit.similarity import find_features, relate

    requests = [PageRequest.from_dict(request) for request in payload["requests"]]
    pairs = [(int(first), int(second)) for first, second in payload["pairs"]]
    wanted = sorted({number for pair in pairs for number in pair})
    features = {number: find_features(load_picture(requests[number], COMPARE_BYTES)[1]) for number in wanted}
    return {"relations": [[found.first, found.second, found.kind] for found in relate(features, pairs)]}


def measure_page(page: PageImage, picture: Picture, long_side: int, family: str) -> dict[str, Any]:
    """Measure a page for `OrderFacts`; text heights are those after a resize to `long_side`."""
    from toolkit.judged import judge_page
    from toolkit.readability import seen_height, verdict

    judged = judge_page(picture, page.text_heights, (page.dpi or POINTS_PER_INCH) / POINTS_PER_INCH)
    smallest = judged.text.smallest
    seen = fit_long_side(picture.size, long_side=long_side, family=family)
    height = None if smallest is None else seen_height(picture.size, seen, smallest)
    return {
        "size": seen,
        "quality": judged.quality.verdict,
        "sharpness": judged.quality.sharpness,
        "text_amount": judged.text.lines,
        "text_height": height,
        "legible": None if height is None else verdict(height),
    }
