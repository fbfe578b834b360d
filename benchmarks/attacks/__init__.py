"""Attacks on a running page, each a function that gives what got through: see benchmarks/attack.py."""

from benchmarks.attacks import bodies, documents, mcp, routes, strangers
from benchmarks.attacks.caller import Attack

ATTACKS: tuple[Attack, ...] = (
    *routes.ATTACKS,
    *strangers.ATTACKS,
    *documents.ATTACKS,
    *mcp.ATTACKS,
    *bodies.ATTACKS,
)
"""All of them; the last ones use up the pace of the attacker's address."""
