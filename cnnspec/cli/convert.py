"""`cnnspec convert`: a spec in another notation."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from cnnspec.cli.load import read_argument
from cnnspec.cli.options import NamedPath, color_option, options
from cnnspec.cli.output import harmless, print_document, print_text, verify_output, write_document
from cnnspec.compiler import is_yaml, read_tree
from cnnspec.diagnostics.diagnostic import Diagnostic
from cnnspec.diagnostics.problem import UsageError
from cnnspec.source import Source
from cnnspec.syntax.tree import Document

NOTATIONS = {".cnn": "cnn", ".yaml": "yaml", ".yml": "yaml", ".json": "json"}


@click.command()
@click.argument("file", type=NamedPath())
@options(
    click.option(
        "-o",
        "--output",
        type=click.Path(),
        metavar="PATH",
        help="Write to a file instead of standard output; its ending says the notation.",
    ),
    click.option("--to", type=click.Choice(["cnn", "yaml", "json"]), help="The notation to write; otherwise the other one."),
    color_option,
)
def command(file: str, output: str | None, to: str | None, color: str) -> None:
    """Write a spec in another notation: `.cnn`, YAML or JSON.

    FILE is a spec (.cnn, .yaml, .yml, .json), or `-` for standard input. Without --to and -o, `.cnn` becomes YAML, and YAML
    and JSON become `.cnn`. Nothing is lost but comments. A network that is not correct is converted too; mistakes of notation
    come first.

    Exit code: 0 converted, 1 the file has mistakes of notation, 2 wrong usage or an unreadable file.
    """
    output = None if output == "-" else output
    if output is not None:
        verify_output(output, file)
    source = read_argument(None if file == "-" else Path(file))
    document = _read(source, color)
    notation = _notation(document.source, output, to)
    text = _printed(document, notation)
    _report_comments(document.source)
    if output is None:
        print_document(text)
    else:
        write_document(text, output)


def _read(source: Source | Diagnostic, color: str) -> Document:
    """Returns the tree of a file; mistakes of notation are shown and end the command with exit code 1."""
    document, mistakes = (None, [source]) if isinstance(source, Diagnostic) else read_tree(source)
    print_text(mistakes, color, to_stderr=True)
    if document is None or mistakes:
        raise SystemExit(1)
    return document


def _notation(source: Source, output: str | None, to: str | None) -> str:
    """Returns the notation to write."""
    ending = Path(output or "").suffix.lower()
    named = NOTATIONS.get(ending)
    if to is not None and named is not None and to != named:
        raise UsageError(f"--to {to} does not fit -o {output}, which is a name for {named}")
    if to is None and output is not None and named is None:
        raise UsageError(f"`{output}` does not say in which notation to write: name it .cnn, .yaml or .json, or give --to")
    return to or named or ("cnn" if is_yaml(source) else "yaml")


def _printed(document: Document, notation: str) -> str:
    """Returns the text of a tree in a notation; raises UsageError where reading it would not give the same tree."""
    if notation == "cnn":
        from cnnspec.syntax.print import print_document as write
    elif notation == "yaml":
        from cnnspec.syntax.print_yaml import print_yaml as write
    else:
        from cnnspec.syntax.print_yaml import print_json as write
    text = write(document)
    again, mistakes = read_tree(Source(f"converted.{notation}", text))
    if mistakes or again != document:
        why = f": {mistakes[0].message}" if mistakes else ""
        raise UsageError(f"{document.source.name}: the {notation} notation has no form for this{why}")
    return _in_layout(text) if notation == "cnn" else text


def _in_layout(text: str) -> str:
    """Returns a `.cnn` text as `cnnspec fmt` leaves it."""
    from cnnspec.syntax.format import format_text

    return format_text(Source("converted.cnn", text))


def _report_comments(source: Source) -> None:
    """Says how many lines lose a comment."""
    if is_yaml(source):
        from cnnspec.syntax.yaml_events import commented_lines
    else:
        from cnnspec.syntax.comments import commented_lines

    count = commented_lines(source)
    if count:
        lines = "1 line" if count == 1 else f"{count} lines"
        print(f"note: comments are not converted: {lines} of {harmless(source.name)}", file=sys.stderr)
