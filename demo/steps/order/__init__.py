"""Step 2, Order: a scenario that suggests an order, hands that change it, and what it costs."""

from demo.arranging import ROLES, SCENARIOS, arrange_by, change_row, role_words, start_over
from demo.steps.order.step import OrderStep

__all__ = ["ROLES", "SCENARIOS", "OrderStep", "arrange_by", "change_row", "role_words", "start_over"]
