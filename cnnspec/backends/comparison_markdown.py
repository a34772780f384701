"""A comparison as GitHub tables, for the text of a pull request."""

from __future__ import annotations

from cnnspec.backends.comparison_pairs import Comparison
from cnnspec.backends.comparison_rows import ends, figure_table, layer_table, note
from cnnspec.backends.tables import Cells, Table, escaped, markdown_table


def render_markdown(comparison: Comparison) -> str:
    """Returns a heading, what is compared, the figures, and the layers as code."""
    sides = (("before", comparison.before), ("after", comparison.after))
    layers = layer_table(comparison)
    parts = [
        [f"### {escaped(comparison.before.summary.name)} and {escaped(comparison.after.summary.name)}"],
        [f"- {when}: {escaped(f'{ends(side)}, {side.asked}')}" for when, side in sides],
        markdown_table(figure_table(comparison)),
        markdown_table(_as_code(layers)) if layers else [],
        [note(comparison)],
    ]
    return "\n\n".join(text for part in parts if (text := "\n".join(part)))


def _as_code(table: Table) -> Table:
    """Returns the table of layers with marks and layers as code, which a list or an emphasis might be made of otherwise."""
    return table._replace(rows=tuple(map(_cells, table.rows)))


def _cells(cells: Cells) -> Cells:
    mark, name, layer, *others = cells
    is_fold = name == "..."
    return f"`{mark}`" if mark else "", escaped(name), layer if is_fold or not layer else f"`{layer}`", *others
