"""Attack a page and see that everything is refused: `python -m benchmarks.attack self` or with its address.

With `self` the page is started as a visitor's host would start it, on a free port. Prints a table; the exit
code is 1 if anything got through. Attack only pages that are yours.
"""

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from benchmarks.attacks import ATTACKS
from benchmarks.attacks.caller import Attack, Caller
from benchmarks.measure import table


def main(arguments: list[str] | None = None) -> int:
    """Attack, print, and tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("address", help="http://… of a page, or `self`")
    parser.add_argument("--only", default="", help="attacks whose name holds this")
    options = parser.parse_args(arguments)
    chosen = [attack for attack in ATTACKS if options.only in attack.name]
    with _target(options.address) as address, httpx.Client(base_url=address, timeout=120) as http:
        rows = [(attack.name, *attempt(attack, Caller(http))) for attack in chosen]
    print(table(["attack", "outcome", "what got through"], rows))
    return 1 if any(outcome != "refused" for _, outcome, _ in rows) else 0


def attempt(attack: Attack, caller: Caller) -> tuple[str, str]:
    """Try one; an attack that breaks off tells nothing and so counts as one that got through."""
    try:
        through = attack.run(caller)
    except (httpx.HTTPError, AssertionError, KeyError, StopIteration) as error:
        return "broke off", f"{type(error).__name__}: {error}"[:120]
    return ("refused", "") if through is None else ("GOT THROUGH", through)


@contextmanager
def _target(address: str) -> Iterator[str]:
    if address != "self":
        yield address
        return
    from benchmarks.browsing import page_address

    with page_address("--mcp") as started:
        yield started


if __name__ == "__main__":
    sys.exit(main())
