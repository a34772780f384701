"""Two networks side by side, before they have a form: their figures, and their rows in pairs."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from cnnspec.backends.alignment import Pair, aligned
from cnnspec.backends.figures import figures
from cnnspec.backends.summary_rows import Row, Summary, summarise
from cnnspec.network.network import Network
from cnnspec.values.shapes import Dim


@dataclass(frozen=True, slots=True)
class Side:
    """One of two networks: how it is asked for (`resnet.cnn --set depth=18`), its figures by their keys, and its table."""

    asked: str
    figures: dict[str, Dim]
    summary: Summary


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two networks and their rows in one order: `pairs` of a row before and after, None where there is none."""

    before: Side
    after: Side
    pairs: tuple[Pair, ...]

    @property
    def runs(self) -> list[tuple[str, list[Pair]]]:
        """Returns the pairs in order, those that are neighbours and have the same change together."""
        return [(kind, list(pairs)) for kind, pairs in groupby(self.pairs, key=change)]


def compare(
    before: tuple[str, Network], after: tuple[str, Network], depth: int | None = None, batch: int | None = None
) -> Comparison:
    """Returns two networks side by side; each comes with how it is asked for. `depth` and `batch` are those of `summarise`."""
    one, other = (
        Side(asked, figures(network, summary), summary)
        for asked, network in (before, after)
        for summary in [summarise(network, depth, batch)]
    )
    return Comparison(one, other, tuple(aligned(one.summary.rows, other.summary.rows)))


def change(pair: Pair) -> str:
    """Returns what became of a row: `equal`, `changed`, `added` or `removed`; one with another number only is equal."""
    before, after = pair
    if before is None:
        return "added"
    if after is None:
        return "removed"
    return "equal" if _facts(before) == _facts(after) else "changed"


def _facts(row: Row) -> tuple[object, ...]:
    return row.kind, row.layer, row.output, row.parameters, row.macs, row.frozen, row.reused
