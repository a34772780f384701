"""What a network costs, as a few figures: what comparisons and sweeps show."""

from __future__ import annotations

from cnnspec.backends.numbers import memory, number
from cnnspec.backends.summary_rows import Summary
from cnnspec.network.budgets import receptive_field
from cnnspec.network.network import Network
from cnnspec.values.shapes import Dim

TITLES = {
    "parameters": "parameters",
    "macs": "MACs",
    "weight_memory": "weights",
    "activation_memory": "activations",
    "receptive_field": "receptive field",
    "layers": "layers",
}


def figures(network: Network, summary: Summary) -> dict[str, Dim]:
    """Returns the figures of a network by their keys; memory in bytes, the receptive field along the axis with the smallest."""
    return {
        "parameters": summary.parameters,
        "macs": summary.macs,
        "weight_memory": summary.weight_memory,
        "activation_memory": summary.activation_memory,
        "receptive_field": receptive_field(network),
        "layers": summary.layers,
    }


def figure(key: str, value: Dim) -> str:
    """Returns a figure for people: memory with a unit, counts with thousands separators."""
    return memory(value) if key.endswith("_memory") else number(value)


def difference(key: str, before: Dim, after: Dim) -> str:
    """Returns how much more or less it became, with its sign; nothing where it is the same."""
    change = after - before
    if isinstance(change, int):
        return "" if change == 0 else f"{'-' if change < 0 else '+'}{figure(key, abs(change))}"
    return figure(key, change)


def ratio(before: Dim, after: Dim) -> float | None:
    """Returns how many times as much it became, to four digits; None where that has no number."""
    if not isinstance(before, int) or not isinstance(after, int) or before == 0:
        return None
    return float(f"{after / before:.4g}")
