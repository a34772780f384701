"""Tables of numbers in comma-separated files."""

from __future__ import annotations

import math
from pathlib import Path

import torch

from cnnspec.diagnostics.nearest import nearest
from cnnspec.recipe.data import Csv
from cnnspec.recipe.loss import Bce, BceWithLogits
from cnnspec.training.data.dataset import Columns, Dataset, Part, Request
from cnnspec.training.data.finite import beyond
from cnnspec.training.data.labels import binary_advice, ignored_label, label_advice
from cnnspec.training.data.split import split
from cnnspec.training.data.table_rows import Row, is_header, number_of, rows_of
from cnnspec.training.data.table_words import numbered, words_of
from cnnspec.training.problems import (
    LabelOutOfRange,
    NoSuchColumn,
    NotANumber,
    TargetOutOfRange,
    TooLittleData,
    TrainingError,
)

_INSTEAD = "all but the classes are numbers: number other words from 0, and leave out rows with gaps, or fill them"
_FOR_NUMBERS = "to predict a number, end the network with `linear 1`, and write `loss mse`"
_FOR_CLASSES = (
    "to tell two classes apart, write `loss bce_with_logits`; to tell more, end the network with an output for each, and write "
    "`loss cross_entropy`"
)
_WITHOUT = "leave such rows out, or fill them"

_HEADER = "; if it is a header, give its columns names that are no numbers"


def read_table(data: Csv, request: Request) -> Dataset:
    """Returns rows [N, columns - 1] (floats) and their targets, labels or numbers as `Request` asks; raises TrainingError."""
    path = request.locate(data.path)
    rows = rows_of(path)
    names = [cell.strip() for cell in rows[0][1]] if is_header(rows) else None
    body = rows if names is None else rows[1:]
    if not body:
        raise TrainingError(TooLittleData(f"{path} has a header but no rows"))
    target, others = _chosen(data, len(rows[0][1]), names, path, request.columns)
    words = words_of(body, target, _called(target, names), path, request, _HEADER if names is None else "")
    if words:
        body = [numbered(row, target, words) for row in body]
    numbers = [_numbers(row, [*others, target], names, path, request) for row in body]
    table = torch.tensor(numbers, dtype=torch.float64)
    column, inputs = table[:, -1], table[:, :-1].to(request.dtype)
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
    columns = None if names is None else Columns(tuple(names[index] for index in others), names[target])
    return Dataset(data.keyword, train, test, classes=names_of_classes, named=bool(words), columns=columns)


def _chosen(data: Csv, width: int, names: list[str] | None, path: Path, learned: Columns | None) -> tuple[int, list[int]]:
    """Returns the indices of the target column and of the others, in the order in which a run has `learned` from them.

    They are told by the names of the header. Where the column that the data says is one of the others there, the target is the
    column that was learned: with `target=-1` the last one, which may be another here.
    """
    target = _column(data.target, width, names, path)
    if names is None or learned is None or len(set(names)) < len(names):
        return target, [index for index in range(width) if index != target]
    if names[target] in learned.inputs:
        target = _column(learned.target, width, names, path)
    for name in learned.inputs:
        if name not in names:
            advice = "give its columns the names of the training, or leave out the header to take them in their order"
            raise TrainingError(NoSuchColumn(f"{path} has no column `{name}`, from which the run learned", advice))
    return target, [names.index(name) for name in learned.inputs]


def _called(column: int, names: list[str] | None) -> str:
    return f"column {column}" if names is None else f"column `{names[column]}`"


def _numbers(row: Row, columns: list[int], names: list[str] | None, path: Path, request: Request) -> list[float]:
    """Returns the numbers in some columns of a row, the last being the target's; raises TrainingError for what is none."""
    number, cells = row
    values = []
    for index in columns:
        cell = cells[index]
        value = number_of(cell)
        column = _called(index, names)
        if value is None or not math.isfinite(value):
            shown = f"`{cell}` is no finite number" if cell.strip() else "a cell is empty"
            advice = _WITHOUT if value is not None or not cell.strip() else _INSTEAD
            if advice == _INSTEAD and index == columns[-1]:
                advice = f"`{request.loss.keyword}` compares numbers; {_FOR_CLASSES}"
            is_first = number == 1 and names is None
            raise TrainingError(NotANumber(f"{path}:{number}: {shown} ({column})", advice + (_HEADER if is_first else "")))
        if abs(value) > torch.finfo(request.dtype).max:
            raise TrainingError(beyond(f"{path}:{number}: `{cell}` ({column})", request.dtype))
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
        elif len(torch.unique(column)) > classes and bool((column >= 0).all()):
            advice = f"end the network with more outputs; {_FOR_NUMBERS}"
        else:
            advice = label_advice(column, int(column[at]), request)
        raise TrainingError(LabelOutOfRange(text, advice))
    return column.to(torch.int64)


def _values(column: torch.Tensor, request: Request, lines: list[int], path: Path) -> torch.Tensor:
    """Returns targets [N, *output] of one number each."""
    if request.output.features != 1:
        text = f"{path} has one target a row, but the network's output is {request.output}"
        raise TrainingError(TargetOutOfRange(text, "end the network with `linear 1`, or take arrays (`data npz`)"))
    if isinstance(request.loss, Bce | BceWithLogits):
        wrong = ((column < 0) | (column > 1)).nonzero()
        if len(wrong):
            at = int(wrong[0])
            text = f"{path}:{lines[at]}: `{request.loss.keyword}` needs targets from 0 to 1, not {column[at]:g}"
            raise TrainingError(TargetOutOfRange(text, binary_advice(column, request)))
    return column.to(request.dtype).reshape(-1, *request.output.sizes)
