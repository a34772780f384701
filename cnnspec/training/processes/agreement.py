"""What each process finds by itself has to be the same for all, before they go on together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from cnnspec.diagnostics.problem import UsageError
from cnnspec.training.processes.distributed import told_by_all
from cnnspec.training.processes.ranks import Ranks

Found = TypeVar("Found")


def agreed(find: Callable[[], Found], facts_of: Callable[[Found], Mapping[str, Any]], ranks: Ranks) -> Found:
    """Returns what `find` returns; raises what it raises.

    Raises UsageError in every process where `find` fails in another one, or where the facts of one are not those of the first.
    """
    if ranks.is_alone:
        return find()
    try:
        found = find()
    except Exception as mistake:
        told_by_all((str(mistake), {}), ranks)
        raise
    said: list[tuple[str | None, Mapping[str, Any]]] = told_by_all((None, facts_of(found)), ranks)
    for rank, (mistake_of, _) in enumerate(said):
        if mistake_of is not None:
            raise UsageError(f"process {rank} of {ranks.count} cannot begin: {mistake_of}")
    first = said[0][1]
    for rank, (_, facts) in enumerate(said):
        if facts != first:
            which = ", ".join(_difference(name, facts[name], first[name]) for name in first if facts[name] != first[name])
            raise UsageError(f"process {rank} of {ranks.count} has other data than the first one: {which}")
    return found


def _difference(name: str, fact: Any, expected: Any) -> str:
    """Returns `train 900 instead of 1000`, or the name alone where the values are long."""
    return f"{name} {fact} instead of {expected}" if isinstance(fact, int | str) else name
