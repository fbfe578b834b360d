"""Step 2, Order: a scenario that suggests an order, hands that change it, and what it costs."""

from demo.steps.order.step import OrderStep

__all__ = ["OrderStep"]
