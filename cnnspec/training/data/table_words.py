"""Classes that a table calls by words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from cnnspec.recipe.loss import Bce, BceWithLogits
from cnnspec.training.data.dataset import Request
from cnnspec.training.data.table_rows import Row, number_of
from cnnspec.training.problems import NotANumber, TrainingError


def words_of(rows: Sequence[Row], target: int, column: str, path: Path, request: Request) -> tuple[str, ...]:
    """Returns what the classes are called, sorted, where the targets are words; nothing where they are numbers.

    Where most are words, the others are mistakes: raises TrainingError for a cell that is empty or a number.
    """
    if not (request.wants_classes or isinstance(request.loss, Bce | BceWithLogits)):
        return ()
    cells = [(line, row[target].strip()) for line, row in rows]
    words = [cell for _, cell in cells if cell and number_of(cell) is None]
    filled = [cell for _, cell in cells if not _is_missing(cell)]
    if 2 * len(words) <= len(filled):
        return ()
    for line, cell in cells:
        if _is_missing(cell):
            text = f"{path}:{line}: {f'`{cell}` is no class' if cell else 'a cell is empty'} ({column})"
            raise TrainingError(NotANumber(text, "leave such rows out, or name their class"))
        if number_of(cell) is not None:
            text = f"{path}:{line}: the class `{cell}` is a number, but others are words such as `{words[0]}` ({column})"
            raise TrainingError(NotANumber(text, f"call it by a word such as `class {cell}`, or number all classes from 0"))
    return tuple(sorted(set(words)))


def numbered(row: Row, target: int, words: Sequence[str]) -> Row:
    """Returns a row with the number of its class in the place of the word."""
    line, cells = row
    return line, [*cells[:target], str(words.index(cells[target].strip())), *cells[target + 1 :]]


def _is_missing(cell: str) -> bool:
    """Returns whether a cell is empty, or says that nothing is known, as `nan` does."""
    number = number_of(cell)
    return not cell or (number is not None and not math.isfinite(number))
