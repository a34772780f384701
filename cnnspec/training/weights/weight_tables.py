"""Weights as tables and JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from cnnspec.backends.numbers import memory, number, percent
from cnnspec.backends.tables import Table
from cnnspec.training.weights.tensor_facts import TensorFacts
from cnnspec.training.weights.weight_report import Differing, WeightReport

HEAD = ("tensor", "shape", "kind", "min", "max", "mean", "std", "zeros", "NaN", "inf")


def facts_table(facts: Sequence[TensorFacts]) -> Table:
    """Returns one line for each tensor."""
    return Table(HEAD, (False, False, False, *[True] * 7), tuple(_cells(entry) for entry in facts))


def totals_line(facts: Sequence[TensorFacts]) -> str:
    """Returns `4 tensors, 61,706 numbers, 241.0 KiB`, and how many numbers are not finite, where some are not."""
    count, size = sum(entry.count for entry in facts), sum(entry.bytes for entry in facts)
    wrong = sum(entry.nans + entry.infinities for entry in facts)
    tensors = "1 tensor" if len(facts) == 1 else f"{len(facts)} tensors"
    return f"{tensors}, {number(count)} numbers, {memory(size)}" + (f"; {number(wrong)} are not finite" if wrong else "")


def facts_json(facts: Sequence[TensorFacts]) -> list[dict[str, Any]]:
    """Returns one object for each tensor."""
    names = {"least": "min", "most": "max"}
    return [{names.get(key, key): value for key, value in asdict(entry).items()} for entry in facts]


def report_lines(report: WeightReport, subject: str) -> list[str]:
    """Returns every difference between a file and a network, one a line."""
    lines = [f"missing     {name}" for name in report.missing]
    lines += [f"unexpected  {name}" for name in report.unexpected]
    lines += [f"misshapen   {name}: {found} instead of {expected}" for name, found, expected in report.misshapen]
    lines += [f"converted   {name}: {found} to {expected}" for name, found, expected in report.converted]
    lines += [f"unusable    {numbers}" for numbers in report.unusable]
    return [*lines, f"fits {subject}" if report.fits else f"does not fit {subject}"]


def report_json(report: WeightReport) -> dict[str, Any]:
    """Returns what `report_lines` says, as values."""
    return {
        "fits": report.fits,
        "missing": list(report.missing),
        "unexpected": list(report.unexpected),
        "misshapen": [_differing(entry) for entry in report.misshapen],
        "converted": [_differing(entry) for entry in report.converted],
        "unusable": [numbers._asdict() for numbers in report.unusable],
        "rename": None if report.rename is None else str(report.rename),
    }


def _differing(entry: Differing) -> dict[str, str]:
    return {"name": entry.name, "found": entry.found, "expected": entry.expected}


def _cells(entry: TensorFacts) -> tuple[str, ...]:
    figures = [_figure(value) for value in (entry.least, entry.most, entry.mean, entry.std)]
    shape = "x".join(map(str, entry.shape)) or "-"
    return (entry.name, shape, entry.dtype, *figures, percent(entry.zeros), _some(entry.nans), _some(entry.infinities))


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}"


def _some(count: int) -> str:
    return number(count) if count else "-"
