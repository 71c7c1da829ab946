"""Stand-ins for the other side, for demos and tests: a warehouse that answers 940s with 945s."""

#: How a warehouse ships an order: everything, some of it, or in two loads.
SCENARIOS = ("full", "short", "split")
