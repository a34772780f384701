"""Misspelt keys, taken for what they are: what stands behind them is read, and nothing is missing because of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cnnspec.diagnostics.nearest import nearest
from cnnspec.syntax.yaml_nodes import Entry


def with_meant(entries: dict[str, Entry], known: Sequence[str]) -> dict[str, Entry]:
    """Returns the entries by key, a misspelt one also by the known key that is nearest, unless that stands there too."""
    found = dict(entries)
    for key, entry in entries.items():
        meant = None if key in known else nearest(key, known)
        if meant is not None and meant not in found:
            found[meant] = Entry(replace(entry.key, text=meant), entry.value)
    return found
