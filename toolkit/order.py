"""An order in which to send images, a role for each, and the reason for each place. A default to test.

Published studies disagree by model on which place counts most, so the orders are this project's hypotheses:
docs/order.md says what is known and how to measure them on the model in use.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from toolkit.errors import UsageError
from toolkit.manifest import ImageRecord
from toolkit.order_facts import OrderFacts, facts_of
from toolkit.order_scenarios import Draft, order_compare, order_diagnose, order_locate, order_ocr
from toolkit.order_warnings import warnings_for
from toolkit.texts import Text

SCENARIOS: Mapping[str, Callable[[list[OrderFacts]], list[Draft]]] = {
    "ocr": order_ocr,
    "compare": order_compare,
    "diagnose": order_diagnose,
    "locate": order_locate,
}


@dataclass(frozen=True)
class Place:
    """One place in the order. `label` is the number the image had before (from 1).

    `guessed` tells that the role was not given by the user but concluded from what was measured.
    """

    label: int
    role: str
    guessed: bool
    reason: Text
    warnings: tuple[Text, ...] = ()


def plan_order(
    images: Sequence[ImageRecord | OrderFacts],
    scenario: str,
    *,
    roles: Mapping[int, str] | None = None,
    weights: Mapping[int, float] | None = None,
) -> list[Place]:
    """Put images in the order of a scenario: ocr, compare, diagnose or locate.

    `roles` and `weights` by label are the user's word and beat every guess; a greater weight comes first.
    Pages of one document stay in their own order, and a copy behind its original. Every image appears once.
    Raises UsageError for an unknown scenario, or a role or weight for an image that is not there.
    """
    if scenario not in SCENARIOS:
        raise UsageError("unknown_choice", option="scenario", given=scenario, allowed=", ".join(SCENARIOS))
    facts = _with_users_word([_facts(image) for image in images], roles or {}, weights or {})
    drafts = SCENARIOS[scenario](facts)
    ordered = [draft.facts for draft in drafts]
    return [
        Place(d.facts.label, d.role, d.guessed, d.reason, tuple(warnings_for(ordered, number)))
        for number, d in enumerate(drafts)
    ]


def _facts(image: ImageRecord | OrderFacts) -> OrderFacts:
    return image if isinstance(image, OrderFacts) else facts_of(image)


def _with_users_word(
    facts: list[OrderFacts], roles: Mapping[int, str], weights: Mapping[int, float]
) -> list[OrderFacts]:
    labels = [one.label for one in facts]
    for label in (*roles, *weights):
        if label not in labels:
            raise UsageError("order_no_such_image", number=label, count=len(facts))
    return [
        replace(one, role=roles.get(one.label, one.role), weight=weights.get(one.label, one.weight))
        for one in facts
    ]
