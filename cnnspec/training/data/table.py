"""Tables of numbers in comma-separated files."""

from __future__ import annotations

import csv
import math
from itertools import pairwise
from pathlib import Path

import torch

from cnnspec.diagnostics.nearest import nearest
from cnnspec.recipe.data import Csv
from cnnspec.recipe.loss import Bce, BceWithLogits
from cnnspec.training.data.dataset import Dataset, Part, Request
from cnnspec.training.data.labels import ignored_label, label_advice
from cnnspec.training.data.split import split
from cnnspec.training.problems import (
    DataBroken,
    DataMissing,
    LabelOutOfRange,
    NoSuchColumn,
    NotANumber,
    TargetOutOfRange,
    TooLittleData,
    TrainingError,
)

_INSTEAD = "all but the classes are numbers: number other words from 0, and leave out rows with gaps, or fill them"
_FOR_NUMBERS = "to predict a number, end the network with `linear 1`, and write `loss mse`"
_WITHOUT = "leave such rows out, or fill them"

_HEADER = "; if it is a header, give its columns names that are no numbers"
_OTHERS = {";": ("semicolons", ";"), "\t": ("tabs", "\\t")}  # what separates columns elsewhere, its name, and how it is written

Row = tuple[int, list[str]]  # the number of its line, and the cells


def read_table(data: Csv, request: Request) -> Dataset:
    """Returns rows [N, columns - 1] (floats) and their targets, labels or numbers as `Request` asks; raises TrainingError."""
    path = request.locate(data.path)
    rows = _rows(path)
    names = [cell.strip() for cell in rows[0][1]] if _is_header(rows) else None
    body = rows if names is None else rows[1:]
    if not body:
        raise TrainingError(TooLittleData(f"{path} has a header but no rows"))
    target = _column(data.target, len(rows[0][1]), names, path)
    words = _words(body, target) if request.wants_classes else ()
    if words:
        body = [(number, _numbered(cells, target, words)) for number, cells in body]
    table = torch.tensor([_numbers(row, names, path) for row in body], dtype=torch.float64)
    column = table[:, target]
    inputs = torch.cat((table[:, :target], table[:, target + 1 :]), dim=1).to(request.dtype)
    lines = [number for number, _ in body]
    names_of_classes: tuple[str, ...] | None = words or None
    if words:
        targets = column.to(torch.int64)
    elif request.wants_classes or bool(((column == 0) | (column == 1)).all()):
        classes = max(request.output.features, 2)
        targets = _labels(column, classes, lines, path, request)
        largest = int(targets[targets < classes].amax()) if bool((targets < classes).any()) else 0  # others are ignored
        names_of_classes = tuple(map(str, range(max(largest, 0) + 1 if classes > 2 else 2)))
    else:
        targets = _values(column, request, lines, path)
    train, test = split(Part(inputs, targets), data.test)
    return Dataset(data.keyword, train, test, classes=names_of_classes, named=bool(words))


def _words(rows: list[Row], target: int) -> tuple[str, ...]:
    """Returns what the classes are called, sorted, where the targets are words; nothing where any is a number or missing."""
    cells = [row[target].strip() for _, row in rows]
    return tuple(sorted(set(cells))) if all(cell and _number(cell) is None for cell in cells) else ()


def _numbered(cells: list[str], target: int, words: tuple[str, ...]) -> list[str]:
    """Returns a row with the number of its class in the place of the word."""
    return [*cells[:target], str(words.index(cells[target].strip())), *cells[target + 1 :]]


def _rows(path: Path) -> list[Row]:
    """Returns the rows that are not empty, all of one length."""
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file)
            rows = [(reader.line_num, cells) for cells in reader if any(cell.strip() for cell in cells)]
    except FileNotFoundError:
        raise TrainingError(DataMissing(f"there is no file {path}")) from None
    except OSError as error:
        raise TrainingError(DataMissing(f"{path} cannot be read: {error.strerror}")) from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise TrainingError(DataBroken(f"{path} is no table in UTF-8: {error}")) from None
    if not rows:
        raise TrainingError(TooLittleData(f"{path} is empty"))
    _verify_commas(rows[0][1], path)
    width = len(rows[0][1])
    for number, cells in rows:
        if len(cells) != width:
            raise TrainingError(DataBroken(f"{path}:{number} has {len(cells)} columns, but the first line has {width}"))
    if width < 2:
        advice = "a target needs other columns to be predicted from, with commas between them"
        raise TrainingError(DataBroken(f"{path} has one column", advice))
    return rows


def _verify_commas(first: list[str], path: Path) -> None:
    """Raises TrainingError where something else than commas, which may be decimal points then, separates the cells."""
    line = ",".join(first)
    for separator, (name, written) in _OTHERS.items():
        pieces = line.split(separator)
        if len(pieces) > 1 and all("," not in piece or _number(piece.replace(",", ".")) is not None for piece in pieces):
            advice = f'write it with commas: `pandas.read_csv(path, sep="{written}").to_csv(path, index=False)`'
            advice += ' (`decimal=","` where numbers have commas)' if "," in line else ""
            raise TrainingError(DataBroken(f"{path} has {name} between its columns, not commas", advice))


def _is_header(rows: list[Row]) -> bool:
    """Returns whether a first line names the columns: without numbers, or with ascending whole ones (years, column numbers).

    Where it is nothing but numbers, it is a header if these have equal steps (2001,2002,2003) and no other row is of that kind:
    a row of a table may happen to ascend. Any other line with numbers is a row, in which the rest has to be numbers, too.
    """
    (_, first), *others = rows
    numbers = [number for number in map(_number, first) if number is not None]
    if len(numbers) == len(first):
        return len(others) > 0 and _counts(first) and not any(_counts(cells) for _, cells in others)
    return all(map(float.is_integer, numbers)) and all(one < other for one, other in pairwise(numbers))


def _counts(cells: list[str]) -> bool:
    """Returns whether a line counts up in equal steps, in whole numbers that are written as such: 0,1,2 or 1990,1995,2000."""
    if not all(cell.strip().isdecimal() for cell in cells):
        return False
    steps = {int(other) - int(one) for one, other in pairwise(cells)}
    return len(steps) == 1 and min(steps) > 0


def _number(cell: str) -> float | None:
    try:
        return float(cell)
    except ValueError:
        return None


def _numbers(row: Row, names: list[str] | None, path: Path) -> list[float]:
    number, cells = row
    values = []
    for index, cell in enumerate(cells):
        value = _number(cell)
        if value is None or not math.isfinite(value):
            column = f"column {index}" if names is None else f"column `{names[index]}`"
            shown = f"`{cell}` is no finite number" if cell.strip() else "a cell is empty"
            advice = _INSTEAD if value is None else _WITHOUT
            is_first = number == 1 and names is None
            raise TrainingError(NotANumber(f"{path}:{number}: {shown} ({column})", advice + (_HEADER if is_first else "")))
        values.append(value)
    return values


def _column(target: int | str, width: int, names: list[str] | None, path: Path) -> int:
    """Returns the index of the target column, from 0."""
    if isinstance(target, int):
        if not -width <= target < width:
            raise TrainingError(NoSuchColumn(f"{path} has the columns 0 to {width - 1}, but `target` is {target}"))
        return target % width
    if names is None:
        raise TrainingError(NoSuchColumn(f"{path} has no header, so no column is called `{target}`", "give its number"))
    if target not in names:
        guess = nearest(target, names)
        advice = f"did you mean `{guess}`?" if guess else f"its columns: {', '.join(names)}"
        raise TrainingError(NoSuchColumn(f"{path} has no column `{target}`", advice))
    if names.count(target) > 1:
        raise TrainingError(
            NoSuchColumn(f"{path} has {names.count(target)} columns called `{target}`", "give its number, from 0")
        )
    return names.index(target)


def _labels(column: torch.Tensor, classes: int, lines: list[int], path: Path, request: Request) -> torch.Tensor:
    ignored = ignored_label(request.loss)
    is_wrong = (column != column.floor()) | (column < 0) | (column >= classes)
    wrong = (is_wrong if ignored is None else is_wrong & (column != ignored)).nonzero()
    if len(wrong):
        at = int(wrong[0])
        text = f"{path}:{lines[at]}: the target {column[at]:g} is none of the classes 0 to {classes - 1} of the network"
        is_whole = bool((column == column.floor()).all())
        if not is_whole:
            advice = f"classes are whole numbers; {_FOR_NUMBERS}"
        elif len(torch.unique(column)) > classes:
            advice = f"end the network with more outputs; {_FOR_NUMBERS}"
        else:
            advice = label_advice(column, int(column[at]), request)
        raise TrainingError(LabelOutOfRange(text, advice))
    return column.to(torch.int64)


def _values(column: torch.Tensor, request: Request, lines: list[int], path: Path) -> torch.Tensor:
    """Returns targets [N, *output] of one number each."""
    if request.output.features != 1:
        raise TrainingError(TargetOutOfRange(f"{path} has one target a row, but the network's output is {request.output}"))
    if isinstance(request.loss, Bce | BceWithLogits):
        wrong = ((column < 0) | (column > 1)).nonzero()
        if len(wrong):
            at = int(wrong[0])
            text = f"{path}:{lines[at]}: `{request.loss.keyword}` needs targets from 0 to 1, not {column[at]:g}"
            raise TrainingError(TargetOutOfRange(text))
    return column.to(request.dtype).reshape(-1, *request.output.sizes)
