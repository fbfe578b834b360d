"""`python -m prompts`."""

import sys

from prompts.cli import main

if __name__ == "__main__":
    sys.exit(main())
