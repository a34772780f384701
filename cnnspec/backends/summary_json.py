"""A summary as JSON: the keys of the documented format, and some more."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

from cnnspec.backends.numbers import one_or_all
from cnnspec.backends.summary_rows import Row, Summary
from cnnspec.network.symbolic.valid_text import as_json
from cnnspec.values.dims import Formula


def render_json(summary: Summary) -> str:
    """Returns one JSON object, one line for each layer; shapes are lists, memory is in bytes.

    `layers` holds no merges, which have no module. A layer that is used again is marked, and its parameters are counted once.
    Several inputs or outputs are a list of shapes. What is not known is null, and sizes that are not known are formulas.
    For `valid_inputs` see `valid_text.as_json`.
    """
    layers = ",\n".join(f"    {_compact(_layer(row))}" for row in summary.rows if not row.is_merge)
    before = {
        "name": summary.name,
        "input": one_or_all(tuple(sizes for _, sizes in summary.inputs)),
        "output": one_or_all(summary.outputs),
        "parameters": summary.parameters,
        "macs": summary.macs,
    }
    after = {
        "valid_inputs": as_json(summary.valid),
        "batch": summary.batch,
        "dtype": summary.dtype,
        "frozen_parameters": summary.frozen,
        "weight_memory": summary.weight_memory,
        "buffer_memory": summary.buffer_memory,
        "activation_memory": summary.activation_memory,
        "saved_memory": summary.saved_memory,
        "gradient_memory": summary.gradient_memory,
        "optimizer_memory": summary.optimizer_memory,
        "training_memory": summary.training_memory,
        "intensity": _rounded(summary.costs.intensity),
    }
    return "{\n" + ",\n".join([*_lines(before), f'  "layers": [\n{layers}\n  ]', *_lines(after)]) + "\n}"


def _lines(values: dict[str, Any]) -> list[str]:
    return [f"  {_compact(key)}: {_compact(value)}" for key, value in values.items()]


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _layer(row: Row) -> dict[str, Any]:
    costs = row.costs
    facts = {
        "name": row.name,
        "kind": row.kind,
        "layer": row.layer,
        "output": list(row.output),
        "parameters": costs.parameters,
        "macs": costs.macs,
        "receptive_field": list(row.field.size),
        "stride": [_number(stride) for stride in row.field.stride],
        "offset": [_number(offset) for offset in row.field.offset],
        "border": [_rounded(share) for share in row.field.border],
        "frozen": costs.frozen,
        "buffers": costs.buffers,
        "share": _rounded(row.share),
        "activations": costs.activations,
        "weights": costs.weights,
        "memory": costs.memory,
        "saved": costs.saved,
        "intensity": _rounded(costs.intensity),
    }
    return {**facts, "reused": True} if row.reused else facts


def _number(value: int | Fraction | None) -> int | float | None:
    """Returns a stride as JSON knows numbers: 0.5 for one half; a formula as it is."""
    if value is None or isinstance(value, Formula):
        return value
    return int(value) if value == int(value) else float(value)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
