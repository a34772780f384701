"""A comparison as JSON."""

from __future__ import annotations

import json
from typing import Any

from cnnspec.backends.comparison_pairs import Comparison, Side, change
from cnnspec.backends.figures import ratio
from cnnspec.backends.numbers import one_or_all
from cnnspec.backends.summary_rows import Row


def render_json(comparison: Comparison) -> str:
    """Returns one JSON object, one line for each pair of rows: its `change`, and the row `before` and `after`, null for none.

    `change` is `equal`, `changed`, `added` or `removed`. Memory is in bytes; a ratio is null where there is none.
    """
    before, after = comparison.before, comparison.after
    facts = {
        "before": _side(before),
        "after": _side(after),
        "difference": {key: after.figures[key] - value for key, value in before.figures.items()},
        "ratio": {key: ratio(value, after.figures[key]) for key, value in before.figures.items()},
    }
    lines = [f"  {_compact(key)}: {_compact(value)}" for key, value in facts.items()]
    layers = ",\n".join(
        f"    {_compact({'change': change((one, other)), 'before': _row(one), 'after': _row(other)})}"
        for one, other in comparison.pairs
    )
    return "{\n" + ",\n".join([*lines, f'  "layers": [\n{layers}\n  ]']) + "\n}"


def _side(side: Side) -> dict[str, Any]:
    summary = side.summary
    return {
        "asked": side.asked,
        "name": summary.name,
        "input": one_or_all(tuple(sizes for _, sizes in summary.inputs)),
        "output": one_or_all(summary.outputs),
        **side.figures,
    }


def _row(row: Row | None) -> dict[str, Any] | None:
    if row is None:
        return None
    return {
        "name": row.name,
        "kind": row.kind,
        "layer": row.layer,
        "output": list(row.output),
        "parameters": row.parameters,
        "macs": row.macs,
    }


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
