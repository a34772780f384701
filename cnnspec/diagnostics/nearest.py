"""The nearest of the known names, for "did you mean"."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Returns the known name that `word` most likely stands for, or None.

    Distance counts insertions, deletions, substitutions and swaps of neighbours (optimal string alignment); case and
    underscores count nothing. A name is offered when at most a third of the word (at least one letter, but not all) differs,
    else the shortest one that begins with the word (three letters at least): `xavier_normal` for `xavier`.
    """
    return _nearest(word, tuple(known))


@lru_cache(maxsize=256)  # one mistake asks several times, and people who are wrong once are so again
def _nearest(word: str, known: tuple[str, ...]) -> str | None:
    wanted = _fold(word)
    best: tuple[int, int, str] | None = None
    for name in known:
        candidate = _fold(name)
        limit = max(len(wanted), len(candidate)) // 3 or 1
        if abs(len(wanted) - len(candidate)) > limit:
            continue  # so is the distance
        distance = edit_distance(wanted, candidate)
        if distance <= limit and distance < max(len(wanted), len(candidate)) and (best is None or distance <= best[0]):
            found = (distance, edit_distance(word, name), name)  # of names that are alike the one with the same capitals
            best = found if best is None else min(best, found)
    if best is not None:
        return best[2]
    longer = [name for name in known if len(wanted) >= 3 and _fold(name).startswith(wanted)]
    return min(longer, key=len, default=None)


def is_spelling(word: str, known: Iterable[str]) -> bool:
    """Returns whether just one of the known names differs from `word` in nothing but capitals, `_` and `-`."""
    wanted = _fold(word)
    return sum(_fold(name) == wanted for name in known) == 1


def _fold(word: str) -> str:
    return word.replace("_", "").replace("-", "").lower()


@lru_cache(maxsize=1024)  # a wrong word is often used many times
def edit_distance(a: str, b: str) -> int:
    """Returns the optimal string alignment distance of two words."""
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        two_before, before, row = before, row, [i]
        for j, y in enumerate(b, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, two_before[j - 2] + 1)
            row.append(cost)
    return row[-1]
