"""`cnnspec summary --compare`: two networks from one file or two; mistakes in either are shown and end the command."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from cnnspec.backends.comparison import render_comparison
from cnnspec.cli.load import read_argument
from cnnspec.cli.output import print_table, print_text
from cnnspec.cli.variants import Settings, changed, words
from cnnspec.compiler import NoSuchName, Options, Result, check_source
from cnnspec.diagnostics.diagnostic import Diagnostic
from cnnspec.diagnostics.problem import UsageError
from cnnspec.network.network import Network
from cnnspec.source import Source


def show_comparison(
    file: str, asked: Options, others: Sequence[str], form: str, depth: int | None, batch: int | None, color: str
) -> None:
    """Prints the network of a file beside another one; `others` is what `--compare` says."""
    before, after = sides(file, asked, others, color)
    print_table(render_comparison(before, after, form, depth, batch), form)


class Asked(NamedTuple):
    """One side: how it is asked for, in words, and the network."""

    words: str
    network: Network


def sides(file: str, asked: Options, others: Sequence[str], color: str) -> tuple[Asked, Asked]:
    """Returns the network of a file and the one that it is compared with.

    `others` are a file, settings (`depth=50`), or a file and settings of it; what `asked` says goes for both, unless a setting
    says otherwise.
    """
    files, settings = _read(others)
    other = files[0] if files else file
    ways = ((file, asked), (other, changed(asked, settings)))
    first = _source(file)
    sources = (first, first if other == file else _source(other))
    found = [_check(source, way) for source, (_, way) in zip(sources, ways, strict=True)]
    names = [words(name, way) for name, way in ways]
    _show(found, names, color)
    before, after = (Asked(name, result.last) for name, result in zip(names, found, strict=True))
    return before, after


def _read(others: Sequence[str]) -> tuple[list[str], Settings]:
    """Returns the file, if there is one, and the settings that `--compare` names."""
    files = [text for text in others if "=" not in text or Path(text).exists()]
    if len(files) > 1:
        raise UsageError(f"--compare takes one file, and `{files[1]}` is another one")
    pairs = [text.partition("=") for text in others if text not in files]
    settings = tuple((name.strip(), value.strip()) for name, _, value in pairs)
    for name, value in settings:
        if not name.replace(".", "_").isidentifier():
            raise UsageError(f"--compare {name}={value}: name a file, or a setting such as depth=50")
    return files, settings


def _source(file: str) -> Source | Diagnostic:
    return read_argument(None if file == "-" else Path(file))


def _check(source: Source | Diagnostic, asked: Options) -> Result:
    """Returns what is found; raises UsageError with the name of the file, since the other one may have what this one lacks."""
    if isinstance(source, Diagnostic):
        return Result((), (source,))
    try:
        return check_source(source, asked)
    except NoSuchName as error:
        raise UsageError(f"{source.name}: {error}") from None


def _show(found: Sequence[Result], names: Sequence[str], color: str) -> None:
    """Shows what is found on both sides, and ends the command where that are errors; what both have is shown once."""
    before, after = ([item for item in result.diagnostics if item.severity != "note"] for result in found)
    only_before = [replace(item, notes=(*item.notes, f"in `{names[0]}`")) for item in before if item not in after]
    only_after = [replace(item, notes=(*item.notes, f"in `{names[1]}`")) for item in after if item not in before]
    print_text([*(item for item in before if item in after), *only_before, *only_after], color, to_stderr=True)
    if not all(result.ok for result in found):
        raise SystemExit(1)
