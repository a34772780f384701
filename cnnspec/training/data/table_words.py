"""Classes that a table calls by words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from cnnspec.recipe.loss import Bce, BceWithLogits
from cnnspec.training.data.dataset import Request
from cnnspec.training.data.table_rows import Row, number_of
from cnnspec.training.problems import NotANumber, TrainingError


def words_of(rows: Sequence[Row], target: int, column: str, path: Path, request: Request, of_first: str) -> tuple[str, ...]:
    """Returns what the classes are called, sorted, where the targets are words; nothing where they are numbers.

    Raises TrainingError where some are words and others are not: for the first of the fewer, and for a cell that is empty.
    `of_first` is what to say of a first line as well.
    """
    if not (request.wants_classes or isinstance(request.loss, Bce | BceWithLogits)):
        return ()
    cells = [(line, row[target].strip()) for line, row in rows]
    filled = [cell for _, cell in cells if not _is_missing(cell)]
    words = [cell for cell in filled if number_of(cell) is None]
    if not words:
        return ()
    are_words = 2 * len(words) > len(filled)
    usual = next(cell for cell in filled if (number_of(cell) is None) == are_words)
    for line, cell in cells:
        if _is_missing(cell):
            text = f"{path}:{line}: {f'`{cell}` is no class' if cell else 'a cell is empty'} ({column})"
            raise TrainingError(NotANumber(text, "leave such rows out, or name their class"))
        if (number_of(cell) is None) != are_words:
            kinds = ("a number", "words") if are_words else ("a word", "numbers")
            text = f"{path}:{line}: the class `{cell}` is {kinds[0]}, but others are {kinds[1]} such as `{usual}` ({column})"
            number = cell if are_words else usual
            advice = f"call all classes by words, `class_{number}` for {number}, or number all of them from 0"
            raise TrainingError(NotANumber(text, advice + (of_first if line == 1 else "")))
    return tuple(sorted(set(words)))


def numbered(row: Row, target: int, words: Sequence[str]) -> Row:
    """Returns a row with the number of its class in the place of the word."""
    line, cells = row
    return line, [*cells[:target], str(words.index(cells[target].strip())), *cells[target + 1 :]]


def _is_missing(cell: str) -> bool:
    """Returns whether a cell is empty, or says that nothing is known, as `nan` does."""
    number = number_of(cell)
    return not cell or (number is not None and not math.isfinite(number))
