"""`python -m benchmarks.samples [--check]`."""

import argparse
import json
import sys
from pathlib import Path

from benchmarks.samples import chat, invoice, receipt, report

FOLDER = Path(__file__).parents[2] / "demo" / "samples"


def draw_all() -> dict[str, bytes]:
    """Draw every document; gives the content of each file by name, truth.json among them."""
    files, documents = {}, []
    for part in (invoice, report, chat, receipt):
        data, truth = part.draw()
        files[truth["file"]] = data
        documents.append(truth)
    text = json.dumps({"version": 1, "documents": documents}, ensure_ascii=False, indent=1)
    return files | {"truth.json": text.encode() + b"\n"}


def main() -> int:
    """Write the samples, or with --check say which of those in the folder differ from a fresh run."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.samples", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; compare with what is there")
    check = parser.parse_args().check
    differing = []
    for name, data in draw_all().items():
        path = FOLDER / name
        if check and (not path.is_file() or path.read_bytes() != data):
            differing.append(name)
        elif not check:
            path.write_bytes(data)
            print(f"{name}: {len(data):,} bytes")
    if differing:
        print("different from what is there:", ", ".join(differing), file=sys.stderr)
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
