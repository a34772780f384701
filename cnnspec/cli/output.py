"""Findings to the terminal, in the format that was asked for."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from io import StringIO, TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING

from cnnspec.backends.numbers import ends, one_or_all
from cnnspec.diagnostics.diagnostic import Diagnostic
from cnnspec.diagnostics.problem import UsageError
from cnnspec.network.network import Network

if TYPE_CHECKING:
    from cnnspec.backends.tables import Table

FORMATS = ("text", "concise", "json", "github", "sarif")
STATISTICS_FORMATS = ("text", "concise", "json")


def print_findings(
    diagnostics: Sequence[Diagnostic], networks: Sequence[Network], form: str, color: str, *, quiet: bool
) -> None:
    """Prints findings on standard output; for people, unless `quiet`, also the networks that are fine and the counts."""
    if form == "json":
        from cnnspec.diagnostics.render_json import render_json

        print(render_json(diagnostics, [network_facts(network) for network in networks]))
    elif form == "sarif":
        from cnnspec.backends.reference import code_page
        from cnnspec.diagnostics.render_sarif import render_sarif

        pages = {code: page for code in {diagnostic.code for diagnostic in diagnostics} if (page := code_page(code))}
        print(render_sarif(diagnostics, pages))
    elif form == "github":
        from cnnspec.diagnostics.render_github import render_github

        print("".join(render_github(diagnostic) + "\n" for diagnostic in diagnostics), end="")
    elif form == "concise":
        from cnnspec.diagnostics.render_concise import render_concise
        from cnnspec.diagnostics.style import style_of

        style = style_of(sys.stdout, color)
        print("".join(render_concise(diagnostic, style) + "\n" for diagnostic in diagnostics), end="")
        if not quiet:
            print(verdict(diagnostics))
    else:
        print_text(diagnostics, color)
        if not quiet:
            for network in networks:
                print(f"{harmless(network.source.name)}: {describe(network)}")
            print(verdict(diagnostics))


def print_statistics(diagnostics: Sequence[Diagnostic], form: str, *, quiet: bool) -> None:
    """Prints how often each code was found: `text`, `concise` (which are the same here) or `json`."""
    from cnnspec.cli.statistics import statistics, statistics_json, statistics_table

    counts = statistics(diagnostics)
    if form == "json":
        print(statistics_json(counts))
        return
    print(statistics_table(counts), end="")
    if not quiet:
        print(verdict(diagnostics))


def print_text(diagnostics: Sequence[Diagnostic], color: str, *, to_stderr: bool = False) -> None:
    """Prints findings as people read them, each followed by an empty line."""
    if not diagnostics:
        return
    from cnnspec.diagnostics.render_text import render_text
    from cnnspec.diagnostics.style import style_of

    stream = sys.stderr if to_stderr else sys.stdout
    style = style_of(stream, color)
    for diagnostic in diagnostics:
        print(render_text(diagnostic, style), end="\n\n", file=stream)


def describe(network: Network) -> str:
    """Returns one line about a network: `LeNet 1x28x28 -> 10, 61,706 parameters, 416,520 MACs`."""
    return f"{network.name} {ends(network)}, {network.parameters:,} parameters, {network.macs:,} MACs"


def harmless(text: str) -> str:
    """Returns the name of a file with everything that a terminal would obey or hide as an escape."""
    if text.isprintable():
        return text
    from cnnspec.diagnostics.visible import visible  # such names are too rare to read it at each start

    return visible(text)


def harmless_table(table: Table) -> Table:
    """Returns a table of such names in which nothing breaks a line."""
    head, *rows = (tuple(map(harmless, cells)) for cells in (table.head, *table.rows))
    return table._replace(head=head, rows=tuple(rows))


def verdict(diagnostics: Sequence[Diagnostic]) -> str:
    """Returns the last line: `2 errors, 1 warning`, or that all is well."""
    counts = [
        f"{count} {severity}{'' if count == 1 else 's'}"
        for severity in ("error", "warning")
        if (count := sum(diagnostic.severity == severity for diagnostic in diagnostics))
    ]
    return ", ".join(counts) or "No mistakes found."


def network_facts(network: Network) -> dict[str, object]:
    """Returns what `check --format json` says about a network; several inputs or outputs are a list of shapes."""
    return {
        "name": network.name,
        "file": network.source.name,
        "input": one_or_all(tuple(given.shape.sizes for given in network.inputs)),
        "output": one_or_all(tuple(shape.sizes for shape in network.outputs)),
        "parameters": network.parameters,
        "macs": network.macs,
    }


def print_document(text: str) -> None:
    """Prints what programs read (source, JSON, Markdown), in UTF-8 whatever the terminal shows."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")
    print(text, end="" if text.endswith("\n") else "\n")


def print_table(text: str, form: str) -> None:
    """Prints what people read where the format is `text`, otherwise a document."""
    if form == "text":
        print(text)
    else:
        print_document(text)


def verify_output(output: str, file: str) -> None:
    """Raises UsageError where `-o` gives no name of a file, or that of the file that is read."""
    if not os.path.basename(output):
        raise UsageError(f"`{output}` is no name of a file for -o")
    if os.path.exists(output) and os.path.exists(file) and os.path.samefile(file, output):
        raise UsageError(f"-o {output} is the spec itself")


@contextmanager
def written_to(output: str | None) -> Iterator[None]:
    """Sends what is printed inside to a file, written in one step at the end; for None and `-` it stays where it goes."""
    if output is None or output == "-":
        yield
        return
    text = StringIO()
    with redirect_stdout(text):
        yield
    write_document(text.getvalue(), output)


def write_document(text: str, output: str) -> None:
    """Writes a text as `write_file` does."""
    write_file(text.encode("utf-8", "backslashreplace"), output)


def write_file(data: bytes, output: str | Path) -> None:
    """Writes a file in one step, or into a device or pipe of that name; raises UsageError where that cannot be done, or
    would replace a file of a run."""
    path = Path(os.path.realpath(output))  # a link stays one, and what it leads to is replaced
    try:
        if os.path.exists(output) and not os.path.isfile(output):
            Path(output).write_bytes(data)
        else:
            from cnnspec.training.run_folder.atomic import write_bytes
            from cnnspec.training.run_folder.taken import verify_free

            verify_free(Path(output))
            write_bytes(path, data)
    except OSError as error:
        where = "" if path.parent.is_dir() else f" (there is no folder {path.parent})"
        why = "it is a folder" if path.is_dir() else f"{error.strerror}{where}"
        raise UsageError(f"cannot write {output}: {why}") from None
