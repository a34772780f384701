"""One network with several settings, before it has a form: the figures of each, and mistakes where there are some."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from cnnspec.backends.figures import figures, ratio
from cnnspec.backends.summary_rows import Sizes, summarise
from cnnspec.diagnostics.diagnostic import Diagnostic
from cnnspec.network.network import Network
from cnnspec.values.shapes import Dim

COMPARED = ("parameters", "macs", "activation_memory")  # figures that have a ratio; weights have that of the parameters


class Trial(NamedTuple):
    """The values of one trial as text, and the network, or the first mistake that comes of them."""

    values: tuple[str, ...]
    outcome: Network | Diagnostic


@dataclass(frozen=True, slots=True)
class Measured:
    """What one trial gives: the shapes of the outputs, figures by their keys, and the ratios of some to those of the first."""

    outputs: tuple[Sizes, ...]
    figures: dict[str, Dim]
    ratios: dict[str, float | None]


@dataclass(frozen=True, slots=True)
class Sweep:
    """The names that are swept, what all trials share, in words, and for the values of each trial what it gives."""

    names: tuple[str, ...]
    asked: str
    trials: tuple[tuple[tuple[str, ...], Measured | Diagnostic], ...]


def sweep(names: tuple[str, ...], asked: str, trials: Sequence[Trial], batch: int | None = None) -> Sweep:
    """Returns what the trials give; ratios are to the first trial without a mistake. `batch` is that of `summarise`."""
    first: dict[str, Dim] | None = None
    found: list[tuple[tuple[str, ...], Measured | Diagnostic]] = []
    for values, outcome in trials:
        if isinstance(outcome, Diagnostic):
            found.append((values, outcome))
            continue
        summary = summarise(outcome, batch=batch)
        counts = figures(outcome, summary)
        first = first or counts
        found.append((values, Measured(summary.outputs, counts, {key: ratio(first[key], counts[key]) for key in COMPARED})))
    return Sweep(names, asked, tuple(found))
