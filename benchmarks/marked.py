"""Figures written into the documents between marks, so that a script can renew them."""

from pathlib import Path

DOCS = Path(__file__).parents[1] / "docs"


def write_between(document: str, name: str, text: str) -> None:
    """Replace what stands between `<!-- name -->` and `<!-- /name -->` in a document of docs/."""
    path = DOCS / document
    start, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    before, rest = path.read_text(encoding="utf-8").split(start)
    _, after = rest.split(end)
    path.write_text(f"{before}{start}\n\n{text}\n\n{end}{after}", encoding="utf-8")
