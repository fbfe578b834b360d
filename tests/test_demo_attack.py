"""Every attack of benchmarks/attack.py against the page without a port: everything is refused."""

from collections.abc import Iterator
from typing import Any

import pytest
from demo_client import open_page

from benchmarks.attacks import ATTACKS
from benchmarks.attacks.caller import Attack, Caller
from demo.settings import Limits, Settings


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    # At the usual pace twenty attackers behind one address would mostly wait for each other.
    with open_page(Settings(mcp=True, limits=Limits(max_requests=8000))) as (opened, _):
        yield opened


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_attack_is_refused(client: Any, attack: Attack) -> None:
    assert attack.run(Caller(client)) is None
