"""A comparison as plain tables for terminals, in ASCII."""

from __future__ import annotations

from cnnspec.backends.comparison_pairs import Comparison
from cnnspec.backends.comparison_rows import ends, figure_table, layer_table, note
from cnnspec.backends.tables import plain_table


def render_text(comparison: Comparison) -> str:
    """Returns what is compared, the figures, and the layers; `~`, `+` and `-` mark what changed, came in and went away."""
    sides = (("before", comparison.before), ("after", comparison.after))
    layers = layer_table(comparison)
    parts = [
        [f"{when:<6}  {ends(side)}  ({side.asked})" for when, side in sides],
        plain_table(figure_table(comparison)),
        plain_table(layers) if layers else [],
        [note(comparison)],
    ]
    return "\n\n".join(text for part in parts if (text := "\n".join(part)))
