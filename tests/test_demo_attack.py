"""Every attack of benchmarks/attack.py against the page without a port: everything is refused."""

from collections.abc import Iterator
from typing import Any

import pytest
from demo_client import open_page

from benchmarks.attacks import ATTACKS
from benchmarks.attacks.bodies import flood
from benchmarks.attacks.caller import Attack, Caller
from demo.settings import Limits, Settings


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    # At the usual pace twenty attackers behind one address would mostly wait for each other; the flood has
    # a page of its own.
    with open_page(Settings(mcp=True, limits=Limits(max_requests=8000))) as (opened, _):
        yield opened


@pytest.mark.parametrize("attack", [one for one in ATTACKS if one.run is not flood], ids=lambda one: one.name)
def test_attack_is_refused(client: Any, attack: Attack) -> None:
    assert attack.run(Caller(client)) is None


def test_flood_is_refused_at_the_usual_pace() -> None:
    with open_page(Settings()) as (client, _):
        assert flood(Caller(client)) is None
