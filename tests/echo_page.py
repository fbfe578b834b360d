"""Starts the page with the echo engine beside the others: `python tests/echo_page.py --engine echo`."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from demo.__main__ import main  # noqa: E402
from demo.engines import registry  # noqa: E402

registry.ENGINES["echo"] = registry.Row("echo", "echo_engine:EchoEngine", ())

if __name__ == "__main__":
    sys.exit(main())
