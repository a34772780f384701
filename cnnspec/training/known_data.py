"""By what data is known again: how much there is of it, its classes, how it is scaled, and sums of its contents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from cnnspec.training.data.content import content_sum
from cnnspec.training.data.dataset import AnyPart, Dataset, Part
from cnnspec.training.data.scaling import Scaling

LOOKED_AT = 64 * 2**20  # bytes of inputs and of targets, up to twice as many: a tenth of a second
CHUNK = 1024  # samples
_PURPOSES = {"train": "training", "test": "testing"}


def known_data(dataset: Dataset, scaling: Scaling) -> dict[str, Any]:
    """Returns what has to be the same for all processes, which cut their shares of a batch from one order of the same samples,
    and for a run that goes on; a manifest keeps it."""
    parts = [part for part in (dataset.train, dataset.test) if part is not None]
    columns = {} if dataset.columns is None else {"columns": dataset.columns.as_json()}
    return {
        "name": dataset.name,
        "train": len(dataset.train),
        "test": 0 if dataset.test is None else len(dataset.test),
        "classes": None if dataset.classes is None else list(dataset.classes),
        "levels": scaling.levels,
        "white": scaling.white,
        "mean": scaling.mean.tolist(),
        "std": scaling.std.tolist(),
        "content": list(map(_sum, parts)),
        **columns,
    }


def changed(before: Mapping[str, Any], now: Mapping[str, Any]) -> str | None:
    """Returns in which parts data is not what it was, as `known_data` knows it; None where all samples are as they were.

    Constants do not count, which follow from the samples. Where one of them has no sums, contents are not compared.
    """
    if any(now[part] != before[part] for part in _PURPOSES):
        return f"{_counts(now)} now, {_counts(before)} then"
    if now["classes"] != before["classes"]:
        return "its classes are others"
    sums = zip(_PURPOSES, before.get("content", ()), now.get("content", ()), strict=False)
    parts = [_PURPOSES[part] for part, old, new in sums if old != new]
    return f"samples for {' and '.join(parts)} are others" if parts else None


def _counts(data: Mapping[str, Any]) -> str:
    return f"{data['train']:,} samples for training and {data['test']:,} for testing"


def _sum(part: AnyPart) -> str:
    """Returns the sum of targets and inputs, spread over all of them where they are many.

    It is the same whether or not memory has room for the inputs, which may be otherwise on another machine.
    """
    size = part.inputs.nbytes if isinstance(part, Part) else part.files.bytes
    chunks = part.take(torch.arange(0, len(part), _every(size))).chunks(CHUNK)
    inputs = {f"inputs {place}": chunk.numpy() for place, chunk in enumerate(chunks)}
    return content_sum({"targets": part.targets[:: _every(part.targets.nbytes)].numpy(), **inputs})


def _every(size: int) -> int:
    """Returns 3 where every third sample of so many bytes is enough to look at."""
    return max(1, size // LOOKED_AT)
