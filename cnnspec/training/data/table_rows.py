"""Comma-separated files as rows of cells."""

from __future__ import annotations

import csv
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

from cnnspec.layers.problems import counted
from cnnspec.training.problems import DataBroken, DataMissing, TooLittleData, TrainingError

_OTHERS = {";": ("semicolons", ";"), "\t": ("tabs", "\\t")}  # what separates columns elsewhere, its name, and how it is written
_KINDS = {
    b"PK\x03\x04": "a workbook of Excel or another archive",
    b"\xd0\xcf\x11\xe0": "a workbook of Excel",
    b"PAR1": "a Parquet file",
    b"\x1f\x8b": "compressed",
}  # by how files of other kinds begin

Row = tuple[int, list[str]]  # the number of its line, and the cells


def rows_of(path: Path) -> list[Row]:
    """Returns the rows that are not empty, all of one length; raises TrainingError."""
    _verify_text(path)
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
            text = f"{path}:{number} has {counted(len(cells), 'column')}, but the first line has {width}"
            raise TrainingError(DataBroken(text))
    if width > 1 and not any(cells[-1].strip() for _, cells in rows):
        text = f"{path} has a comma at the end of each line, behind which is an empty column"
        raise TrainingError(DataBroken(text, "leave these commas out"))
    if width < 2:
        advice = "a target needs other columns to be predicted from, with commas between them"
        raise TrainingError(DataBroken(f"{path} has one column", advice))
    return rows


def _verify_text(path: Path) -> None:
    """Raises TrainingError for a file of another kind, as it begins; whoever reads it is told what else is wrong with it."""
    with suppress(OSError), open(path, "rb") as file:
        begins = file.read(8)
        for magic, kind in _KINDS.items():
            if begins.startswith(magic):
                raise TrainingError(DataBroken(f"{path} is {kind}, not text with commas", "save the table as CSV"))


def _verify_commas(first: list[str], path: Path) -> None:
    """Raises TrainingError where something else than commas, which may be decimal points then, separates the cells."""
    line = ",".join(first)
    for separator, (name, written) in _OTHERS.items():
        pieces = line.split(separator)
        if len(pieces) > 1 and all("," not in piece or number_of(piece.replace(",", ".")) is not None for piece in pieces):
            reading = f'sep="{written}"' + (', decimal=","' if "," in line else "")
            advice = f"write it with commas: `pandas.read_csv(path, {reading}).to_csv(path, index=False)`"
            raise TrainingError(DataBroken(f"{path} has {name} between its columns, not commas", advice))


def is_header(rows: list[Row]) -> bool:
    """Returns whether a first line names the columns: without numbers, or with ascending whole ones (years, column numbers).

    Where it is nothing but numbers, it is a header if these have equal steps (2001,2002,2003) and no other row is of that kind:
    a row of a table may happen to ascend. Any other line with numbers is a row, in which the rest has to be numbers, too.
    """
    (_, first), *others = rows
    numbers = [number for number in map(number_of, first) if number is not None]
    if len(numbers) == len(first):
        return len(others) > 0 and _counts(first) and not any(_counts(cells) for _, cells in others)
    return all(map(float.is_integer, numbers)) and all(one < other for one, other in pairwise(numbers))


def _counts(cells: list[str]) -> bool:
    """Returns whether a line counts up in equal steps, in whole numbers that are written as such: 0,1,2 or 1990,1995,2000."""
    if not all(cell.strip().isdecimal() for cell in cells):
        return False
    steps = {int(other) - int(one) for one, other in pairwise(cells)}
    return len(steps) == 1 and min(steps) > 0


def number_of(cell: str) -> float | None:
    """Returns the number that a cell holds, None where it holds none."""
    try:
        return None if "_" in cell else float(cell)  # Python reads `1_000`, and nobody else does
    except ValueError:
        return None
